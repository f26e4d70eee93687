import type { StageContext } from '../config/stage-context.ts';
import { readObservations } from '../knowledge/observations.ts';
import type { Observation, RegionView, Result } from '../model/index.ts';

/** Observations made after `since` by regions that trust themselves; the observed region's own word is left out. */
export async function freshObservations(ctx: StageContext, since: number, except: readonly string[]): Promise<Result<Observation[]>> {
  const all = await readObservations(ctx.ports);
  if (!all.ok) return all;
  return { ok: true, value: all.value.filter((seen) => seen.at > since && !seen.abstains && !except.includes(seen.observer)) };
}

export function viewsOf(observations: readonly Observation[], group: string, region: string): (RegionView & { observer: string })[] {
  return observations.flatMap((seen) =>
    seen.views.filter((view) => view.group === group && view.region === region).map((view) => ({ ...view, observer: seen.observer })),
  );
}
