import { Hand } from './hand.ts';
import type { ScenarioRequest, ScenarioResult } from './scenario-worker.ts';

const workerFile = new URL('./scenario-worker.ts', import.meta.url);

/** Shipped scenarios, shared among threads; in the order of `names`, whoever was first. `minutes`: only so much of each. */
export async function runAllShipped(names: readonly string[], workers: number, minutes?: number): Promise<ScenarioResult[]> {
  const crew = Array.from(
    { length: Math.max(1, Math.min(workers, names.length)) },
    () => new Hand<ScenarioRequest>(workerFile, 'scenario'),
  );
  const results = new Map<string, ScenarioResult>();
  const waiting = [...names];
  await Promise.all(
    crew.map(async (hand) => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
        results.set(name, await hand.ask<ScenarioResult>({ name, ...(minutes === undefined ? {} : { minutes }) }));
    }),
  );
  await Promise.all(crew.map((hand) => hand.dismiss()));
  return names.flatMap((name) => results.get(name) ?? []);
}
