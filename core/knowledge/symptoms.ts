import type { StageContext } from '../config/stage-context.ts';
import type { AnomalyKind, Incident, ServiceState } from '../model/index.ts';
import { within } from '../ports/within.ts';
import { type AlertRule, alertRule, isPast } from './alert-rules.ts';
import { readCapacityAsks } from './capacity-asks.ts';
import { type FailureWindow, tallyOf, totalOf } from './failure-windows.ts';
import { readHealth } from './health.ts';
import { readObservations } from './observations.ts';
import { readSignal } from './signals.ts';
import { readStored } from './stored.ts';
import { WatchState, watchKey } from './watch-state.ts';

const observeMs = 5_000;
const signalMinutes = 5;
const minuteMs = 60_000;
/** What was done a moment ago is judged by what came after it. */
const recentMs = 60_000;

export interface SymptomsLook {
  gone: boolean;
  reason: string;
  /** Gone, and for at least so long. Absent: the look says nothing of the time before it. */
  forMs?: number;
}

/** Whether what the incident was opened for still hurts anybody. What cannot be seen is not gone. `withinMs`: how long nothing may have failed. */
export function lookAtSymptoms(ctx: StageContext, incident: Incident, withinMs: number = recentMs): Promise<SymptomsLook> {
  return incident.group !== undefined && incident.subject.region !== undefined
    ? lookAtRegion(ctx, incident.group, incident.subject.region, incident.severity)
    : lookAtService(ctx, incident, withinMs);
}

/**
 * A region no longer hurts when no traffic is sent there, or when every fresh observer outside it sees it well again. A standby, which is
 * sent none anyway (a warning), is over only when it is well.
 */
async function lookAtRegion(ctx: StageContext, group: string, region: string, severity: Incident['severity']): Promise<SymptomsLook> {
  const { traffic, clock } = ctx.ports;
  const answers = await traffic.observe(group, within(clock, observeMs));
  if (severity === 'critical' && answers.ok && answers.value.regions.length > 0 && !answers.value.regions.includes(region))
    return { gone: true, reason: `no traffic of ${group} goes to ${region}: answers are ${answers.value.regions.join(', ')}` };
  const all = await readObservations(ctx.ports);
  if (!all.ok) return { gone: false, reason: all.reason };
  const now = clock.now();
  const fresh = all.value.filter(
    (seen) => seen.observer !== region && !seen.abstains && now - seen.at <= ctx.config.thresholds.quorumStalenessSeconds * 1000,
  );
  const views = fresh.flatMap((seen) =>
    seen.views.filter((view) => view.group === group && view.region === region).map((view) => ({ ...view, observer: seen.observer })),
  );
  const sick = views.filter((view) => view.status !== 'healthy' && view.status !== 'degraded');
  if (views.length > 0 && sick.length === 0)
    return { gone: true, reason: `${region} is well again, seen from ${views.map((view) => view.observer).join(', ')}` };
  return {
    gone: false,
    reason:
      sick[0] === undefined
        ? `nobody has a fresh view of ${region}`
        : `${sick[0].observer} sees ${region} as ${sick[0].status}: ${sick[0].reason}`,
  };
}

/** A service that is watched by its own region: the measure of the alert speaks first, then the probes of the last `withinMs`. */
async function lookAtService(ctx: StageContext, incident: Incident, withinMs: number): Promise<SymptomsLook> {
  const { service, region } = incident.subject;
  const measured = await lookAtMeasure(ctx, incident);
  if (measured !== null) return measured;
  const { store, clock } = ctx.ports;
  const [read, watch] = await Promise.all([readHealth(ctx, service, region), readStored(store, clock, watchKey, WatchState)]);
  if (!read.ok) return { gone: false, reason: read.reason };
  if (!watch.ok) return { gone: false, reason: watch.reason };
  const state = read.value;
  if (state === null) return { gone: false, reason: `${service} has no health on record` };
  const ageSeconds = (clock.now() - state.health.at) / 1000;
  if (ageSeconds > ctx.config.thresholds.quorumStalenessSeconds)
    return { gone: false, reason: `the last look at ${service} is ${Math.round(ageSeconds)} s old` };
  return lookAtProbes(ctx, incident, state, watch.value.value?.windows[service], withinMs);
}

function lookAtProbes(
  ctx: StageContext,
  incident: Incident,
  state: ServiceState,
  window: FailureWindow | undefined,
  withinMs: number,
): SymptomsLook {
  const { service, endpoint, unit } = incident.subject;
  const now = ctx.ports.clock.now();
  // What is grey fails now and then: one look that passes proves nothing, a while without a failure does.
  const address = incident.locus === 'unit' ? unit : undefined;
  const tally = address === undefined ? totalOf(window, now, withinMs) : tallyOf(window?.addresses[address], now, withinMs);
  if (tally.failed > 0)
    return {
      gone: false,
      reason: `${tally.failed} of ${tally.judged} probes of ${address ?? service} failed in the last ${Math.round(withinMs / 1000)} s`,
    };
  const endpoints = Object.entries(state.endpoints).filter(([name]) => endpoint === undefined || name === endpoint);
  const sick = endpoints.find(([, each]) => (address === undefined ? each.status === 'unhealthy' : each.sickAddresses.includes(address)));
  if (sick !== undefined) return { gone: false, reason: `${sick[0]}: ${sick[1].status}, ${sick[1].reason}` };
  return {
    gone: true,
    forMs: withinMs,
    reason: `no probe of ${address ?? service} failed in the last ${Math.round(withinMs / 1000)} s: ${state.health.reason}`,
  };
}

