import { describe, expect, it } from 'vitest';
import { stepKinds } from '../../../core/execute/kinds/index.ts';
import type { StepScope } from '../../../core/execute/step-kind.ts';
import { failed, type HealthState, type Json, type JsonObject, type Observation, ok, storeKey } from '../../../core/model/index.ts';
import type { Ports } from '../../../core/ports/index.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import type { RegionBench } from '../region-context.ts';
import { plannedRun, planOf, raise, recordOf, region, runOf, target } from './planned-run.ts';

const group = 'checkout';
const impaired = 'us-east-1';
const here = { service: 'checkout', region };

function scopeOf(bench: RegionBench, over: Partial<StepScope> = {}, ports: Partial<Ports> = {}): StepScope {
  const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, ...ports } };
  return { ctx, plan: planOf([raise]), run: runOf({ target }), before: null, result: null, appliedAt: bench.clock.now(), ...over };
}

async function verdictOf(kind: string, args: JsonObject, scope: StepScope) {
  const found = stepKinds[kind];
  if (found === undefined) throw new Error(`there is no kind ${kind}`);
  return found.look(args, scope);
}

/** What `observer` sees of a region, and what it is answered, right after the step. */
function observe(
  bench: RegionBench,
  observer: string,
  of: string,
  status: HealthState,
  traffic: string[] = [],
  over: Partial<Observation> = {},
) {
  const at = bench.clock.now() + 1;
  const view = { group, region: of, status, score: 1, responseMs: 1, since: at - 600_000, reason: `it is ${status}` };
  const state = bench.states.get(bench.ctx.region);
  const observation = { observer, at, abstains: false, views: [view], traffic: { [group]: traffic }, reason: 'a test', ...over };
  if (state) writeItem(state, storeKey.observation(observer), observation);
}

function probed(bench: RegionBench, last: 'pass' | 'fail', over: JsonObject = {}) {
  const at = bench.clock.now() + 1;
  const endpoint = {
    ...{ status: last === 'pass' ? 'healthy' : 'unhealthy', failures: 0, successes: 1, at, responseMs: 1, weight: 1 },
    ...{ dimension: 'liveness', sickAddresses: [], addresses: 3, last, reason: `last look: ${last}`, ...over },
  };
  const health = { subject: here, at, status: endpoint.status, score: 1, dimensions: {}, reason: 'a test', evidence: [] };
  const state = bench.states.get(bench.ctx.region);
  if (state)
    writeItem(state, storeKey.health('services-1'), {
      states: [{ health, since: 0, endpoints: { health: endpoint } }],
    });
}

const replying = (value: unknown) => async () => value;
const over = <T extends object>(port: T, methods: object): T => Object.assign(Object.create(port), methods);

describe('claim-grants', () => {
  const args = { group, subject: impaired, quorum: 2 };
  const grant = (bench: RegionBench, voter: string, granted: boolean, epoch = 3) => {
    const state = bench.states.get(region);
    const reply = { phase: 'grant', incident: 'inc-1', group, subject: impaired, epoch, voter, granted, reason: 'a test' };
    if (state) writeItem(state, storeKey.grant(group, impaired, `${voter}#grant`), reply);
  };

  it('is proven by a quorum of grants, fails as soon as none can come about, and waits in between', async () => {
    const bench = plannedRun();
    expect((await verdictOf('claim-grants', args, scopeOf(bench))).verdict).toBe('inconclusive');
    grant(bench, 'eu-west-1', true);
    expect((await verdictOf('claim-grants', args, scopeOf(bench))).verdict).toBe('inconclusive');
    grant(bench, 'us-west-2', true);
    expect((await verdictOf('claim-grants', args, scopeOf(bench))).verdict).toBe('pass');
    grant(bench, 'us-west-2', false);
    expect(await verdictOf('claim-grants', args, scopeOf(bench))).toMatchObject({ verdict: 'fail', final: true });
  });

  it('does not count a grant of another epoch', async () => {
    const bench = plannedRun();
    grant(bench, 'eu-west-1', true, 2);
    grant(bench, 'us-west-2', true, 2);
    expect((await verdictOf('claim-grants', args, scopeOf(bench))).verdict).toBe('inconclusive');
  });
});

