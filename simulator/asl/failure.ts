/** An error of a state or of an execution. AWS reports none at all for a Fail state that names none, hence the optional fields. */
export interface Failure {
  error?: string;
  cause?: string;
  /** Neither Retry nor Catch can take it: States.Runtime, and payload limits that a state itself breaks. */
  terminal: boolean;
  /** A heartbeat was missed: the error is States.Timeout, and States.HeartbeatTimeout names it too. */
  heartbeat?: boolean;
}

export type Attempt<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const succeeded = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });
export const failed = (failure: Failure): { ok: false; failure: Failure } => ({ ok: false, failure });

export const queryFailure = (cause: string): Failure => ({ error: 'States.QueryEvaluationError', cause, terminal: false });
export const limitFailure = (cause: string, terminal: boolean): Failure => ({ error: 'States.DataLimitExceeded', cause, terminal });

/**
 * Does one ErrorEquals list name this failure? `States.ALL` matches all that can be caught, `States.TaskFailed` all of that but
 * timeouts (AWS: "Handling errors in Step Functions workflows"). That States.ALL takes a States.DataLimitExceeded which a *task* gave
 * is recorded from AWS, against its documentation; the one a state itself causes is terminal.
 */
export function matchesFailure(errorEquals: readonly string[], failure: Failure): boolean {
  if (failure.terminal) return false;
  return errorEquals.some((name) => {
    if (name === 'States.ALL') return true;
    if (name === 'States.TaskFailed') return failure.error !== 'States.Timeout';
    if (name === 'States.HeartbeatTimeout' && failure.heartbeat) return true;
    return name === failure.error;
  });
}
