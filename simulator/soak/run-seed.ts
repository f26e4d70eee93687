import type { FaultHits } from '../../adapters/memory/fault-point.ts';
import type { MachineSet } from '../host/machine-files.ts';
import type { Scenario } from '../scenario.ts';
import { type SimulationReport, simulate, type Violation } from '../simulate.ts';
import { modeOf, randomScenario, type SoakMode, worldOf } from './random-scenario.ts';
import { soakConfigs } from './soak-config.ts';

export interface SeedResult {
  seed: number;
  mode: SoakMode;
  violations: Violation[];
  detectedAfterSeconds: number | null;
  recoveredAfterSeconds: number | null;
  /** Runs by action and how they ended. */
  outcomes: Record<string, Record<string, number>>;
  /** Steps that were undone, by action. */
  undone: Record<string, number>;
  /** Kinds of faults that struck. */
  kinds: string[];
  hits: FaultHits;
  /** Of the timeline, as `simulate` gives it. */
  hash: string;
}

interface Parts {
  machines: MachineSet;
  settle: () => Promise<void>;
}

export async function runSeed(seed: number, parts: Parts): Promise<SeedResult> {
  const scenario = randomScenario(seed);
  const report = await runScenario(scenario, parts);
  const outcomes: SeedResult['outcomes'] = {};
  for (const { action, state } of report.actions) {
    const counts = outcomes[action] ?? {};
    outcomes[action] = counts;
    counts[state] = (counts[state] ?? 0) + 1;
  }
  const undone: Record<string, number> = {};
  for (const { step } of report.reversals) {
    const action = step.slice(0, step.indexOf('-'));
    undone[action] = (undone[action] ?? 0) + 1;
  }
  const { violations, detectedAfterSeconds, recoveredAfterSeconds, hits, hash } = report;
  const kinds = [...new Set(scenario.faults.map((fault) => fault.kind))];
  return { seed, mode: modeOf(seed), violations, detectedAfterSeconds, recoveredAfterSeconds, outcomes, undone, kinds, hits, hash };
}

async function runScenario(scenario: Scenario, { machines, settle }: Parts): Promise<SimulationReport> {
  return simulate(scenario, soakConfigs[worldOf(scenario.seed)], { seed: scenario.seed, machines, settle });
}

const attemptsMax = 60;

/** The same seed with as few faults and orders as still break the same invariant: leaves out one at a time, the last first. */
export async function minimise(seed: number, checker: string, parts: Parts): Promise<Scenario> {
  let smallest = randomScenario(seed);
  let attempts = 0;
  const stillBreaks = async (candidate: Scenario): Promise<boolean> => {
    if (++attempts > attemptsMax) return false;
    const report = await runScenario(candidate, parts);
    return report.violations.some((violation) => violation.checker === checker);
  };
  for (let index = smallest.faults.length - 1; index >= 0 && smallest.faults.length > 1; index--) {
    const candidate = { ...smallest, faults: smallest.faults.toSpliced(index, 1) };
    if (await stillBreaks(candidate)) smallest = candidate;
  }
  for (let index = (smallest.orders ?? []).length - 1; index >= 0; index--) {
    const candidate = { ...smallest, orders: (smallest.orders ?? []).toSpliced(index, 1) };
    if (await stillBreaks(candidate)) smallest = candidate;
  }
  return smallest;
}
