/**
 * What a call that leaves the process came to. `code` is one of `ResultCode` where evenkeel itself branches on it.
 * `retryable` says that the same call may succeed later (throttle, server error, time-out), never that it did nothing.
 */
export type Result<T> = { ok: true; value: T } | { ok: false; code: string; retryable: boolean; reason: string };

/** The failures that callers tell apart. An adapter maps everything else to `failed`. */
export type ResultCode =
  | 'refused'
  | 'throttled'
  | 'timeout'
  | 'unavailable'
  | 'conflict'
  | 'not-found'
  | 'superseded'
  | 'invalid'
  | 'quota'
  | 'failed';

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failed<T = never>(code: ResultCode, reason: string): Result<T> {
  return { ok: false, code, retryable: code === 'throttled' || code === 'timeout' || code === 'unavailable', reason };
}
