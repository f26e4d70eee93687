import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { weigh } from '../knowledge/consensus.ts';
import { watchFindings } from '../knowledge/detector-records.ts';
import type { FlaggedAnomaly } from '../knowledge/judgement.ts';
import { putStored, readStored } from '../knowledge/stored.ts';
import { type Anomaly, type AnomalyKind, responseTimeMs, type Sample, storeKey } from '../model/index.ts';
import { type FoundAnomaly, noteAnomalies } from './active-anomalies.ts';
import type { DetectorSample } from './detect/detector.ts';
import { analyzeSample, initSeries, restoreSeries, type SeriesState } from './detect/series-analyzer.ts';
import { emptyJudgement, type JudgementMemory, logFlagged, syncJudgement } from './judgement-memory.ts';
import type { ForestMemory, RegionRow, watchRegions } from './systemic.ts';
import { summarise } from './windows/rolling-windows.ts';

/**
 * What a warm process keeps of its series between invocations. It may be empty at any time: a cold start reads each series back from the
 * table, where it is written every other hour: 20 KB a series and slot would cost more than the probes.
 */
export interface SeriesMemory {
  watchRegions: typeof watchRegions;
  series: Map<string, RememberedSeries>;
  forests: ForestMemory;
  judgement: JudgementMemory;
  /** When each anomaly was last noted in the table. */
  noted: Map<string, number>;
}

interface RememberedSeries {
  state: SeriesState;
  version: number;
  savedAt: number;
  flaggedAt: number | null;
  /** Detectors that are in alarm about it. */
  alarming: Set<string>;
  /** Median response time of a day, and when it was taken; null: too few looks. */
  usualMs: number | null;
  usualAt: number;
}

/** @param watch the forests of the regions, which a function loads when it first looks at a row; default: none. */
export function emptySeriesMemory(watch: typeof watchRegions = async () => []): SeriesMemory {
  return { watchRegions: watch, series: new Map(), forests: new Map(), judgement: emptyJudgement(), noted: new Map() };
}

/** `at`: epoch ms of the save. */
const Saved = z.object({ state: z.string(), at: z.number().optional() });
const saveEveryMs = 2 * 3_600_000;
const flagAgainMs = 15 * 60_000;
const usualEveryMs = 3_600_000;
const usualLooksMin = 60;
const seriesMax = 20_000;

/**
 * Every endpoint's look through the statistical detectors, and some of them through the forest of their region. What the consensus finds
 * goes on the timeline once a quarter of an hour, and into the observation for as long as it lasts.
 */
export async function watchSeries(ctx: StageContext, memory: SeriesMemory, samples: readonly Sample[]): Promise<void> {
  const byEndpoint = Map.groupBy(
    samples,
    (sample) => `${sample.subject.service}/${sample.subject.region ?? '-'}/${sample.subject.endpoint ?? '-'}`,
  );
  await syncJudgement(ctx, memory.judgement);
  const found: FoundAnomaly[] = [];
  const flagged: FlaggedAnomaly[] = [];
  const rows: RegionRow[] = [];
  for (const [key, looks] of byEndpoint) {
    const judged = looks.filter((sample) => sample.verdict !== 'inconclusive');
    const first = judged[0];
    if (first === undefined) continue;
    const remembered = memory.series.get(key) ?? (await recall(ctx, memory, key));
    if (remembered === null) continue;
    const well = judged.filter((sample) => sample.verdict === 'pass');
    const timed = well.length > 0 ? well : judged;
    const value = timed.reduce((sum, sample) => sum + responseTimeMs(sample.phasesMs), 0) / timed.length;
    const look = { at: first.at, value, ok: well.length * 2 > judged.length };
    const anomaly = judge(memory, remembered, first.subject, look);
    const { service, region, endpoint = '-' } = first.subject;
    if (anomaly !== undefined) {
      if (flag(ctx, key, remembered, anomaly)) flagged.push(flaggedOf(anomaly));
      const kind = lastingKind(remembered.state);
      if (region !== undefined && kind !== null) found.push({ service, region, endpoint, kind, anomaly });
    }
    const usualMs = usualOf(remembered, first.at);
    if (region !== undefined && usualMs !== null) rows.push({ at: look.at, ok: look.ok, region, value: rounded(value / usualMs, 3) });
    if (first.at - remembered.savedAt >= saveEveryMs) await save(ctx, key, remembered, first.at);
  }
  const systemic = await memory.watchRegions(ctx, memory.forests, memory.judgement.consensus, rows);
  for (const { region, anomaly } of systemic)
    if (flag(ctx, region, memory.forests.get(region) ?? { flaggedAt: null }, anomaly)) flagged.push(flaggedOf(anomaly));
  await logFlagged(ctx, flagged);
  await noteAnomalies(ctx, memory.noted, [...found, ...systemic]);
}

