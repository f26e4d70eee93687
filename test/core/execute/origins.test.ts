import { describe, expect, it } from 'vitest';
import { stepKinds } from '../../../core/execute/kinds/index.ts';
import type { StepKind, StepScope } from '../../../core/execute/step-kind.ts';
import { failed, type Json, type JsonObject, type OriginOrder, ok, type Result } from '../../../core/model/index.ts';
import type { RegionBench } from '../region-context.ts';
import { plannedRun, planOf, raise, runOf, target } from './planned-run.ts';

const args = { group: 'checkout', to: 'us-west-2' };

function kindOf(name: string): StepKind {
  const found = stepKinds[name];
  if (found === undefined) throw new Error(`there is no kind ${name}`);
  return found;
}

const orderOf = (first: string, second: string, deployed = true): OriginOrder => ({
  ...{ group: 'checkout', order: [first, second], deployed, token: `${first} over ${second}` },
});
const eastFirst = orderOf('us-east-1', 'us-west-2');
const westFirst = orderOf('us-west-2', 'us-east-1');

/** A distribution that reads as `now`; what is set is kept in `set`. */
function scene(now: Result<OriginOrder>, before: Json = null, first: Result<OriginOrder> = now) {
  const bench: RegionBench = plannedRun();
  const answers = [first];
  const set: { expected: string; first: string }[] = [];
  const traffic = Object.assign(Object.create(bench.ctx.ports.traffic), {
    origins: async () => answers.shift() ?? now,
    setOrigins: async (expected: OriginOrder, first: string) => {
      set.push({ expected: expected.token, first });
      return ok(undefined);
    },
  });
  const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, traffic } };
  const scope: StepScope = { ctx, plan: planOf([raise]), run: runOf({ target }), before, result: null, appliedAt: bench.clock.now() };
  /** What was there before; time goes on while it is asked again. */
  const looked = async (asking: JsonObject = args) => {
    const asked = kindOf('prefer-origin').before?.(asking, scope);
    await bench.pass(10);
    return asked;
  };
  return { scope, set, looked, fence: { epoch: 3, leaseUntil: bench.clock.now() + 60_000 } };
}

describe('prefer-origin', () => {
  it('changes the order under the token of the intent, and not a second time', async () => {
    const first = scene(ok(eastFirst), eastFirst);
    await kindOf('prefer-origin').apply?.(args, first.scope, first.fence);
    expect(first.set).toEqual([{ expected: eastFirst.token, first: 'us-west-2' }]);
    const again = scene(ok(westFirst), eastFirst);
    await kindOf('prefer-origin').apply?.(args, again.scope, again.fence);
    expect(again.set).toEqual([]);
  });

  it.each<[string, Result<OriginOrder>, string]>([
    ['it reads so and is deployed', ok(westFirst), 'pass'],
    ['it reads so and is being deployed', ok(orderOf('us-west-2', 'us-east-1', false)), 'inconclusive'],
    ['it reads as before', ok(eastFirst), 'fail'],
    ['it does not answer', failed('unavailable', 'no answer'), 'inconclusive'],
  ])('is judged by what the distribution says: when %s', async (_what, now, verdict) => {
    expect((await kindOf('prefer-origin').look(args, scene(now, eastFirst).scope)).verdict).toBe(verdict);
  });

  it('asks a distribution again that was busy for a moment', async () => {
    expect(await scene(ok(eastFirst), null, failed('throttled', 'slow down')).looked()).toEqual(ok(eastFirst));
  });

  it('is refused by a distribution that cannot be read where the step stands for nothing else', async () => {
    const { looked } = scene(failed('unavailable', 'CloudFront does not answer'));
    expect(await looked({ ...args, mustRead: true })).toMatchObject({ ok: false, code: 'unavailable' });
  });

  it('leaves a distribution that cannot be read as it is, and says so: it is best effort', async () => {
    const { scope, set, fence, looked } = scene(failed('unavailable', 'CloudFront does not answer'));
    const before = await looked();
    expect(before).toEqual(ok({ left: 'CloudFront does not answer' }));
    if (before?.ok !== true) return;
    const left = { ...scope, before: before.value };
    expect(await kindOf('prefer-origin').apply?.(args, left, fence)).toMatchObject({ ok: true });
    expect(await kindOf('prefer-origin').look(args, left)).toMatchObject({
      verdict: 'pass',
      reason: expect.stringContaining('left as it is, for it could not be read: CloudFront does not answer'),
    });
    expect(await kindOf('restore-origin').apply?.(args, left, fence)).toMatchObject({ ok: true });
    expect(await kindOf('restore-origin').look(args, left)).toMatchObject({ verdict: 'pass' });
    expect(set).toEqual([]);
  });
});

describe('restore-origin', () => {
  it('puts the old order back under the token that stands now, once', async () => {
    const { scope, set, fence } = scene(ok(westFirst), eastFirst);
    await kindOf('restore-origin').apply?.(args, scope, fence);
    expect(set).toEqual([{ expected: westFirst.token, first: 'us-east-1' }]);
    const back = scene(ok(eastFirst), eastFirst);
    await kindOf('restore-origin').apply?.(args, back.scope, back.fence);
    expect(back.set).toEqual([]);
    expect((await kindOf('restore-origin').look(args, back.scope)).verdict).toBe('pass');
    expect((await kindOf('restore-origin').look(args, scope)).verdict).toBe('fail');
  });

  it('leaves what somebody else has set to people, and fails without a journal', async () => {
    const foreign = scene(ok(orderOf('eu-west-1', 'us-west-2')), eastFirst);
    expect(await kindOf('restore-origin').apply?.(args, foreign.scope, foreign.fence)).toMatchObject({ ok: false, code: 'conflict' });
    expect(foreign.set).toEqual([]);
    expect(await kindOf('restore-origin').look(args, scene(ok(eastFirst)).scope)).toMatchObject({ verdict: 'fail', final: true });
  });
});
