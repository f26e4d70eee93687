import { describe, expect, it } from 'vitest';
import { createReleases } from '../../../adapters/memory/release-control.ts';
import { stepKinds } from '../../../core/execute/kinds/index.ts';
import type { StepKind, StepScope } from '../../../core/execute/step-kind.ts';
import { calmWatch, type WatchedRelease, watchKey } from '../../../core/knowledge/watch-state.ts';
import type { Json, JsonObject, ReleaseSplit } from '../../../core/model/index.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import type { RegionBench } from '../region-context.ts';
import { plannedRun, planOf, raise, region, runOf, target } from './planned-run.ts';

const here = { service: 'checkout', region };
const args = { target: here, stable: 'v2', release: 'v3', share: 0.25 };

function kindOf(name: string): StepKind {
  const found = stepKinds[name];
  if (found === undefined) throw new Error(`there is no kind ${name}`);
  return found;
}

/** checkout behind an alias on v2, with v3 published. */
function bench(): RegionBench {
  const made = plannedRun();
  const versions = ['v1', 'v2', 'v3'].map((version, at) => ({ version, at }));
  const released = createReleases(versions, 0, true);
  made.releases.services[`checkout/${region}`] = released;
  for (const each of released.releases) each.state = each.id === 'v2' ? 'current' : 'previous';
  return made;
}

const scopeOf = ({ ctx, clock }: RegionBench, before: Json = null): StepScope => {
  return { ctx, plan: planOf([raise]), run: runOf({ target }), before, result: null, appliedAt: clock.now() };
};
const fenceOf = ({ clock }: RegionBench) => ({ epoch: 3, leaseUntil: clock.now() + 60_000 });
const call = ({ clock }: RegionBench) => ({ deadlineAt: clock.now() + 1_000 });

async function splitOf(of: RegionBench): Promise<ReleaseSplit> {
  const read = await of.ctx.ports.releases.split(here, call(of));
  if (!read.ok) throw new Error(read.reason);
  return read.value;
}

/** Somebody divides the callers past every step. */
async function divide(of: RegionBench, next: Omit<ReleaseSplit, 'token'>): Promise<void> {
  await of.ctx.ports.releases.setSplit(here, await splitOf(of), next, fenceOf(of), call(of));
}

const apply = (of: RegionBench, kind: string, given: JsonObject, before: Json) =>
  kindOf(kind).apply?.(given, scopeOf(of, before), fenceOf(of));
const verdictOf = async (of: RegionBench, kind: string, given: JsonObject) => (await kindOf(kind).look(given, scopeOf(of))).verdict;

describe('set-share', () => {
  it('divides the callers, is proven by what the alias says, and does nothing the second time', async () => {
    const of = bench();
    const before = await splitOf(of);
    expect(await verdictOf(of, 'set-share', args)).toBe('fail');
    expect(await apply(of, 'set-share', args, before)).toMatchObject({ ok: true });
    expect(await splitOf(of)).toMatchObject({ stable: 'v2', canary: 'v3', share: 0.25 });
    expect(await verdictOf(of, 'set-share', args)).toBe('pass');
    const once = await splitOf(of);
    expect(await apply(of, 'set-share', args, before)).toMatchObject({ ok: true });
    expect(await splitOf(of)).toEqual(once);
    expect(await apply(of, 'set-share', { ...args, share: 1 }, once)).toMatchObject({ ok: true });
    expect(await splitOf(of)).toMatchObject({ stable: 'v3', canary: null });
    expect(await verdictOf(of, 'set-share', { ...args, share: 1 })).toBe('pass');
  });

  it('never overwrites what somebody else has set since the intent', async () => {
    const of = bench();
    const before = await splitOf(of);
    await divide(of, { stable: 'v2', canary: 'v1', share: 0.1 });
    expect(await apply(of, 'set-share', args, before)).toMatchObject({ ok: false, code: 'conflict' });
    expect(await splitOf(of)).toMatchObject({ canary: 'v1', share: 0.1 });
  });
});

describe('return-share', () => {
  it.each([
    [0.25, { stable: 'v2', canary: 'v3', share: 0.25 }],
    [0.25, { stable: 'v2', canary: 'v3', share: 0.5 }],
    [1, { stable: 'v3', canary: null, share: 0 }],
    [0.25, { stable: 'v2', canary: null, share: 0 }],
  ])('leads all callers straight back from %f when %o stands', async (share, stands) => {
    const of = bench();
    await divide(of, stands);
    expect(await apply(of, 'return-share', { ...args, share }, null)).toMatchObject({ ok: true });
    expect(await splitOf(of)).toMatchObject({ stable: 'v2', canary: null, share: 0 });
    expect(await verdictOf(of, 'return-share', { ...args, share })).toBe('pass');
  });

  it('leaves what somebody else has set to people', async () => {
    const of = bench();
    await divide(of, { stable: 'v1', canary: null, share: 0 });
    expect(await apply(of, 'return-share', args, null)).toMatchObject({ ok: false, code: 'conflict' });
    expect(await verdictOf(of, 'return-share', args)).toBe('fail');
  });
});

describe('confirm-canary', () => {
  const judge = { ...args, windowSeconds: 900 };
  const word = (verdict: 'pass' | 'fail' | 'inconclusive', failed = 0): WatchedRelease['canary'] => {
    return { verdict, alert: 'latency', failed, reason: 'as measured' };
  };
  const watched = (of: RegionBench, over: Partial<WatchedRelease>) => {
    const release: WatchedRelease = {
      ...{ service: 'checkout', id: 'v3', version: 'v3', at: 0, state: 'watched', incident: null, held: null, replaced: 'v2' },
      ...{ share: 0.25, shareSince: 0, against: 'v2', before: {}, canary: null, ...over },
    };
    const state = of.states.get(region);
    if (state) writeItem(state, watchKey, { ...calmWatch, releases: { checkout: release } });
  };

  it.each<[string, Partial<WatchedRelease>, string, boolean]>([
    ['another release is watched', { id: 'v9' }, 'inconclusive', false],
    ['another share was judged', { share: 0.05, canary: word('pass') }, 'inconclusive', false],
    ['nothing was judged yet', {}, 'inconclusive', false],
    ['the judge cannot say', { canary: word('inconclusive') }, 'inconclusive', false],
    ['the judge passes it', { canary: word('pass') }, 'pass', false],
    ['the judge fails it once', { canary: word('fail', 1) }, 'fail', false],
    ['the judge fails it three times', { canary: word('fail', 3) }, 'fail', true],
    ['the rule fails it', { canary: word('pass'), held: '4 % of the probes fail; it is taken back' }, 'fail', true],
  ])('when %s: %s', async (_what, over, verdict, final) => {
    const of = bench();
    watched(of, over);
    const look = await kindOf('confirm-canary').look(judge, scopeOf(of));
    expect([look.verdict, look.final ?? false]).toEqual([verdict, final]);
  });

  it('says that one more window is waited once the first is over, and never passes by waiting', async () => {
    const of = bench();
    watched(of, { canary: word('inconclusive') });
    const scope = scopeOf(of);
    expect((await kindOf('confirm-canary').look(judge, scope)).reason).not.toContain('one more');
    await of.pass(901);
    const look = await kindOf('confirm-canary').look(judge, scope);
    expect(look).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('one more is waited') });
  });

  it('is inconclusive while nothing is watched', async () => {
    expect(await verdictOf(bench(), 'confirm-canary', judge)).toBe('inconclusive');
  });
});