function judge(
  memory: SeriesMemory,
  { state, alarming }: RememberedSeries,
  subject: Sample['subject'],
  look: DetectorSample,
): Anomaly | undefined {
  const findings = analyzeSample(state, look);
  watchFindings(memory.judgement.records, findings, alarming);
  return weigh(memory.judgement.consensus, { subject, at: look.at, type: 'endpoint' }, findings);
}

/** What lasts, as against an onset, which is told once and may be over by then. */
function lastingKind({ sustained }: SeriesState): AnomalyKind | null {
  if (sustained.failures.alarm) return 'errors';
  return sustained.latency.alarm ? 'latency' : null;
}

/** The median of the last day moves with what lasts, and not with what is going wrong just now. */
function usualOf(remembered: RememberedSeries, at: number): number | null {
  if (at - remembered.usualAt < usualEveryMs) return remembered.usualMs;
  const { count, p50 } = summarise(remembered.state.windows, '24h', at);
  remembered.usualAt = at;
  remembered.usualMs = count >= usualLooksMin && p50 !== undefined && p50 > 0 ? p50 : null;
  return remembered.usualMs;
}

/** On the timeline, once in a while: an anomaly may last. */
function flag(ctx: StageContext, subject: string, told: { flaggedAt: number | null }, anomaly: Anomaly): boolean {
  if (told.flaggedAt !== null && anomaly.at - told.flaggedAt < flagAgainMs) return false;
  told.flaggedAt = anomaly.at;
  const { severity, confidence, detectors, reason } = anomaly;
  ctx.ports.trace.record({
    kind: 'AnomalyFlagged',
    subject,
    data: { severity, confidence, observer: ctx.region, detectors: detectors.map((each) => each.name) },
    reason,
  });
  return true;
}

function flaggedOf({ subject, at, confidence, detectors }: Anomaly): FlaggedAnomaly {
  const { service, region = '-' } = subject;
  return { service, region, at, confidence, detectors: detectors.map(({ name, score }) => ({ name, score })) };
}

async function recall(ctx: StageContext, memory: SeriesMemory, key: string): Promise<RememberedSeries | null> {
  if (memory.series.size >= seriesMax) return null;
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.detector(key), Saved);
  // A table that does not answer is asked again with the next look: starting anew would forget two weeks of baseline.
  if (!read.ok && read.code !== 'invalid') return null;
  const stored = read.ok ? read.value : { value: null, version: 0 };
  const state = stored.value === null ? initSeries() : restoreSeries(stored.value.state);
  // A new series is first saved at a time of its own, so that they are not all written at once. After that its saves keep their beat over
  // cold starts: what a short life has learned would be lost by chance otherwise.
  const remembered = {
    state,
    version: stored.version,
    savedAt: stored.value?.at ?? ctx.ports.clock.now() - ctx.ports.random.next() * saveEveryMs,
    flaggedAt: null,
    alarming: new Set<string>(),
    usualMs: null,
    usualAt: Number.NEGATIVE_INFINITY,
  };
  memory.series.set(key, remembered);
  return remembered;
}

async function save(ctx: StageContext, key: string, remembered: RememberedSeries, at: number): Promise<void> {
  remembered.savedAt = at;
  const state = packSeries(remembered.state);
  const written = await putStored(ctx.ports.store, ctx.ports.clock, storeKey.detector(key), { state, at }, remembered.version);
  // Somebody else's process saved meanwhile: both have seen the same endpoint, either will do.
  if (written.ok) remembered.version = written.value.version;
}

/**
 * No latency is known by more than five digits, and a series of two weeks is mostly digits: it takes 4.1 KB with five and 6.3 with nine,
 * for those that nobody needs do not pack. A process that goes on counts with all of them.
 */
export function packSeries(state: SeriesState): string {
  return JSON.stringify(shortened(state));
}

function shortened(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : rounded(value, 5);
  if (Array.isArray(value)) return value.map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  const short: Record<string, unknown> = {};
  for (const name in value) short[name] = shortened(value[name as keyof typeof value]);
  return short;
}

/** To so many digits, without a text between: thousands of numbers are shortened with each series. */
function rounded(value: number, digits: number): number {
  const scale = 10 ** (digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  const short = Math.round(value * scale) / scale;
  return Number.isFinite(short) ? short : value;
}
