/** The end of an exhaustive switch: a compile error when a case is missing, an error at run time when the data lied. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value ${JSON.stringify(value)}: a case is missing where it was met`);
}
