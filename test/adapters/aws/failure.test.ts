import { describe, expect, test } from 'vitest';
import { attempt, fullJitterMs, inOrder, withinLease } from '../../../adapters/aws/attempt.ts';
import { AwsCallError, causeOf, codeOf, failure } from '../../../adapters/aws/failure.ts';
import { failed, ok } from '../../../core/model/index.ts';
import { awsError, stillClock } from './fake-send.ts';

describe('what a thrown SDK error means', () => {
  test.each([
    ['ThrottlingException', 'throttled'],
    ['ProvisionedThroughputExceededException', 'throttled'],
    ['SlowDown', 'throttled'],
    ['AccessDenied', 'refused'],
    ['AccessDeniedException', 'refused'],
    ['ExpiredToken', 'refused'],
    ['ExpiredTokenException', 'refused'],
    ['RequestTimeTooSkewed', 'refused'],
    ['CredentialsProviderError', 'refused'],
    ['ConditionalCheckFailedException', 'conflict'],
    ['InvalidChangeBatch', 'conflict'],
    ['PreconditionFailedException', 'conflict'],
    ['InvalidGlobalClusterStateFault', 'conflict'],
    ['ResourceNotFoundException', 'not-found'],
    ['ServiceNotFoundException', 'not-found'],
    ['GlobalClusterNotFoundFault', 'not-found'],
    ['NoSuchDistribution', 'not-found'],
    ['ValidationException', 'invalid'],
    ['InvalidParameterCombinationException', 'invalid'],
    ['ServiceQuotaExceededException', 'quota'],
    ['LimitExceededFault', 'quota'],
    ['InternalServerError', 'unavailable'],
    ['ECONNREFUSED', 'unavailable'],
    ['TimeoutError', 'timeout'],
    ['TaskTimedOut', 'superseded'],
  ] as const)('%s is %s', (name, code) => {
    expect(codeOf(awsError(name))).toBe(code);
  });

  test.each([
    [403, 'refused'],
    [404, 'not-found'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [418, 'failed'],
  ] as const)('an error whose name was lost goes by its HTTP status %i: %s', (status, code) => {
    expect(codeOf(awsError('Unknown', 'UnknownError', status))).toBe(code);
  });

  test('a connection error hidden in a cause is found', () => {
    expect(codeOf(new Error('aggregate', { cause: Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' }) }))).toBe('unavailable');
  });

  test('the failure names operation and error, and carries the cause out of sight', () => {
    const error = awsError('AccessDenied', 'not you');
    const result = failure('s3:PutObject', error);
    expect(result).toEqual({ ok: false, code: 'refused', retryable: false, reason: 's3:PutObject: AccessDenied: not you' });
    expect(Object.keys(result)).not.toContain('cause');
    expect(causeOf(result)).toBeInstanceOf(AwsCallError);
    expect(causeOf(result)?.cause).toBe(error);
  });
});

describe('a call to AWS', () => {
  test('is not sent after its deadline', async () => {
    const clock = stillClock();
    let sent = 0;
    const result = await attempt('x:Y', clock, { deadlineAt: clock.now() }, async () => sent++);
    expect(result).toMatchObject({ ok: false, code: 'timeout', retryable: true });
    expect(sent).toBe(0);
  });

  test('that never answers ends at the deadline, and says that the outcome is unknown', async () => {
    const clock = stillClock();
    const result = await attempt('x:Y', clock, { deadlineAt: clock.now() + 5 }, ({ abortSignal }) => {
      return new Promise((_resolve, reject) => abortSignal.addEventListener('abort', () => reject(awsError('AbortError'))));
    });
    expect(result).toMatchObject({ ok: false, code: 'timeout' });
    expect(!result.ok && result.reason).toContain('the outcome is unknown');
  });

  test('a write is cut to the lease less clock skew, and not started when too little is left', () => {
    const clock = stillClock();
    const call = { deadlineAt: clock.now() + 60_000 };
    expect(withinLease({ epoch: 1, leaseUntil: clock.now() + 10_000 }, clock, call)).toEqual(ok({ deadlineAt: clock.now() + 8_000 }));
    expect(withinLease({ epoch: 1, leaseUntil: clock.now() + 90_000 }, clock, call)).toEqual(ok(call));
    expect(withinLease({ epoch: 1, leaseUntil: clock.now() + 2_400 }, clock, call)).toMatchObject({ ok: false, code: 'superseded' });
  });

  test('steps in order stop at the first that fails', async () => {
    const ran: number[] = [];
    const step =
      (n: number, fails = false) =>
      async () => {
        ran.push(n);
        return fails ? failed('refused', 'no') : ok(n);
      };
    expect(await inOrder(step(1), step(2, true), step(3))).toMatchObject({ ok: false, code: 'refused' });
    expect(ran).toEqual([1, 2]);
  });

  test('jitter is full: from nothing to a doubling cap', () => {
    expect(fullJitterMs(3, 0)).toBe(0);
    expect(fullJitterMs(3, 0.5)).toBe(200);
    expect(fullJitterMs(20, 1)).toBe(2_000);
  });
});
