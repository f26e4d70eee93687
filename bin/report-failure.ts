/** A mistake in what the person asked for: the message stands for itself, without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Prints one error the way a person can act on it and returns the exit code: 2 for a wrong call, 1 for the rest. */
export function reportFailure(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`evenkeel: ${error.message}\n`);
    return 2;
  }
  // The SDK's own words name no way out.
  if (error instanceof Error && error.name === 'CredentialsProviderError') {
    process.stderr.write(
      `evenkeel: no AWS credentials were found (${error.message}); set AWS_PROFILE, or the variables of an assumed role, and try again\n`,
    );
    return 1;
  }
  const text = error instanceof Error ? (process.env.EVENKEEL_DEBUG ? error.stack : error.message) : String(error);
  process.stderr.write(`evenkeel: ${text}\n(set EVENKEEL_DEBUG=1 for the stack)\n`);
  return 1;
}
