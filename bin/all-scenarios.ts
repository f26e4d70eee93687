import { Hand } from './hand.ts';
import { interruptible, unlessEnded } from './interruption.ts';
import type { ScenarioRequest, ScenarioResult } from './scenario-worker.ts';

const workerFile = new URL('./scenario-worker.ts', import.meta.url);

/**
 * Shipped scenarios, shared among threads; in the order of `names`, whoever was first. After Ctrl-C those that were done by then.
 * @param minutes only so much of each
 * @param onDone told how many are done
 */
export async function runAllShipped(
  names: readonly string[],
  workers: number,
  { minutes, onDone }: { minutes?: number; onDone?: (done: number) => void } = {},
): Promise<ScenarioResult[]> {
  const crew = Array.from(
    { length: Math.max(1, Math.min(workers, names.length)) },
    () => new Hand<ScenarioRequest>(workerFile, 'scenario'),
  );
  const { signal, over } = interruptible(crew);
  const results = new Map<string, ScenarioResult>();
  const waiting = [...names];
  await Promise.all(
    crew.map(async (hand) => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const asked = hand.ask<ScenarioResult>({ name, ...(minutes === undefined ? {} : { minutes }) });
        const result = await unlessEnded(asked, signal);
        if (result === null) return;
        results.set(name, result);
        onDone?.(results.size);
      }
    }),
  );
  over();
  await Promise.all(crew.map((hand) => hand.dismiss()));
  return names.flatMap((name) => results.get(name) ?? []);
}

/** What one number of threads gave. */
interface Round {
  workers: number;
  results: ScenarioResult[];
}

/**
 * Scenarios whose hash is not the same in all rounds, in words; empty: every run was the same, byte for byte. A scenario that a round
 * lacks is different, too.
 */
export function differencesIn(rounds: readonly Round[]): string[] {
  const names = [...new Set(rounds.flatMap(({ results }) => results.map(({ name }) => name)))].sort();
  return names.flatMap((name) => {
    const said = rounds.map(({ workers, results }) => ({ workers, hash: results.find((each) => each.name === name)?.hash ?? 'nothing' }));
    if (new Set(said.map(({ hash }) => hash)).size === 1) return [];
    return [`${name} gives ${said.map(({ workers, hash }) => `${hash.slice(0, 16)} with ${workers}`).join(', ')}`];
  });
}