describe('request-drain and withdraw-drain', () => {
  const args = { group, subject: impaired, quorum: 2 };
  const left = [region, 'us-west-2'];

  it('are proven by what is answered, here and at a second vantage', async () => {
    const bench = plannedRun();
    bench.answers[group] = left;
    expect((await verdictOf('request-drain', args, scopeOf(bench))).verdict).toBe('inconclusive');
    observe(bench, 'us-west-2', impaired, 'unhealthy', left);
    expect((await verdictOf('request-drain', args, scopeOf(bench))).verdict).toBe('pass');
    const before = { regions: [impaired, ...left] };
    expect((await verdictOf('withdraw-drain', args, scopeOf(bench, { before }))).verdict).toBe('fail');
  });

  it('take no answer at all for no proof: an emptied zone is not a drained region', async () => {
    const bench = plannedRun();
    bench.answers[group] = [];
    expect((await verdictOf('request-drain', args, scopeOf(bench))).verdict).toBe('fail');
  });

  it('do not count the drained region’s own view as a second vantage', async () => {
    const bench = plannedRun();
    bench.answers[group] = left;
    observe(bench, impaired, impaired, 'healthy', left);
    expect((await verdictOf('request-drain', args, scopeOf(bench))).verdict).toBe('inconclusive');
  });

  it('pass a withdrawal where the region was not answered with before either, and fail it without a journal', async () => {
    const bench = plannedRun();
    bench.answers[group] = left;
    expect((await verdictOf('withdraw-drain', args, scopeOf(bench, { before: { regions: left } }))).verdict).toBe('pass');
    expect(await verdictOf('withdraw-drain', args, scopeOf(bench))).toMatchObject({ verdict: 'fail', final: true });
  });
});

describe('change-capacity and restore-capacity', () => {
  const args = raise.args;
  const snapshotOf = async (bench: RegionBench): Promise<Json> => {
    const taken = await stepKinds['change-capacity']?.before?.(args, scopeOf(bench));
    return taken?.ok === true ? taken.value : null;
  };
  const fence = (bench: RegionBench) => ({ epoch: 3, leaseUntil: bench.clock.now() + 60_000 });

  it('are proven when units run and are healthy, and when the settings are as they were', async () => {
    const bench = plannedRun();
    const scope = scopeOf(bench, { before: await snapshotOf(bench) });
    await stepKinds['change-capacity']?.apply?.(args, scope, fence(bench));
    expect((await verdictOf('change-capacity', args, scope)).verdict).toBe('inconclusive');
    expect((await verdictOf('restore-capacity', args, scope)).verdict).toBe('fail');
    await bench.pass(60);
    expect((await verdictOf('change-capacity', args, scope)).verdict).toBe('pass');
    await stepKinds['restore-capacity']?.apply?.(args, scope, fence(bench));
    expect((await verdictOf('restore-capacity', args, scope)).verdict).toBe('pass');
  });

  it('never lower a count that has grown meanwhile', async () => {
    const bench = plannedRun();
    const service = bench.capacity.services[`checkout/${region}`];
    if (service) service.desired = 12;
    const scope = scopeOf(bench, { before: await snapshotOf(bench) });
    await stepKinds['change-capacity']?.apply?.(args, scope, fence(bench));
    expect(service?.desired).toBe(12);
    expect(await verdictOf('change-capacity', args, scope)).toMatchObject({ verdict: 'pass', reason: 'nothing had to be changed' });
  });

  it('are inconclusive while the platform does not answer', async () => {
    const bench = plannedRun();
    const capacity = over(bench.ctx.ports.capacity, {
      verify: replying(failed('timeout', 'silence')),
      snapshot: replying(failed('timeout', 'silence')),
    });
    const scope = scopeOf(bench, { before: await snapshotOf(bench) }, { capacity });
    expect((await verdictOf('change-capacity', args, scope)).verdict).toBe('inconclusive');
    expect((await verdictOf('restore-capacity', args, scope)).verdict).toBe('inconclusive');
  });

  it('ask the region itself when the run is undone from elsewhere, with the journal’s way back', async () => {
    const bench = plannedRun([raise], {}, 'us-west-2');
    const was = await snapshotOf(plannedRun());
    await stepKinds['restore-capacity']?.apply?.(args, scopeOf(bench, { before: was }), fence(bench));
    await bench.pass(1);
    expect(bench.messages).toMatchObject([{ type: 'AssistRequested', body: { phase: 'return', before: { desired: 4 } } }]);
    expect((await verdictOf('restore-capacity', args, scopeOf(bench, { before: was }))).verdict).toBe('inconclusive');
  });
});

