/** asl-validator ships no types of its own. */
declare module 'asl-validator' {
  export default function aslValidator(
    definition: unknown,
    options: { checkPaths: boolean; checkArn: boolean },
  ): { isValid: boolean; errors: { 'Error code': string; Message: string }[] };
}
