import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeRequest, onDrainReply, onDrainRequested, onDrainWithdrawn, type VoterState } from '../../../core/analyze/vote.ts';
import { type DrainRequest, type HealthState, storeKey } from '../../../core/model/index.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { type RegionBench, regionContext, startAt } from '../region-context.ts';

const now = startAt;
const request = (over: Partial<DrainRequest> = {}): DrainRequest => ({
  phase: 'grant',
  incident: 'inc-1',
  group: 'checkout',
  subject: 'us-east-1',
  epoch: 3,
  requester: 'us-west-2',
  reason: 'a test',
  ...over,
});
const memory = (over: Partial<VoterState> = {}): VoterState => ({
  group: 'checkout',
  subject: 'us-east-1',
  epoch: 3,
  incident: 'inc-1',
  drain: false,
  heldUntil: now + 60_000,
  at: now,
  reason: 'a test',
  ...over,
});
const sick = { status: 'unhealthy', reason: 'no answer' };
const well = { status: 'healthy', reason: 'fine' };

describe('a voter that is asked for a grant', () => {
  it('gives it when it finds the region unhealthy itself', () => {
    expect(judgeRequest(request(), null, [], sick, now)).toEqual({ granted: true, reason: 'sees us-east-1 as unhealthy: no answer' });
  });

  it.each(['healthy', 'degraded', 'unknown'])('refuses while it sees the region as %s: it votes on its own observation', (status) => {
    expect(judgeRequest(request(), null, [], { status, reason: 'seen' }, now).granted).toBe(false);
  });

  it('refuses a second region of the group while it drains or holds one, and grants it when the grant has lapsed', () => {
    const other = memory({ subject: 'eu-west-1' });
    expect(judgeRequest(request(), null, [{ ...other, drain: true, heldUntil: 0 }], sick, now).granted).toBe(false);
    expect(judgeRequest(request(), null, [other], sick, now).granted).toBe(false);
    expect(judgeRequest(request(), null, [{ ...other, heldUntil: now }], sick, now).granted).toBe(true);
  });

  it('refuses an epoch that is past, and the same epoch to another incident', () => {
    expect(judgeRequest(request({ epoch: 2 }), memory(), [], sick, now).granted).toBe(false);
    expect(judgeRequest(request({ incident: 'inc-2' }), memory(), [], sick, now).granted).toBe(false);
  });

  it('grants the same claim again: a request may come twice', () => {
    expect(judgeRequest(request(), memory(), [], sick, now).granted).toBe(true);
  });
});

describe('a voter that is asked to drain', () => {
  it('does so for the claim that it granted, though the region looks well by now', () => {
    expect(judgeRequest(request({ phase: 'drain' }), memory(), [], well, now).granted).toBe(true);
  });

  it('refuses without a grant: capacity comes before traffic', () => {
    expect(judgeRequest(request({ phase: 'drain' }), null, [], sick, now).granted).toBe(false);
    expect(judgeRequest(request({ phase: 'drain', epoch: 4 }), memory(), [], sick, now).granted).toBe(false);
  });

  it('refuses for a grant that has lapsed when another region has one since, and repeats what it drains', () => {
    const other = memory({ subject: 'eu-west-1', incident: 'inc-2' });
    const lapsed = memory({ heldUntil: now });
    expect(judgeRequest(request({ phase: 'drain' }), lapsed, [other], sick, now).granted).toBe(false);
    expect(judgeRequest(request({ phase: 'drain' }), lapsed, [{ ...other, heldUntil: now }], sick, now).granted).toBe(true);
    expect(judgeRequest(request({ phase: 'drain' }), { ...lapsed, drain: true }, [other], sick, now).granted).toBe(true);
  });
});

