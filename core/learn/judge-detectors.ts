import type { StageContext } from '../config/stage-context.ts';
import { isOfDetectors } from '../knowledge/alert-rules.ts';
import { initConsensus, learnMiss, learnOutcome } from '../knowledge/consensus.ts';
import { type DetectorDrift, DetectorRecords, detectorDrifts, watchOutcome } from '../knowledge/detector-records.ts';
import { type FlaggedAnomaly, FlaggedLog, flaggedKey, Learned, learnedKey, recordsKey } from '../knowledge/judgement.ts';
import { putStored, readStored } from '../knowledge/stored.ts';
import { tellPeople } from '../knowledge/tell-people.ts';
import { type Incident, wholeRegion } from '../model/index.ts';
import { within } from '../ports/within.ts';

const everyMs = 3_600_000;
/** What an anomaly or an incident was is decided this long after it: a slow incident may still open. */
const decideAfterMs = 3_600_000;
/** An anomaly belongs to an incident that begins up to so long after it, or ended up to so long before. */
const aheadMs = 30 * 60_000;
const behindMs = 10 * 60_000;
const tellAgainMs = 24 * 3_600_000;
const callMs = 5_000;
/** Incidents in which the detectors of probes should have spoken. */
const seenByProbes: ReadonlySet<string> = new Set(['error-rate', 'region-impaired', 'dependency-down', 'latency']);

/** Once an hour: real, false and missed alarms go into what the consensus believes, and detectors that drift are reported. */
export async function judgeDetectors(ctx: StageContext, incidents: readonly Incident[]): Promise<void> {
  const { store, clock } = ctx.ports;
  const now = clock.now();
  const before = await readStored(store, clock, learnedKey, Learned);
  if (!before.ok || (before.value.value !== null && now - before.value.value.at < everyMs)) return;
  const [flagged, counted] = await Promise.all([
    readStored(store, clock, flaggedKey, FlaggedLog),
    readStored(store, clock, recordsKey, DetectorRecords),
  ]);
  if (!flagged.ok || !counted.ok) return;
  const learned = structuredClone(before.value.value ?? newLearned(now));
  const span = { from: learned.decidedUntil, to: now - decideAfterMs };
  if (span.to > span.from) {
    const detectors = Object.keys({ ...counted.value.value, ...learned.outcomes });
    decide(learned, flagged.value.value ?? [], incidents, span, now, detectors);
    learned.decidedUntil = span.to;
  }
  const drifts = driftsOf(learned, counted.value.value ?? {}).filter((each) => now - (learned.told[keyOf(each)] ?? 0) >= tellAgainMs);
  for (const drift of drifts) learned.told[keyOf(drift)] = now;
  const written = await putStored(store, clock, learnedKey, { ...learned, at: now }, before.value.version);
  if (written.ok) for (const drift of drifts) await report(ctx, drift);
}

const newLearned = (now: number): Learned => ({
  ...{ at: now, consensus: initConsensus(), outcomes: {}, decidedUntil: now - decideAfterMs, told: {} },
});

interface Span {
  from: number;
  to: number;
}

const isIn = (at: number, { from, to }: Span): boolean => at > from && at <= to;

/** Changes `learned` by what became of the anomalies and incidents of the span. */
function decide(
  learned: Learned,
  flagged: readonly FlaggedAnomaly[],
  incidents: readonly Incident[],
  span: Span,
  now: number,
  detectors: readonly string[],
): void {
  for (const anomaly of flagged.filter((each) => isIn(each.at, span))) {
    const real = incidents.some((incident) => isProof(incident) && belongs(anomaly, incident, now));
    learnOutcome(learned.consensus, anomaly, real);
    const voices = anomaly.detectors.map(({ name, score }) => ({ detector: name, score }));
    watchOutcome(learned.outcomes, voices, anomaly.confidence, real);
  }
  for (const incident of incidents.filter((each) => isIn(each.openedAt, span) && seenByProbes.has(each.alert))) {
    if (flagged.some((anomaly) => belongs(anomaly, incident, now))) continue;
    learnMiss(learned.consensus);
    watchOutcome(
      learned.outcomes,
      detectors.map((detector) => ({ detector, score: 0 })),
      0,
      true,
    );
  }
}

/** What detectors opened by themselves proves nothing about them, unless something that was done about it proved itself. */
function isProof({ alert, tried }: Incident): boolean {
  return !isOfDetectors(alert) || tried.some((entry) => entry.endsWith('=verified'));
}

function belongs({ service, region, at }: FlaggedAnomaly, incident: Incident, now: number): boolean {
  const beganAt = Math.min(incident.onsetAt ?? incident.openedAt, incident.openedAt);
  if (incident.subject.region !== region || beganAt > at + aheadMs || (incident.resolvedAt ?? now) < at - behindMs) return false;
  // What strikes a region or what others need shows at more services than the one that it is told of.
  const wide = incident.group !== undefined || incident.locus === 'region' || incident.locus === 'dependency' || incident.locus === 'zone';
  return wide || service === wholeRegion || incident.subject.service === service;
}

/** Counts are analyze's, outcomes are ours. */
function driftsOf({ outcomes }: Learned, counted: DetectorRecords): DetectorDrift[] {
  const all: DetectorRecords = structuredClone(counted);
  for (const [detector, { claimed, real, decided, missed, ...none }] of Object.entries(outcomes))
    all[detector] = { ...none, ...all[detector], claimed, real, decided, missed };
  return detectorDrifts(all);
}

const keyOf = ({ detector, kind }: DetectorDrift): string => `${detector}|${kind}`;

async function report(ctx: StageContext, { detector, kind, reason }: DetectorDrift): Promise<void> {
  const { trace, ids, clock, metricSink } = ctx.ports;
  trace.record({ kind: 'DetectorDrifted', subject: `detector:${detector}`, data: { detector, drift: kind }, reason });
  const at = clock.now();
  const dimensions = { Region: ctx.region, Detector: detector };
  await metricSink.publish([{ name: 'LearnDetectorDrift', dimensions, at, value: 1, unit: 'Count' }], within(clock, callMs));
  await tellPeople(ctx, {
    ...{ id: ids.next('note'), at, severity: 'warning', page: false },
    title: `the detector ${detector} of ${ctx.region} drifts: ${kind}`,
    text: `${reason}; its findings count for less until outcomes say otherwise`,
  });
}
