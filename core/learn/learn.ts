import type { StageContext } from '../config/stage-context.ts';
import { putStored, queryStored, readStored } from '../knowledge/stored.ts';
import { Incident, type Message, type MetricDatum, Reliability } from '../model/index.ts';
import { within } from '../ports/within.ts';
import { judgeDetectors } from './judge-detectors.ts';
import { learnFrom } from './lessons.ts';
import { pageWhenDue } from './paging.ts';
import { predictFailures } from './predict.ts';
import { reliabilityOf } from './reliability.ts';
import { scoreShadows } from './shadow.ts';
import { tellUntold } from './untold.ts';

const incidentsMax = 500;
const callMs = 5_000;
const periodMs = 30 * 24 * 3_600_000;
const everyMs = 3_600_000;

export const reliabilityKey = (region: string): string => `reliability#${region}`;

/** Outcomes of every region are lessons here too; an incident that is over is compared with what was decided for it. */
export async function onLearnMessage(ctx: StageContext, message: Message): Promise<void> {
  if (message.type === 'OutcomeRecorded') await learnFrom(ctx, message.body);
  if (message.type === 'IncidentChanged' && message.body.state === 'resolved') await scoreShadows(ctx, message.body);
}

/**
 * Once a minute: pages that are due, and what nobody is known to have told; once an hour: how reliable each region is, how right its
 * detectors were, and what is ahead.
 */
export async function learnMinute(ctx: StageContext): Promise<void> {
  const { store, clock } = ctx.ports;
  const incidents = await queryStored(store, clock, 'incident#', incidentsMax, Incident);
  if (!incidents.ok) return;
  for (const incident of incidents.value) await pageWhenDue(ctx, incident);
  await tellUntold(ctx, incidents.value);
  const hasJustBegun = await noteReliability(ctx, incidents.value);
  await judgeDetectors(ctx, incidents.value);
  await predictFailures(ctx, incidents.value, hasJustBegun);
}

/** @returns whether nothing of this region was on record before */
async function noteReliability(ctx: StageContext, incidents: readonly Incident[]): Promise<boolean> {
  const { store, clock, metricSink } = ctx.ports;
  const now = clock.now();
  const due = await readStored(store, clock, reliabilityKey(ctx.region), Reliability);
  if (!due.ok || (due.value.value !== null && now - due.value.value.to < everyMs)) return false;
  const first = due.value.value?.from ?? now;
  const data: MetricDatum[] = [];
  for (const { name: region } of ctx.config.regions) {
    const figures = reliabilityOf(incidents, region, Math.max(first, now - periodMs), now);
    const read = region === ctx.region ? due : await readStored(store, clock, reliabilityKey(region), Reliability);
    if (read.ok) await putStored(store, clock, reliabilityKey(region), { ...figures, from: first }, read.value.version);
    data.push(...dataOf(figures));
  }
  if (data.length > 0) await metricSink.publish(data, within(clock, callMs));
  return due.value.value === null;
}

function dataOf({ region, to, mttdSeconds, mttrSeconds, mtbfSeconds, availability, failuresPerHour }: Reliability): MetricDatum[] {
  const of = (name: string, value: number | null, unit: MetricDatum['unit']): MetricDatum[] =>
    value === null ? [] : [{ name, dimensions: { Region: region }, at: to, value, unit }];
  return [
    ...of('LearnMttd', mttdSeconds, 'Seconds'),
    ...of('LearnMttr', mttrSeconds, 'Seconds'),
    ...of('LearnMtbf', mtbfSeconds, 'Seconds'),
    ...of('LearnAvailability', availability === null ? null : availability * 100, 'Percent'),
    ...of('LearnFailureRate', failuresPerHour, 'None'),
  ];
}
