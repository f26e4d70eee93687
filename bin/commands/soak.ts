import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import type { Scenario } from '../../simulator/scenario.ts';
import type { SeedResult } from '../../simulator/soak/run-seed.ts';
import { Hand } from '../hand.ts';
import { interruptedCode, interruptible, unlessEnded } from '../interruption.ts';
import type { SoakRequest } from '../soak-worker.ts';
import { wholeNumber } from './whole-number.ts';

interface Options {
  seeds: number;
  first: number;
  workers: number;
  json?: boolean;
}

/** Failing seeds that are minimised; the others are only named. */
const minimisedMax = 5;
const progressEveryMs = 5_000;
const soakWorker = new URL('../soak-worker.ts', import.meta.url);

/** What the thread answers instead when a seed throws. */
type Thrown = { failed: string; seed: number };

export function soak(program: Command): void {
  program
    .command('soak')
    .description(
      'simulate many seeds with random mixes of faults; exit 1 when an invariant is violated or a fault never struck, 130 after Ctrl-C',
    )
    .option('--seeds <n>', 'how many seeds', wholeNumber(1), 1000)
    .option('--first <n>', 'the first seed', wholeNumber(0), 1)
    .option('--workers <n>', 'worker threads', wholeNumber(1), availableParallelism())
    .option('--json', 'the result as JSON')
    .action(async (options: Options) => {
      const { summariseSoak, showSoak } = await import('../../simulator/soak/summary.ts');
      const { worldOf } = await import('../../simulator/soak/random-scenario.ts');
      const startedAt = performance.now();
      const crew = Array.from({ length: Math.min(options.workers, options.seeds) }, () => new Hand<SoakRequest>(soakWorker, 'soak'));
      const { signal, over } = interruptible(crew);
      const { results, crashed } = await runAll(crew, options, signal);
      const minutes = (performance.now() - startedAt) / 60_000;
      const smallest = await minimiseFirst(crew, results, signal);
      over();
      await Promise.all(crew.map((hand) => hand.dismiss()));
      const done = results.length + crashed.length;
      const summary = summariseSoak(results, crashed, { perMinute: done / minutes, left: options.seeds - done });
      process.stdout.write(
        options.json
          ? `${JSON.stringify(summary, null, 2)}\n`
          : `${showSoak(summary)}${smallest.map((each) => showSmallest(each, worldOf(each.seed))).join('')}`,
      );
      process.exitCode = signal.aborted ? interruptedCode : summary.passed ? 0 : 1;
    });
}

async function runAll(crew: readonly Hand<SoakRequest>[], { seeds, first }: Options, signal: AbortSignal) {
  const results: SeedResult[] = [];
  const crashed: { seed: number; reason: string }[] = [];
  let next = first;
  let toldAt = Number.NEGATIVE_INFINITY;
  const work = async (hand: Hand<SoakRequest>): Promise<void> => {
    for (let seed = next++; seed < first + seeds; seed = next++) {
      const reply = await unlessEnded(hand.ask<SeedResult | Thrown>({ kind: 'run', seed }), signal);
      if (reply === null) return;
      if ('failed' in reply) crashed.push({ seed, reason: reply.failed });
      else results.push(reply);
      if ('failed' in reply) process.stderr.write(`seed ${seed} threw: ${reply.failed}\n`);
      else for (const { checker, reason } of reply.violations.slice(0, 1)) process.stderr.write(`seed ${seed} ${checker}: ${reason}\n`);
      if (performance.now() - toldAt < progressEveryMs) continue;
      toldAt = performance.now();
      const broken = results.filter((result) => result.violations.length > 0).length + crashed.length;
      process.stderr.write(`${results.length + crashed.length} of ${seeds} seeds, ${broken} of them failing\n`);
    }
  };
  await Promise.all(crew.map(work));
  results.sort((a, b) => a.seed - b.seed);
  return { results, crashed };
}

async function minimiseFirst(crew: readonly Hand<SoakRequest>[], results: readonly SeedResult[], signal: AbortSignal): Promise<Scenario[]> {
  const [hand] = crew;
  const failing = results.filter((result) => result.violations.length > 0).slice(0, minimisedMax);
  const smallest: Scenario[] = [];
  for (const { seed, violations } of failing) {
    if (hand === undefined || signal.aborted) break;
    process.stderr.write(`looking for the fewest faults of seed ${seed} that still break it\n`);
    const asked = hand.ask<Scenario | Thrown>({ kind: 'minimise', seed, checker: violations[0]?.checker ?? '' });
    const reply = await unlessEnded(asked, signal);
    if (reply !== null && !('failed' in reply)) smallest.push(reply);
  }
  return smallest;
}

function showSmallest({ seed, minutes, faults, orders, operator }: Scenario, world: string): string {
  const needed = { faults, ...(operator && { operator }), ...(orders === undefined || orders.length === 0 ? {} : { orders }) };
  return `\nseed ${seed} needs no more than this (${minutes} minutes in the world ${world} of simulator/soak/soak-config.ts):\n${stringify(needed, { collectionStyle: 'flow', lineWidth: 0 })}`;
}
