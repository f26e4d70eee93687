import type { FaultHits } from '../../adapters/memory/fault-point.ts';
import { Action } from '../../core/model/index.ts';
import { callAnswers, faultKinds, struckPorts } from '../world/fault.ts';
import type { SeedResult } from './run-seed.ts';

export interface SoakSummary {
  seeds: number;
  /** Seeds that were asked for and not run, since somebody ended it. */
  left: number;
  seedsPerMinute: number;
  violations: { seed: number; checker: string; at: number; reason: string; replay: string }[];
  detectedAfterSeconds: Distribution | null;
  recoveredAfterSeconds: Distribution | null;
  /** How often each answer of a FaultPoint met each port. */
  hits: FaultHits;
  /** In how many seeds each kind of fault stood. */
  kinds: Record<string, number>;
  /** Runs by machine and end; steps undone by machine. */
  outcomes: Record<string, Record<string, number>>;
  undone: Record<string, number>;
  /** What was not exercised enough, in sentences. */
  gaps: string[];
  passed: boolean;
}

interface Distribution {
  count: number;
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/** Each machine must have been undone this often in as many seeds, or the undo is not proven. */
const undosMin = { perSeeds: 10_000, undos: 200 };
/** Fewer seeds than this prove nothing about empty cells. */
const seedsForGaps = 5_000;
/** Every machine that changes the world; `respond` and `undo` start them and take them back. */
export const countedMachines = Action.options;

export function summariseSoak(
  results: readonly SeedResult[],
  crashed: readonly { seed: number; reason: string }[],
  { perMinute, left = 0 }: { perMinute: number; left?: number },
): SoakSummary {
  const violations = [
    ...results.flatMap(({ seed, violations: found }) => found.map((violation) => ({ seed, ...violation, replay: replayOf(seed) }))),
    ...crashed.map(({ seed, reason }) => ({ seed, checker: 'simulation', at: 0, reason, replay: replayOf(seed) })),
  ];
  const hits: FaultHits = {};
  const kinds: Record<string, number> = {};
  const outcomes: SoakSummary['outcomes'] = {};
  const undone: Record<string, number> = {};
  for (const result of results) {
    for (const kind of result.kinds) kinds[kind] = (kinds[kind] ?? 0) + 1;
    for (const [action, count] of Object.entries(result.undone)) undone[action] = (undone[action] ?? 0) + count;
    addTo(hits, result.hits);
    addTo(outcomes, result.outcomes);
  }
  const seeds = results.length + crashed.length;
  const gaps = seeds < seedsForGaps ? [] : gapsIn(seeds, hits, kinds, undone);
  return {
    seeds,
    left,
    seedsPerMinute: Math.round(perMinute),
    violations,
    detectedAfterSeconds: distributionOf(results.map((result) => result.detectedAfterSeconds)),
    recoveredAfterSeconds: distributionOf(results.map((result) => result.recoveredAfterSeconds)),
    ...{ hits, kinds, outcomes, undone, gaps },
    passed: violations.length === 0 && gaps.length === 0 && left === 0,
  };
}

function replayOf(seed: number): string {
  return `npm run --silent evenkeel -- soak --first ${seed} --seeds 1`;
}

function addTo(sum: Record<string, Partial<Record<string, number>>>, more: Record<string, Partial<Record<string, number>>>): void {
  for (const [key, counts] of Object.entries(more)) {
    const known = sum[key] ?? {};
    sum[key] = known;
    for (const [name, count] of Object.entries(counts)) known[name] = (known[name] ?? 0) + (count ?? 0);
  }
}

function gapsIn(seeds: number, hits: FaultHits, kinds: Record<string, number>, undone: Record<string, number>): string[] {
  const needed = Math.floor((undosMin.undos * seeds) / undosMin.perSeeds);
  return [
    ...faultKinds.filter((kind) => !kinds[kind]).map((kind) => `no seed had a fault of kind ${kind}`),
    ...struckPorts.flatMap((port) =>
      callAnswers.filter((answer) => !hits[port]?.[answer]).map((answer) => `${answer} never struck ${port}`),
    ),
    ...countedMachines
      .filter((machine) => (undone[machine] ?? 0) < needed)
      .map((machine) => `${machine} was undone ${undone[machine] ?? 0} times, ${needed} wanted`),
  ];
}

function distributionOf(values: readonly (number | null)[]): Distribution | null {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return sorted.length === 0 ? null : { count: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

export function showSoak(summary: SoakSummary): string {
  const spread = (name: string, values: Distribution | null) =>
    values === null
      ? `${name}: never`
      : `${name}: ${values.count} times, p50 ${values.p50} s, p90 ${values.p90} s, p99 ${values.p99} s, max ${values.max} s`;
  const lines = [
    `${summary.seeds} seeds, ${summary.seedsPerMinute} a minute`,
    spread('detected', summary.detectedAfterSeconds),
    spread('recovered', summary.recoveredAfterSeconds),
    '',
    'fault answers by port',
    table(
      ['', ...callAnswers],
      struckPorts.map((port) => [port, ...callAnswers.map((answer) => summary.hits[port]?.[answer] ?? 0)]),
    ),
    '',
    'machines',
    table(
      ['', 'verified', 'undone', 'escalated', 'refused', 'steps undone'],
      countedMachines.map((machine) => [
        machine,
        ...['verified', 'undone', 'escalated', 'refused'].map((state) => summary.outcomes[machine]?.[state] ?? 0),
        summary.undone[machine] ?? 0,
      ]),
    ),
    '',
    `seeds by kind of fault: ${Object.entries(summary.kinds)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(', ')}`,
    ...(summary.left > 0 ? [`LEFT       ${summary.left} seeds were not run: it was ended early`] : []),
    ...summary.gaps.map((gap) => `GAP        ${gap}`),
    ...summary.violations.map(
      (violation) => `VIOLATION  seed ${violation.seed} ${violation.checker}: ${violation.reason}\n           ${violation.replay}`,
    ),
    summary.passed ? 'passed' : 'not passed',
  ];
  return `${lines.join('\n')}\n`;
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => String(row[column] ?? '').length)));
  const line = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, column) => (column === 0 ? String(cell).padEnd(widths[0] ?? 0) : String(cell).padStart(widths[column] ?? 0)))
      .join('  ');
  return [head, ...rows].map(line).join('\n');
}
