import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { type ConsensusState, weigh } from '../knowledge/consensus.ts';
import { putStored, readStored } from '../knowledge/stored.ts';
import { storeKey, wholeRegion } from '../model/index.ts';
import type { FoundAnomaly } from './active-anomalies.ts';
import type { DetectorSample } from './detect/detector.ts';
import { type ForestWatchState, forestWatch } from './detect/forest-watch.ts';

/** One look at an endpoint of a region: `value` is its response time as a multiple of what is usual for that endpoint. */
export interface RegionRow extends DetectorSample {
  region: string;
}

/** The forest of one region as this observer sees it. */
interface RememberedForest {
  state: ForestWatchState;
  version: number;
  savedAt: number;
  flaggedAt: number | null;
}

export type ForestMemory = Map<string, RememberedForest>;

const Saved = z.object({ state: z.string() });
const detector = forestWatch();
/** A forest is saved when it was grown, and what is collected for the next one this often. */
const saveEveryMs = 6 * 3_600_000;
/** Rows of one message that a forest looks at: a fleet's ten thousand endpoints say no more about the region than some of them. */
const rowsMax = 16;

/** A few rows of each region through its forest; regions that are odd as a whole. */
export async function watchRegions(
  ctx: StageContext,
  forests: ForestMemory,
  consensus: ConsensusState,
  rows: readonly RegionRow[],
): Promise<FoundAnomaly[]> {
  const found: FoundAnomaly[] = [];
  for (const [region, all] of Map.groupBy(rows, (row) => row.region)) {
    const forest = forests.get(region) ?? (await recall(ctx, forests, region));
    if (forest === null) continue;
    const trainedAt = forest.state.trainedAt;
    let last = { score: 0, reason: '' };
    for (const row of spread(all)) last = detector.step(forest.state, row);
    const at = all[0]?.at ?? 0;
    const subject = { service: wholeRegion, region };
    const anomaly = weigh(consensus, { subject, at, type: 'systemic' }, [{ detector: detector.name, ...last }]);
    if (anomaly?.severity === 'critical') found.push({ service: wholeRegion, region, endpoint: wholeRegion, kind: 'systemic', anomaly });
    if (forest.state.trainedAt !== trainedAt || at - forest.savedAt >= saveEveryMs) await save(ctx, region, forest, at);
  }
  return found;
}

/** Evenly spread, and others with each message. */
function spread(rows: readonly RegionRow[]): RegionRow[] {
  if (rows.length <= rowsMax) return [...rows];
  const step = rows.length / rowsMax;
  const start = (rows[0]?.at ?? 0) % 997;
  return Array.from({ length: rowsMax }, (_, index) => rows[Math.floor(start + index * step) % rows.length]).flatMap((row) => row ?? []);
}

const forestKey = (region: string): string => storeKey.detector(`forest#${region}`);

async function recall(ctx: StageContext, forests: ForestMemory, region: string): Promise<RememberedForest | null> {
  const { store, clock } = ctx.ports;
  const read = await readStored(store, clock, forestKey(region), Saved);
  // A table that does not answer is asked again with the next look.
  if (!read.ok && read.code !== 'invalid') return null;
  const stored = read.ok ? read.value : { value: null, version: 0 };
  const state = stored.value === null ? detector.init() : restored(stored.value.state);
  const forest = { state, version: stored.version, savedAt: clock.now(), flaggedAt: null };
  forests.set(region, forest);
  return forest;
}

/** A state of an older shape is of no use: the region is learnt anew. */
function restored(saved: string): ForestWatchState {
  try {
    return detector.restore(saved);
  } catch {
    return detector.init();
  }
}

async function save(ctx: StageContext, region: string, forest: RememberedForest, at: number): Promise<void> {
  forest.savedAt = at;
  const { store, clock } = ctx.ports;
  const written = await putStored(store, clock, forestKey(region), { state: detector.save(forest.state) }, forest.version);
  // Another process saved meanwhile: both have looked at the same region, either will do.
  if (written.ok) forest.version = written.value.version;
}
