import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { putStored, readStored } from '../knowledge/stored.ts';
import { responseTimeMs, type Sample, storeKey } from '../model/index.ts';
import { type ConsensusState, initConsensus, weigh } from './detect/consensus.ts';
import { type WatchState, watchFindings } from './detect/detector-watch.ts';
import { analyzeSample, initSeries, type SeriesState } from './detect/series-analyzer.ts';

/**
 * What a warm process keeps of its series between invocations. It may be empty at any time: a cold start reads each series back from the
 * table, where it is written at most once an hour, for 25 KB a series and slot would cost more than the probes.
 */
export interface SeriesMemory {
  series: Map<string, RememberedSeries>;
  consensus: ConsensusState;
  watch: WatchState;
}

interface RememberedSeries {
  state: SeriesState;
  version: number;
  savedAt: number;
  flaggedAt: number | null;
}

export function emptySeriesMemory(): SeriesMemory {
  return { series: new Map(), consensus: initConsensus(), watch: {} };
}

const Saved = z.object({ state: z.string() });
const saveEveryMs = 3_600_000;
const flagAgainMs = 15 * 60_000;
const seriesMax = 20_000;

/** Every endpoint's look through the statistical detectors; what their consensus finds goes on the timeline, once a quarter of an hour. */
export async function watchSeries(ctx: StageContext, memory: SeriesMemory, samples: readonly Sample[]): Promise<void> {
  const byEndpoint = Map.groupBy(
    samples,
    (sample) => `${sample.subject.service}/${sample.subject.region ?? '-'}/${sample.subject.endpoint ?? '-'}`,
  );
  for (const [key, looks] of byEndpoint) {
    const judged = looks.filter((sample) => sample.verdict !== 'inconclusive');
    const first = judged[0];
    if (first === undefined) continue;
    const remembered = memory.series.get(key) ?? (await recall(ctx, memory, key));
    if (remembered === null) continue;
    const well = judged.filter((sample) => sample.verdict === 'pass');
    const timed = well.length > 0 ? well : judged;
    const value = timed.reduce((sum, sample) => sum + responseTimeMs(sample.phasesMs), 0) / timed.length;
    const findings = analyzeSample(remembered.state, { at: first.at, value, ok: well.length * 2 > judged.length });
    watchFindings(memory.watch, findings);
    const anomaly = weigh(memory.consensus, { subject: first.subject, at: first.at, type: 'endpoint' }, findings);
    if (anomaly !== undefined && (remembered.flaggedAt === null || first.at - remembered.flaggedAt >= flagAgainMs)) {
      remembered.flaggedAt = first.at;
      ctx.ports.trace.record({
        kind: 'AnomalyFlagged',
        subject: key,
        data: {
          severity: anomaly.severity,
          confidence: anomaly.confidence,
          observer: ctx.region,
          detectors: anomaly.detectors.map((each) => each.name),
        },
        reason: anomaly.reason,
      });
    }
    await save(ctx, key, remembered, first.at);
  }
}

async function recall(ctx: StageContext, memory: SeriesMemory, key: string): Promise<RememberedSeries | null> {
  if (memory.series.size >= seriesMax) return null;
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.detector(key), Saved);
  // A table that does not answer is asked again with the next look: starting anew would forget two weeks of baseline.
  if (!read.ok && read.code !== 'invalid') return null;
  const stored = read.ok ? read.value : { value: null, version: 0 };
  const state = stored.value === null ? initSeries() : (JSON.parse(stored.value.state) as SeriesState);
  // The first save comes at a time of its own for each series, so that a cold start does not write them all at once.
  const remembered = {
    state,
    version: stored.version,
    savedAt: ctx.ports.clock.now() - ctx.ports.random.next() * saveEveryMs,
    flaggedAt: null,
  };
  memory.series.set(key, remembered);
  return remembered;
}

async function save(ctx: StageContext, key: string, remembered: RememberedSeries, at: number): Promise<void> {
  if (at - remembered.savedAt < saveEveryMs) return;
  remembered.savedAt = at;
  const state = JSON.stringify(remembered.state);
  const written = await putStored(ctx.ports.store, ctx.ports.clock, storeKey.detector(key), { state }, remembered.version);
  // Somebody else's process saved meanwhile: both have seen the same endpoint, either will do.
  if (written.ok) remembered.version = written.value.version;
}
