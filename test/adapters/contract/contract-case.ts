import assert from 'node:assert/strict';
import type { Result, ResultCode } from '../../../core/model/index.ts';
import type { Call } from '../../../core/ports/index.ts';

/**
 * One promise of a port, as a function of a fresh harness: the same cases run against the memory adapter (vitest) and against
 * the AWS adapter on an emulator (counted by its own runner). A case fails by throwing.
 */
export interface ContractCase<H> {
  name: string;
  run(harness: H): Promise<void>;
}

/** What every harness offers. Each case gets a harness of its own over an empty world. */
export interface Harness {
  /** Epoch ms on the clock that the adapter goes by. */
  now(): number;
  /** Lets this much time pass: at once on a virtual clock, really on an emulator (cases ask for three seconds at most). */
  advance(ms: number): Promise<void>;
}

/** A call with time enough for an emulator. */
export function soon(harness: Harness): Call {
  return { deadlineAt: harness.now() + 20_000 };
}

/** A call whose deadline has passed. */
export function tooLate(harness: Harness): Call {
  return { deadlineAt: harness.now() - 1 };
}

export function assertOk<T>(result: Result<T>): T {
  assert.ok(result.ok, `expected ok, got ${JSON.stringify(result)}`);
  return result.value;
}

export function assertFailed(result: Result<unknown>, code: ResultCode): void {
  assert.ok(!result.ok, `expected the failure ${code}, got ok with ${JSON.stringify(result)}`);
  assert.equal(result.code, code, result.reason);
  assert.notEqual(result.reason, '', 'a failure says why');
  assert.equal(result.retryable, code === 'throttled' || code === 'timeout' || code === 'unavailable');
}
