import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FaultHits } from '../../../adapters/memory/fault-point.ts';
import { loadMachines } from '../../../bin/load-scenario.ts';
import type { Config } from '../../../core/config/schema.ts';
import { scenarioProblems } from '../../../simulator/scenario-meaning.ts';
import { modeOf, randomScenario, worldOf } from '../../../simulator/soak/random-scenario.ts';
import { runSeed, type SeedResult } from '../../../simulator/soak/run-seed.ts';
import { soakConfigs } from '../../../simulator/soak/soak-config.ts';
import { countedMachines, showSoak, summariseSoak } from '../../../simulator/soak/summary.ts';
import { callAnswers, faultKinds, struckPorts } from '../../../simulator/world/fault.ts';

const nothing: SeedResult = {
  ...{ seed: 1, mode: 'safety' as const, violations: [], detectedAfterSeconds: null, recoveredAfterSeconds: null },
  ...{ outcomes: {}, undone: {}, kinds: [], hits: {}, hash: '' },
};
/** Endpoints of services and of AWS services, over all regions. */
const probedIn = ({ regions, services, awsEndpoints }: Config): number =>
  regions.length * (services.reduce((sum, service) => sum + service.endpoints.length, 0) + awsEndpoints.length);
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const seeds = Array.from({ length: 2_000 }, (_, index) => index + 1);

describe('random scenarios', () => {
  it('are scenarios that the configuration of the soak knows, the same for the same seed', () => {
    expect(randomScenario(17)).toEqual(randomScenario(17));
    for (const seed of seeds.slice(0, 300)) expect(scenarioProblems(randomScenario(seed), soakConfigs[worldOf(seed)])).toEqual([]);
  });

  it('run in worlds of three regions and nine endpoints', () => {
    for (const [world, config] of Object.entries(soakConfigs))
      expect([world, config.regions.length, probedIn(config)]).toEqual([world, 3, 9]);
  });

  it('let votes travel by both carriers', () => {
    const carriers = Object.values(soakConfigs).flatMap(({ trafficGroups }) => trafficGroups.map(({ carrier }) => carrier));
    expect(new Set(carriers)).toEqual(new Set(['metric', 'object']));
  });

  it('give every machine of the folder something to do: respond starts the others, undo takes them back', () => {
    const files = readdirSync(new URL('../../../state-machines/', import.meta.url)).flatMap(
      (file) => file.match(/^(.*)\.asl\.json$/)?.[1] ?? [],
    );
    expect(files.filter((machine) => !['respond', 'undo'].includes(machine)).sort()).toEqual([...countedMachines].sort());
    const ordered = seeds.flatMap((seed) => (randomScenario(seed).orders ?? []).map(({ order }) => order.command));
    expect(ordered.filter((command) => command === 'rollout').length).toBeGreaterThan(100);
  });

  it('hold every kind of fault and every answer at every port somewhere', () => {
    const faults = seeds.flatMap((seed) => randomScenario(seed).faults);
    expect(faultKinds.filter((kind) => !faults.some((fault) => fault.kind === kind))).toEqual([]);
    const cells = new Set(faults.flatMap((fault) => (fault.kind === 'call' ? [`${fault.where.port} ${fault.with.answer}`] : [])));
    expect(struckPorts.flatMap((port) => callAnswers.map((answer) => `${port} ${answer}`)).filter((cell) => !cells.has(cell))).toEqual([]);
  });

  it('clear in time to come to rest when liveness is asked', () => {
    for (const seed of seeds.filter((each) => modeOf(each) === 'liveness')) {
      const { faults, minutes } = randomScenario(seed);
      for (const fault of faults) expect(fault.until).toBeLessThanOrEqual(minutes - 30);
    }
  });
});

describe('a seed', () => {
  it('comes to the same result whoever runs it and whatever ran before', { timeout: 60_000 }, async () => {
    const machines = loadMachines();
    const once = await runSeed(4, { machines, settle });
    await runSeed(6, { machines, settle });
    expect(await runSeed(4, { machines: loadMachines(), settle })).toEqual(once);
  });
});