describe('confirm-capacity', () => {
  it('asks for the units that are needed, and for room in them', async () => {
    const bench = plannedRun();
    const needs = (desired: number) => ({ needs: [{ target: here, desired }] });
    expect((await verdictOf('confirm-capacity', needs(4), scopeOf(bench))).verdict).toBe('pass');
    expect((await verdictOf('confirm-capacity', needs(5), scopeOf(bench))).verdict).toBe('fail');
    const service = bench.capacity.services[`checkout/${region}`];
    if (service) service.saturation = 0.95;
    expect((await verdictOf('confirm-capacity', needs(4), scopeOf(bench))).verdict).toBe('fail');
  });
});

describe('confirm-relief', () => {
  const args = { target: here, of: 'stage-1', share: 0.2 };

  it('is proven when the saturation fell by the share, and inconclusive where none is known', async () => {
    const bench = plannedRun();
    expect((await verdictOf('confirm-relief', args, scopeOf(bench))).verdict).toBe('inconclusive');
    const was = await bench.ctx.ports.capacity.snapshot(here, { deadlineAt: bench.clock.now() + 1000 });
    const state = bench.states.get(region);
    const taken = was.ok ? [{ ...was.value, saturation: 1 }] : [];
    if (state) writeItem(state, storeKey.step('scale-test', 'stage-1'), recordOf({ before: JSON.parse(JSON.stringify(taken)) }));
    expect((await verdictOf('confirm-relief', args, scopeOf(bench))).verdict).toBe('pass');
    const service = bench.capacity.services[`checkout/${region}`];
    if (service) service.saturation = 0.81;
    expect((await verdictOf('confirm-relief', args, scopeOf(bench))).verdict).toBe('fail');
  });
});

describe('confirm-recovery', () => {
  it('is proven by probes made after the step, not by older ones', async () => {
    const bench = plannedRun();
    expect((await verdictOf('confirm-recovery', here, scopeOf(bench))).verdict).toBe('inconclusive');
    probed(bench, 'pass');
    expect((await verdictOf('confirm-recovery', here, scopeOf(bench))).verdict).toBe('pass');
    expect((await verdictOf('confirm-recovery', here, scopeOf(bench, { appliedAt: bench.clock.now() + 5 }))).verdict).toBe('inconclusive');
    probed(bench, 'fail');
    expect((await verdictOf('confirm-recovery', here, scopeOf(bench))).verdict).toBe('fail');
  });

  it('looks at the unit alone when one is meant', async () => {
    const bench = plannedRun();
    probed(bench, 'pass', { sickAddresses: ['192.0.2.1'] });
    expect((await verdictOf('confirm-recovery', { ...here, unit: '192.0.2.1' }, scopeOf(bench))).verdict).toBe('fail');
    expect((await verdictOf('confirm-recovery', { ...here, unit: '192.0.2.2' }, scopeOf(bench))).verdict).toBe('pass');
  });
});

describe('prove and bake', () => {
  const args = { group, to: region, seconds: 30 };

  it('need a view from outside the region that takes the traffic', async () => {
    const bench = plannedRun();
    observe(bench, region, region, 'healthy');
    expect((await verdictOf('prove', args, scopeOf(bench))).verdict).toBe('inconclusive');
    observe(bench, 'us-west-2', region, 'healthy');
    expect((await verdictOf('prove', args, scopeOf(bench))).verdict).toBe('pass');
    observe(bench, 'us-west-2', region, 'unhealthy');
    expect((await verdictOf('prove', args, scopeOf(bench))).verdict).toBe('fail');
  });

  it('do not listen to an observer that abstains', async () => {
    const bench = plannedRun();
    observe(bench, 'us-west-2', region, 'unhealthy', [], { abstains: true });
    expect((await verdictOf('prove', args, scopeOf(bench))).verdict).toBe('inconclusive');
  });

  it('bake until the time has passed, and end at once when the region breaks', async () => {
    const bench = plannedRun();
    observe(bench, 'us-west-2', region, 'healthy');
    const started = bench.clock.now();
    expect((await verdictOf('bake', args, scopeOf(bench, { appliedAt: started }))).verdict).toBe('inconclusive');
    await bench.pass(30);
    observe(bench, 'us-west-2', region, 'healthy');
    expect((await verdictOf('bake', args, scopeOf(bench, { appliedAt: started }))).verdict).toBe('pass');
    observe(bench, 'us-west-2', region, 'unhealthy');
    expect(await verdictOf('bake', args, scopeOf(bench, { appliedAt: started }))).toMatchObject({ verdict: 'fail', final: true });
  });
});

