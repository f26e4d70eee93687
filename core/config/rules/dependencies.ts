import { type Draft, each } from '../draft.ts';
import type { Finding } from '../problem.ts';

/** A service that depends on itself, by whatever way, has no place to begin when all is down. Each cycle is told once. */
export function* dependencies(draft: Draft): Generator<Finding> {
  const needs = new Map<string, string[]>();
  for (const [, service] of each(draft.services)) {
    if (service.name !== undefined)
      needs.set(
        service.name,
        (service.dependsOn ?? []).flatMap((dependency) => dependency?.service ?? []),
      );
  }
  const told = new Set<string>();
  for (const [index, service] of each(draft.services)) {
    const cycle = service.name === undefined ? undefined : wayBack(service.name, needs);
    if (cycle === undefined || told.has(keyOf(cycle))) continue;
    told.add(keyOf(cycle));
    yield {
      path: ['services', index, 'dependsOn'],
      message: `the dependencies go round in a circle: ${cycle.join(' → ')}`,
      remedy: 'Remove one of these dependencies; a callback that the service can do without is not a dependency.',
    };
  }
}

/** The shortest way from a service through its dependencies back to itself. */
function wayBack(start: string, needs: Map<string, string[]>): string[] | undefined {
  const seen = new Set<string>();
  const ways = [[start]];
  for (const way of ways) {
    for (const next of needs.get(way.at(-1) ?? start) ?? []) {
      if (next === start) return [...way, start];
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return undefined;
}

function keyOf(cycle: string[]): string {
  return [...new Set(cycle)].sort().join(' ');
}
