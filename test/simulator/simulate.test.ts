import { beforeAll, describe, expect, it } from 'vitest';
import { loadMachines } from '../../bin/load-scenario.ts';
import type { MachineSet } from '../../simulator/host/machine-files.ts';
import { readScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { type SimulationReport, simulate } from '../../simulator/simulate.ts';
import { smallShop } from './small-shop.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
let machines: MachineSet;
beforeAll(() => {
  machines = loadMachines();
});

const config = smallShop();

function run(
  input: Omit<ScenarioInput, 'name' | 'source' | 'expect'> & { expect?: ScenarioInput['expect'] },
  seed = 1,
): Promise<SimulationReport> {
  const read = readScenario({ name: 'test', source: 'made', expect: { incidents: 0 }, ...input });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return simulate(read.scenario, config, { seed, settle, machines });
}

describe('a run', { timeout: 60_000 }, () => {
  it('gives the same bytes for the same seed and others for another', async () => {
    const input = { minutes: 12, faults: [{ at: 3, kind: 'region-unreachable' as const, where: { region: 'us-east-1' } }] };
    const [once, again, other] = [await run(input, 7), await run(input, 7), await run(input, 8)];
    expect(again.timeline).toEqual(once.timeline);
    expect(again.hash).toBe(once.hash);
    expect(other.hash).not.toBe(once.hash);
  });

  it('of a calm world opens nothing, moves nothing and violates nothing', async () => {
    const report = await run({ minutes: 20 });
    expect(report.actions).toEqual([]);
    expect(report.violations).toEqual([]);
    expect(report.timeline.filter((entry) => entry.kind !== 'HealthChanged')).toEqual([]);
    expect(report.expectMet).toBe(true);
    expect(report.traffic.every((minute) => minute.failedShare === 0)).toBe(true);
  });

  it('measures detection and recovery from the first fault, and says what of the expectation was not met', async () => {
    const report = await run({
      minutes: 15,
      faults: [{ at: 3, kind: 'region-unreachable', where: { region: 'us-east-1' } }],
      expect: { acts: [[]], recoveredWithinSeconds: 1 },
    });
    expect(report.detectedAfterSeconds).toBeGreaterThan(0);
    expect(report.recoveredAfterSeconds).toBeGreaterThan(report.detectedAfterSeconds ?? 0);
    expect(report.expectMet).toBe(false);
    expect(report.unmet).toEqual([
      expect.stringContaining('acts were [failover], wanted []'),
      expect.stringContaining('wanted within 1 s'),
    ]);
  });
});

describe('a region', { timeout: 60_000 }, () => {
  it('whose functions die goes on with new ones', async () => {
    const report = await run({
      minutes: 15,
      faults: [
        { at: 3, kind: 'region-unreachable', where: { region: 'us-east-1' } },
        { at: 4, kind: 'executor-crash', where: { region: 'us-west-2' }, with: { what: 'functions' } },
        { at: 4, kind: 'executor-crash', where: { region: 'eu-west-1' }, with: { what: 'functions' } },
      ],
    });
    expect(report.timeline.filter((entry) => entry.kind === 'ExecutorCrashed')).toHaveLength(2);
    expect(report.actions).toMatchObject([{ action: 'failover' }]);
    expect(report.violations).toEqual([]);
  });

  it('that is lost takes part in nothing until it is found', async () => {
    const report = await run({
      minutes: 20,
      faults: [{ at: 3, until: 15, kind: 'region-unreachable', where: { region: 'us-east-1' }, with: { lost: true } }],
    });
    const own = report.timeline.filter(
      (entry) => entry.region === 'us-east-1' && !['FaultBegan', 'AnswersChanged', 'CheckChanged'].includes(entry.kind),
    );
    const minutes = own.map((entry) => (entry.at - report.startedAt) / 60_000);
    expect(minutes.filter((minute) => minute > 3.1 && minute < 15)).toEqual([]);
  });
});

describe('people', { timeout: 60_000 }, () => {
  it('order what is done in the region and at the minute that the scenario says', async () => {
    const order = { command: 'drain' as const, group: 'checkout', region: 'us-east-1', by: 'ana@example.com', reason: 'maintenance' };
    const report = await run({ minutes: 15, orders: [{ at: 3, in: 'eu-west-1', order }] });
    const [drained] = report.timeline.filter((entry) => entry.kind === 'IncidentOpened' || entry.kind === 'PlanMade');
    expect(drained).toMatchObject({ at: report.startedAt + 180_000 });
    expect(report.actions).toMatchObject([{ action: 'failover', target: 'group:checkout/us-east-1', state: 'verified' }]);
    expect(report.violations).toEqual([]);
  });
});