it('never has granted one epoch of a region to two incidents, whatever comes in whatever order', () => {
  const requests = fc.array(
    fc.record({
      incident: fc.constantFrom('inc-1', 'inc-2', 'inc-3'),
      epoch: fc.integer({ min: 1, max: 4 }),
      phase: fc.constantFrom('grant' as const, 'drain' as const),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(requests, (all) => {
      let own: VoterState | null = null;
      const holders = new Map<number, string>();
      let highest = 0;
      for (const each of all) {
        const asked = request(each);
        if (!judgeRequest(asked, own, [], sick, now).granted) continue;
        expect(asked.epoch).toBeGreaterThanOrEqual(highest);
        expect(holders.get(asked.epoch) ?? asked.incident).toBe(asked.incident);
        holders.set(asked.epoch, asked.incident);
        highest = asked.epoch;
        own = memory({ epoch: asked.epoch, incident: asked.incident, drain: asked.phase === 'drain' || (own?.drain ?? false) });
      }
    }),
  );
});

describe('the voter’s word', () => {
  function observe(bench: RegionBench, status: HealthState, regions = ['us-east-1']): void {
    const views = regions.map((region) => ({
      ...{ group: 'checkout', region, status },
      ...{ score: 0, responseMs: 1, since: 0, reason: 'a test' },
    }));
    const state = bench.states.get(bench.ctx.region);
    const observation = {
      observer: bench.ctx.region,
      at: bench.clock.now(),
      abstains: false,
      views,
      traffic: {},
      reason: 'a test',
    };
    if (state) writeItem(state, storeKey.observation(bench.ctx.region), observation);
  }

  const word = (bench: RegionBench) => bench.states.get(bench.ctx.region)?.items.get(storeKey.vote('checkout', 'us-east-1'))?.body;

  it('is kept before it is cast, and the answer goes to who asked', async () => {
    const bench = regionContext(undefined, 'eu-west-1');
    observe(bench, 'unhealthy');
    await onDrainRequested(bench.ctx, request());
    await onDrainRequested(bench.ctx, request({ phase: 'drain' }));
    await bench.pass(1);
    expect(word(bench)).toMatchObject({ drain: true, epoch: 3, incident: 'inc-1' });
    expect(bench.messages.map((message) => message.type)).toEqual(['DrainGranted', 'DrainGranted']);
    expect(bench.of('VoteCast')).toHaveLength(1);
  });

  it('is refused with the reason when it sees the region as well', async () => {
    const bench = regionContext(undefined, 'eu-west-1');
    observe(bench, 'healthy');
    await onDrainRequested(bench.ctx, request());
    await bench.pass(1);
    expect(bench.messages.map((message) => message.type)).toEqual(['DrainRefused']);
    expect(word(bench)).toBeUndefined();
  });

  it('is taken back by a withdrawal of the same or a later epoch, and by no earlier one', async () => {
    const bench = regionContext(undefined, 'eu-west-1');
    observe(bench, 'unhealthy');
    await onDrainRequested(bench.ctx, request());
    await onDrainRequested(bench.ctx, request({ phase: 'drain' }));
    const withdrawal = { incident: 'inc-1', group: 'checkout', subject: 'us-east-1', requester: 'us-west-2', reason: 'undo' };
    await onDrainWithdrawn(bench.ctx, { ...withdrawal, epoch: 2 });
    expect(word(bench)).toMatchObject({ drain: true });
    await onDrainWithdrawn(bench.ctx, { ...withdrawal, epoch: 3 });
    expect(word(bench)).toMatchObject({ drain: false, incident: null });
    expect(bench.of('VoteCast').map((entry) => entry.data.drain)).toEqual([true, false]);
  });

  it('can be given again under the same claim after a failback has only lent it back', async () => {
    const bench = regionContext(undefined, 'eu-west-1');
    observe(bench, 'unhealthy');
    const withdrawal = { incident: 'inc-1', group: 'checkout', subject: 'us-east-1', requester: 'us-west-2', reason: 'failback', epoch: 3 };
    await onDrainWithdrawn(bench.ctx, { ...withdrawal, keepClaim: true });
    await onDrainRequested(bench.ctx, request({ phase: 'drain' }));
    expect(word(bench)).toMatchObject({ drain: true });
  });

  it('is given for one region of a group, though two are asked for in the same moment (soak seed 30569)', async () => {
    const bench = regionContext(undefined, 'eu-west-1');
    observe(bench, 'unhealthy', ['us-east-1', 'us-west-2']);
    const both = [request(), request({ subject: 'us-west-2', incident: 'inc-2' })];
    await Promise.all(both.map((each) => onDrainRequested(bench.ctx, each)));
    await bench.pass(1);
    expect(bench.messages.map((message) => message.type).sort()).toEqual(['DrainGranted', 'DrainRefused']);
    const granted = (subject: string) => bench.states.get('eu-west-1')?.items.has(storeKey.vote('checkout', subject)) === true;
    expect(['us-east-1', 'us-west-2'].filter(granted)).toHaveLength(1);
  });

  it('that was not given stands in nobody’s way', async () => {
    const bench = regionContext(undefined, 'eu-west-1');
    observe(bench, 'healthy');
    await onDrainRequested(bench.ctx, request());
    observe(bench, 'unhealthy', ['us-west-2']);
    await onDrainRequested(bench.ctx, request({ subject: 'us-west-2', incident: 'inc-2' }));
    await bench.pass(1);
    expect(bench.messages.map((message) => message.type)).toEqual(['DrainRefused', 'DrainGranted']);
  });

  it('arrives where the step that waits for it looks', async () => {
    const bench = regionContext(undefined, 'us-west-2');
    const { phase, incident, group, subject, epoch } = request();
    const reply = { phase, incident, group, subject, epoch, voter: 'eu-west-1', granted: true, reason: 'yes' };
    expect((await onDrainReply(bench.ctx, reply)).ok).toBe(true);
    expect(bench.states.get('us-west-2')?.items.get(storeKey.grant(group, subject, 'eu-west-1#grant'))?.body).toEqual(reply);
  });
});
