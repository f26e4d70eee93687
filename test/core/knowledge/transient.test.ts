import { describe, expect, it } from 'vitest';
import { retryTransient } from '../../../core/knowledge/transient.ts';
import { failed, ok, type Result } from '../../../core/model/index.ts';
import { drain } from '../../adapters/memory/drain.ts';
import { regionContext } from '../region-context.ts';

/** Answers one after the other; what the caller gets, how often it asked and how long it waited in all. */
async function ask(answers: Result<string>[], options?: Parameters<typeof retryTransient>[2]) {
  const { ctx, clock } = regionContext();
  const startedAt = clock.now();
  let calls = 0;
  let endedAt = startedAt;
  const call = async () => answers[calls++] ?? failed<string>('failed', 'asked too often');
  const asked = retryTransient(ctx, call, options).then((result) => {
    endedAt = clock.now();
    return result;
  });
  await clock.run(startedAt + 60_000, drain);
  return { result: await asked, calls, waitedMs: endedAt - startedAt };
}

describe('a call that failed', () => {
  it('is made again after a throttle, and its answer counts', async () => {
    expect(await ask([failed('throttled', 'slow down'), ok('done')])).toMatchObject({ result: ok('done'), calls: 2 });
  });

  it('is made three times at most, and waits no longer than 500 and 1000 ms between them', async () => {
    const { result, calls, waitedMs } = await ask([
      failed('timeout', '1'),
      failed('unavailable', '2'),
      failed('throttled', '3'),
      ok('late'),
    ]);
    expect([result.ok, calls]).toEqual([false, 3]);
    expect(waitedMs).toBeLessThanOrEqual(1500);
  });

  it.each(['refused', 'invalid', 'superseded', 'not-found', 'conflict'] as const)('is answered at once when it was %s', async (code) => {
    expect(await ask([failed(code, 'no'), ok('never asked')])).toMatchObject({ calls: 1, waitedMs: 0 });
  });

  it('is not made again when the caller says that this failure may hide an effect', async () => {
    const onlyThrottles = { isSafe: ({ code }: { code: string }) => code === 'throttled' };
    expect((await ask([failed('timeout', 'who knows'), ok('twice')], onlyThrottles)).calls).toBe(1);
    expect((await ask([failed('throttled', 'not done'), ok('once')], onlyThrottles)).calls).toBe(2);
  });
});