describe('confirm-proven', () => {
  const args = { group, region: impaired, seconds: 300 };

  it('lets traffic return only to a region that everybody outside has found well for long enough', async () => {
    const bench = plannedRun();
    expect((await verdictOf('confirm-proven', args, scopeOf(bench))).verdict).toBe('inconclusive');
    observe(bench, 'us-west-2', impaired, 'healthy');
    expect((await verdictOf('confirm-proven', args, scopeOf(bench))).verdict).toBe('pass');
    expect(await verdictOf('confirm-proven', { ...args, seconds: 601 }, scopeOf(bench))).toMatchObject({ verdict: 'fail', final: true });
    observe(bench, region, impaired, 'degraded');
    expect((await verdictOf('confirm-proven', args, scopeOf(bench))).verdict).toBe('fail');
  });
});

describe('set-weights and restore-weights', () => {
  const weights = { 'us-east-1': 1, 'eu-west-1': 1, 'us-west-2': 1 };
  const half = { ...weights, 'eu-west-1': 0 };
  const shares = (bench: RegionBench, now: Record<string, number>) => ({
    traffic: over(bench.ctx.ports.traffic, { shares: replying(ok({ group, weights: now, token: '1' })) }),
  });

  it('are proven when exactly the wanted weights stand and those who receive serve', async () => {
    const bench = plannedRun();
    const args = { group, weights: half };
    expect((await verdictOf('set-weights', args, scopeOf(bench, {}, shares(bench, weights)))).verdict).toBe('fail');
    expect((await verdictOf('set-weights', args, scopeOf(bench, {}, shares(bench, half)))).verdict).toBe('inconclusive');
    observe(bench, region, 'us-west-2', 'healthy');
    expect((await verdictOf('set-weights', args, scopeOf(bench, {}, shares(bench, half)))).verdict).toBe('pass');
    observe(bench, region, 'us-west-2', 'unhealthy');
    expect((await verdictOf('set-weights', args, scopeOf(bench, {}, shares(bench, half)))).verdict).toBe('fail');
  });

  it('see a small stage of a ramp that had no effect', async () => {
    const bench = plannedRun();
    observe(bench, region, 'us-west-2', 'healthy');
    const args = { group, weights: { ...weights, 'eu-west-1': 90, 'us-east-1': 100, 'us-west-2': 100 } };
    const stale = { 'eu-west-1': 95, 'us-east-1': 100, 'us-west-2': 100 };
    expect((await verdictOf('set-weights', args, scopeOf(bench, {}, shares(bench, stale)))).verdict).toBe('fail');
  });

  it('write nothing when what is wanted stands already', async () => {
    const bench = plannedRun();
    const traffic = over(shares(bench, half).traffic, { setWeights: replying(failed('conflict', 'written all the same')) });
    const fence = { epoch: 3, leaseUntil: bench.clock.now() + 60_000 };
    const set = scopeOf(bench, { before: { group, weights, token: '0' } }, { traffic });
    expect(await stepKinds['set-weights']?.apply?.({ group, weights: half }, set, fence)).toMatchObject({ ok: true });
    const back = scopeOf(bench, { before: { group, weights: half, token: '0' } }, { traffic });
    expect(await stepKinds['restore-weights']?.apply?.({ group, weights }, back, fence)).toMatchObject({ ok: true });
  });

  it('never overwrite what somebody else has set', async () => {
    const bench = plannedRun();
    const before = { group, weights, token: '0' };
    const foreign = { 'us-east-1': 7, 'eu-west-1': 7, 'us-west-2': 7 };
    const undone = await stepKinds['restore-weights']?.apply?.(
      { group, weights: half },
      scopeOf(bench, { before }, shares(bench, foreign)),
      { epoch: 3, leaseUntil: bench.clock.now() + 60_000 },
    );
    expect(undone).toMatchObject({ ok: false, code: 'conflict', retryable: false });
    expect((await verdictOf('restore-weights', { group, weights: half }, scopeOf(bench, { before }, shares(bench, foreign)))).verdict).toBe(
      'fail',
    );
    expect((await verdictOf('restore-weights', { group, weights: half }, scopeOf(bench, { before }, shares(bench, weights)))).verdict).toBe(
      'pass',
    );
  });
});