/** What the alert itself is about, where that is not a probe: a metric, a certificate, units of the platform. Null: the probes say it. */
async function lookAtMeasure(ctx: StageContext, incident: Incident): Promise<SymptomsLook | null> {
  const { service, region } = incident.subject;
  const rule = alertRule(incident.alert);
  if (rule === undefined || region === undefined) return null;
  switch (rule.measure.kind) {
    case 'signal': {
      const reading = await readSignal(ctx, service, region, rule.measure.signal, signalMinutes);
      if (!reading.ok) return rule.measure.signal === 'latencyP99Ms' ? null : { gone: false, reason: reading.reason };
      const past = isPast(rule, reading.value.latest, ctx.config);
      return { gone: !past, reason: `${rule.metric} of ${service} is ${Number(reading.value.latest.toPrecision(3))}` };
    }
    case 'platform': {
      const now = await ctx.ports.capacity.snapshot({ service, region }, within(ctx.ports.clock, observeMs));
      if (!now.ok) return { gone: false, reason: now.reason };
      const sick = now.value.units.filter((unit) => !unit.healthy && !unit.ejected);
      return { gone: sick.length === 0, reason: `${sick.length} of ${now.value.units.length} units of ${service} are not healthy` };
    }
    case 'probes':
      if (rule.measure.of === 'certificate') return lookAtCertificates(ctx, service, region);
      return rule.measure.of === 'errors' && incident.locus !== 'unit' ? lookAtErrors(ctx, rule, service, region) : null;
    case 'forecast':
      return lookAtForecast(ctx, service, region);
    case 'detectors':
      return lookAtDetectors(ctx, service, region, rule.measure.of);
    case 'events':
    case 'quorum':
      return null;
  }
}

/** Errors that the application measures in the last whole minute are not over, whatever the probes meet; where it measures none the probes say it. */
async function lookAtErrors(ctx: StageContext, rule: AlertRule, service: string, region: string): Promise<SymptomsLook | null> {
  const reading = await readSignal(ctx, service, region, 'errorRate', signalMinutes);
  const point = reading.ok ? reading.value.points.at(-1) : undefined;
  if (point === undefined || ctx.ports.clock.now() - point.at > 2 * minuteMs || !isPast(rule, point.value, ctx.config)) return null;
  return { gone: false, reason: `the application of ${service} measures ${Number((point.value * 100).toPrecision(3))} % errors` };
}

/** Over when the units that were asked for are there, or when nobody asks for them any more. */
async function lookAtForecast(ctx: StageContext, service: string, region: string): Promise<SymptomsLook> {
  const asks = await readCapacityAsks(ctx);
  if (!asks.ok) return { gone: false, reason: asks.reason };
  const ask = asks.value[service];
  if (ask === undefined) return { gone: true, reason: `the next hour asks for no more units of ${service}` };
  const now = await ctx.ports.capacity.snapshot({ service, region }, within(ctx.ports.clock, observeMs));
  if (!now.ok) return { gone: false, reason: now.reason };
  const { desired, healthy } = now.value;
  return {
    gone: desired >= ask.desired,
    reason: `${desired} units of ${service} are wanted, ${healthy} healthy; the next hour asks for ${ask.desired}`,
  };
}

/** Over when nobody shows it any more; the systemic one speaks of no service. */
async function lookAtDetectors(ctx: StageContext, service: string, region: string, kind: AnomalyKind): Promise<SymptomsLook> {
  const read = await readObservations(ctx.ports);
  if (!read.ok) return { gone: false, reason: read.reason };
  const staleMs = ctx.config.thresholds.quorumStalenessSeconds * 1000;
  const now = ctx.ports.clock.now();
  // The last word of a peer that fell silent would keep the incident open for ever.
  const held = read.value
    .filter((seen) => !seen.abstains && now - seen.at <= staleMs)
    .flatMap((seen) => seen.anomalies ?? [])
    .find((each) => each.kind === kind && each.region === region && (kind === 'systemic' || each.service === service));
  return { gone: held === undefined, reason: held?.reason ?? `no detector finds ${kind} of ${service} odd` };
}

async function lookAtCertificates(ctx: StageContext, service: string, region: string): Promise<SymptomsLook> {
  const read = await readHealth(ctx, service, region);
  if (!read.ok) return { gone: false, reason: read.reason };
  const days = Object.values(read.value?.endpoints ?? {}).flatMap((each) => each.certificateDays ?? []);
  const least = Math.min(...days);
  return {
    gone: days.length > 0 && least >= ctx.config.thresholds.certificateDays,
    reason:
      days.length === 0 ? `no certificate of ${service} was seen` : `the certificates of ${service} hold ${least.toFixed(1)} days or more`,
  };
}
