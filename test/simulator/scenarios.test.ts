import { beforeAll, describe, expect, it } from 'vitest';
import { loadMachines, loadScenario, shippedScenarios } from '../../bin/load-scenario.ts';
import type { MachineSet } from '../../simulator/host/machine-files.ts';
import { simulate } from '../../simulator/simulate.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
let machines: MachineSet;
beforeAll(() => {
  machines = loadMachines();
});

describe('the shipped scenarios', () => {
  it('are all of those of OUTAGES.md and of the closed loop', () => {
    const asked = [
      ...['region-down', 'cold-standby', 'flapping', 'split-observers', 'executor-crash'],
      ...['o17', 'o20', 'o21', 'o21b', 'o21c', 'o23', 'o24', 'o25'],
      ...Array.from({ length: 12 }, (_, index) => `g${index + 1}`),
    ];
    expect(asked.filter((name) => !shippedScenarios().includes(name))).toEqual([]);
  });

  it.each(shippedScenarios())('%s meets its expectation without a violation', { timeout: 60_000 }, async (name) => {
    const { scenario, config } = await loadScenario(name);
    const report = await simulate(scenario, config, { seed: scenario.seed, settle, machines });
    expect(report.unmet).toEqual([]);
    expect(report.violations).toEqual([]);
  });

  it.each([4, 5, 8])('g10 gives nothing to people because a table was busy (seed %i)', { timeout: 60_000 }, async (seed) => {
    const { scenario, config } = await loadScenario('g10');
    const report = await simulate(scenario, config, { seed, settle, machines });
    expect(report.unmet).toEqual([]);
    expect(report.actions.map(({ state }) => state)).not.toContain('escalated');
  });
});
