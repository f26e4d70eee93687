import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers';
import type { Command } from 'commander';
import type { SimulationReport } from '../../simulator/simulate.ts';
import { interruptedCode } from '../interruption.ts';
import { ProgressLine } from '../progress-line.ts';
import { UsageError } from '../report-failure.ts';
import { wholeNumber } from './whole-number.ts';

interface Options {
  config?: string;
  seed?: number;
  json?: boolean;
  report?: string;
  all?: boolean;
  compare?: boolean;
  workers: number;
}

export function simulate(program: Command): void {
  program
    .command('simulate')
    .description('replay a scenario on a virtual clock; exit 1 when its expectation is not met or an invariant is violated')
    .argument('[scenario]', 'a name in simulator/scenarios, or a file')
    .option('--config <file>', 'the configuration; default is the one that the scenario names, else evenkeel.config.ts')
    .option('--seed <n>', 'seed of all chance; default is that of the scenario', wholeNumber(0))
    .option('--json', 'the report as JSON')
    .option('--report <file>', 'write one self-contained HTML page about the run')
    .option('--all', 'every shipped scenario: a line with its hash, which is the same on every machine, and one hash over all')
    .option('--compare', 'with --all: with one, two and three workers, every other time in reversed order; exit 1 when a hash differs')
    .option('--workers <n>', 'worker threads for --all', wholeNumber(1), availableParallelism())
    .action(async (name: string | undefined, options: Options) => {
      if (options.compare === true && options.all !== true) throw new UsageError('--compare is about --all: say both');
      if (options.all === true) return simulateAll(name, options);
      if (name === undefined) throw new UsageError('name a scenario, or say --all');
      const { loadMachines, loadScenario } = await import('../load-scenario.ts');
      const { simulate: run } = await import('../../simulator/simulate.ts');
      const { scenario, config } = await loadScenario(name, options.config);
      const progress = new ProgressLine(process.stderr);
      const onMinute = (minute: number) => progress.renew(`minute ${minute} of ${scenario.minutes}`);
      const seed = options.seed ?? scenario.seed;
      const report = await run(scenario, config, { seed, settle, machines: loadMachines(), onMinute }).finally(() => progress.clear());
      if (options.report !== undefined) {
        const { reportPage } = await import('../../simulator/report/page.ts');
        await writeFile(options.report, reportPage(report, scenario));
        process.stderr.write(`the page is in ${options.report}\n`);
      }
      process.stdout.write(options.json ? `${JSON.stringify(jsonOf(report), null, 2)}\n` : textOf(report));
      process.exitCode = report.expectMet && report.violations.length === 0 ? 0 : 1;
    });
}

async function simulateAll(name: string | undefined, { workers, json, compare, ...single }: Options): Promise<void> {
  const stray = [name, single.config && '--config', single.seed !== undefined && '--seed', single.report && '--report'].find(Boolean);
  if (stray) throw new UsageError(`--all takes every shipped scenario as it is; leave out ${stray}`);
  if (compare === true) return compareAll();
  const { runAllShipped } = await import('../all-scenarios.ts');
  const { shippedScenarios } = await import('../load-scenario.ts');
  const names = shippedScenarios();
  const onDone = (done: number) => void process.stderr.write(`${done} of ${names.length} scenarios\n`);
  const results = await runAllShipped(names, workers, { onDone });
  const left = names.length - results.length;
  const hash = hashOver(results);
  const lines = results.flatMap((each) => [`${each.name.padEnd(16)} ${each.hash}`, ...each.problems.map((problem) => `  ${problem}`)]);
  // A hash over some of them would look like one over all.
  const over = left > 0 ? { left } : { hash };
  const last = left > 0 ? `LEFT             ${left} scenarios were not run: it was ended early` : `all              ${hash}`;
  process.stdout.write(json ? `${JSON.stringify({ results, ...over }, null, 2)}\n` : `${[...lines, last].join('\n')}\n`);
  process.exitCode = left > 0 ? interruptedCode : results.some((each) => each.problems.length > 0) ? 1 : 0;
}

const comparedWorkers = [1, 2, 3];

/** That no hash depends on how many threads there are, nor on what a thread ran before. */
async function compareAll(): Promise<void> {
  const { differencesIn, runAllShipped } = await import('../all-scenarios.ts');
  const { shippedScenarios } = await import('../load-scenario.ts');
  const names = shippedScenarios();
  const rounds: { workers: number; results: Awaited<ReturnType<typeof runAllShipped>> }[] = [];
  for (const workers of comparedWorkers) {
    const order = workers % 2 === 0 ? names.toReversed() : names;
    const results = await runAllShipped(order, workers);
    rounds.push({ workers, results });
    process.stdout.write(
      `${workers} worker${workers === 1 ? ' ' : 's'}  ${results.length} of ${names.length} scenarios  ${hashOver(results)}\n`,
    );
    if (results.length < names.length) {
      process.exitCode = interruptedCode;
      return;
    }
  }
  const differences = differencesIn(rounds);
  process.stdout.write(`${[...differences, differences.length === 0 ? 'the same, byte for byte' : 'not the same'].join('\n')}\n`);
  process.exitCode = differences.length === 0 ? 0 : 1;
}

/** One hash over all, in the order of their names. */
function hashOver(results: readonly { name: string; hash: string }[]): string {
  const lines = results.map((each) => `${each.name} ${each.hash}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** Resolves when no promise of a simulation can go on by itself. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The fields that stay stable (DESIGN §8); series for the page are left out. */
function jsonOf({ traffic: _traffic, calls: _calls, hits: _hits, ...report }: SimulationReport) {
  return report;
}

function textOf(report: SimulationReport): string {
  const clock = (at: number) => `T+${((at - report.startedAt) / 60_000).toFixed(1).padStart(6)} min`;
  const seconds = (value: number | null) => (value === null ? 'never' : `${Math.round(value)} s after the first fault`);
  const lines = [
    `${report.name}, seed ${report.seed}, ${report.minutes} simulated minutes`,
    '',
    ...report.timeline
      .filter(isWorthALine)
      .map((entry) => `${clock(entry.at)}  ${entry.region.padEnd(11)} ${entry.kind.padEnd(16)} ${entry.subject}: ${entry.reason}`),
    '',
    `detected   ${seconds(report.detectedAfterSeconds)}`,
    `recovered  ${seconds(report.recoveredAfterSeconds)}`,
    ...report.actions.map(
      (action) => `action     ${clock(action.at)}  ${action.action} of ${action.target}: ${action.state} (${action.reason})`,
    ),
    ...report.reversals.map((reversal) => `undone     ${clock(reversal.at)}  ${reversal.step}: ${reversal.verdict}`),
    ...report.violations.map((violation) => `VIOLATION  ${clock(violation.at)}  ${violation.checker}: ${violation.reason}`),
    ...report.unmet.map((reason) => `NOT MET    ${reason}`),
    `expected   ${report.expectMet ? 'met' : 'not met'}`,
    `hash       ${report.hash}`,
  ];
  return `${lines.join('\n')}\n`;
}

const quiet: ReadonlySet<string> = new Set(['HealthChanged', 'CheckChanged', 'StepLooked', 'LessonLearned']);

function isWorthALine({ kind }: { kind: string }): boolean {
  return !quiet.has(kind);
}