describe('kinds that ask their platform', () => {
  it.each([
    ['set-release', { target: here, release: 'v1' }, 'releases', null],
    ['restore-release', { target: here, release: 'v1' }, 'releases', { release: 'v2' }],
    ['move-database', { database: 'orders', to: region }, 'data', null],
    ['return-database', { database: 'orders', to: region }, 'data', { writer: impaired }],
  ] as const)('%s says what the platform says, and is inconclusive when it is silent', async (kind, args, port, before) => {
    const bench = plannedRun();
    const look = (answer: unknown) =>
      verdictOf(kind, args, scopeOf(bench, { before }, { [port]: over(bench.ctx.ports[port], { verify: replying(answer) }) }));
    for (const verdict of ['pass', 'fail', 'inconclusive']) expect((await look(ok({ verdict, reason: 'so it is' }))).verdict).toBe(verdict);
    expect((await look(failed('timeout', 'silence'))).verdict).toBe('inconclusive');
  });

  it.each(['restore-release', 'return-database', 'restore-flag', 'restore-weights', 'restore-capacity'])(
    '%s fails for good when the journal does not say what was there before',
    async (kind) => {
      const args = { target: here, release: 'v1', database: 'orders', to: region, name: 'x', value: 'on', group, weights: {}, changes: [] };
      expect(await verdictOf(kind, args, scopeOf(plannedRun()))).toMatchObject({ verdict: 'fail', final: true });
    },
  );

  it('set-flag and restore-flag compare what is read with what was wanted', async () => {
    const bench = plannedRun();
    const args = { target: here, name: 'degrade', value: 'on' };
    expect((await verdictOf('set-flag', args, scopeOf(bench))).verdict).toBe('fail');
    await stepKinds['set-flag']?.apply?.(args, scopeOf(bench), { epoch: 3, leaseUntil: bench.clock.now() + 60_000 });
    expect((await verdictOf('set-flag', args, scopeOf(bench))).verdict).toBe('pass');
    expect((await verdictOf('restore-flag', args, scopeOf(bench, { before: { value: null } }))).verdict).toBe('fail');
  });
});

describe('run-script', () => {
  const args = { target: here, document: 'flush', version: '1', parameters: {} };
  const status = (bench: RegionBench, state: string) => ({
    scripts: over(bench.ctx.ports.scripts, { status: replying(ok({ state, exitStatus: state === 'failed' ? 1 : 0, reason: 'a test' })) }),
  });
  const result = { runId: 'run-1' };

  it('is proven by its exit status and by the probes after it, both', async () => {
    const bench = plannedRun();
    const look = (state: string) => verdictOf('run-script', args, scopeOf(bench, { result }, status(bench, state)));
    expect((await look('running')).verdict).toBe('inconclusive');
    expect(await look('failed')).toMatchObject({ verdict: 'fail', final: true });
    expect((await look('succeeded')).verdict).toBe('inconclusive');
    probed(bench, 'pass');
    expect((await look('succeeded')).verdict).toBe('pass');
    probed(bench, 'fail');
    expect((await look('succeeded')).verdict).toBe('fail');
  });

  it('as an undo is proven by its exit status: the service was not well before either', async () => {
    const bench = plannedRun();
    probed(bench, 'fail');
    const scope = scopeOf(bench, { result, run: runOf({ state: 'undoing' }) }, status(bench, 'succeeded'));
    expect((await verdictOf('run-script', args, scope)).verdict).toBe('pass');
  });

  it('fails when no run of it is on record', async () => {
    expect(await verdictOf('run-script', args, scopeOf(plannedRun()))).toMatchObject({ verdict: 'fail', final: true });
  });
});