describe('a soak that is long enough', () => {
  const seedsRun = 10_000;
  /** As little as passes: each cell struck once, each machine undone 200 times. */
  const enough = () => {
    const hits: FaultHits = Object.fromEntries(
      struckPorts.map((port) => [port, Object.fromEntries(callAnswers.map((answer) => [answer, 1]))]),
    );
    const undone: Record<string, number> = Object.fromEntries(countedMachines.map((machine) => [machine, 200]));
    return { ...nothing, hits, undone, kinds: [...faultKinds] as string[] };
  };
  const gapsOf = (first: SeedResult) => {
    const results = Array.from({ length: seedsRun }, (_, index) => (index === 0 ? first : nothing));
    const { gaps, passed } = summariseSoak(results, [], { perMinute: 600 });
    expect(passed).toBe(gaps.length === 0);
    return gaps;
  };

  it('passes when every cell was struck and every machine undone often enough', () => expect(gapsOf(enough())).toEqual([]));

  it.each(struckPorts.flatMap((port) => callAnswers.map((answer) => [answer, port] as const)))(
    'fails when %s never struck %s',
    (answer, port) => {
      const first = enough();
      delete first.hits[port]?.[answer];
      expect(gapsOf(first)).toEqual([`${answer} never struck ${port}`]);
    },
  );

  it.each(faultKinds)('fails when no seed had a fault of kind %s', (kind) => {
    const first = enough();
    expect(gapsOf({ ...first, kinds: first.kinds.filter((each) => each !== kind) })).toEqual([`no seed had a fault of kind ${kind}`]);
  });

  it.each(countedMachines)('fails when %s was undone 199 times', (machine) => {
    const first = enough();
    expect(gapsOf({ ...first, undone: { ...first.undone, [machine]: 199 } })).toEqual([`${machine} was undone 199 times, 200 wanted`]);
  });
});

describe('the summary', () => {
  const result = (over: Partial<SeedResult>): SeedResult => ({ ...nothing, ...over });

  it('names each failing seed with the command that replays it, and does not pass', () => {
    const summary = summariseSoak([result({ seed: 42, violations: [{ checker: 'once', at: 0, reason: 'twice' }] })], [], {
      perMinute: 600,
    });
    expect(summary.violations).toMatchObject([{ seed: 42, checker: 'once', replay: expect.stringContaining('soak --first 42 --seeds 1') }]);
    expect(summary.passed).toBe(false);
    expect(showSoak(summary)).toContain('soak --first 42 --seeds 1');
  });

  it('counts a simulation that threw as a violation', () => {
    expect(summariseSoak([], [{ seed: 7, reason: 'TypeError' }], { perMinute: 600 })).toMatchObject({
      seeds: 1,
      passed: false,
      violations: [{ checker: 'simulation' }],
    });
  });

  it('spreads detection and recovery', () => {
    const results = [10, 20, 30, 40].map((detectedAfterSeconds) => result({ detectedAfterSeconds }));
    expect(summariseSoak(results, [], { perMinute: 600 })).toMatchObject({
      detectedAfterSeconds: { count: 4, p50: 30, max: 40 },
      recoveredAfterSeconds: null,
      passed: true,
    });
  });

  it('fails for empty cells and for machines that were hardly undone, once there were seeds enough to tell', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => result({ seed: index, undone: { failover: 1 } }));
    const { gaps, passed } = summariseSoak(many, [], { perMinute: 600 });
    expect(passed).toBe(false);
    expect(gaps).toContain('refuse never struck store');
    expect(gaps).toContain('no seed had a fault of kind partition');
    expect(gaps).toContain('scale was undone 0 times, 200 wanted');
    expect(gaps.filter((gap) => gap.startsWith('failover'))).toEqual([]);
  });
});
