import type { Service } from '../../config/schema.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { type AlertRule, alertRules, isOfDetectors, isPast } from '../../knowledge/alert-rules.ts';
import { type CapacityAsks, readCapacityAsks } from '../../knowledge/capacity-asks.ts';
import { readAllHealth } from '../../knowledge/health.ts';
import { readObservations } from '../../knowledge/observations.ts';
import { readSignal, type SignalName } from '../../knowledge/signals.ts';
import { readStored, writeStored } from '../../knowledge/stored.ts';
import { type Alarm, alarmKey, calmWatch, WatchState, watchKey } from '../../knowledge/watch-state.ts';
import type { Capacity, ServiceState } from '../../model/index.ts';
import type { AnalyzeContext } from '../analyze-context.ts';
import { type Datapoint, evaluateAlarm, type MissingDataPolicy } from '../detect/missing-data.ts';
import { reconsiderCauses } from '../reconsider-causes.ts';
import { watchStragglers } from '../stragglers.ts';
import { durationSecondsOf } from './alarms.ts';
import { isOfProbes, ownServices, settle, snapshot } from './alerts.ts';
import { anomalyFindings } from './anomaly-findings.ts';
import type { Finding } from './findings.ts';
import { canaryTrouble, noteReleases } from './note-releases.ts';
import { darkZone, forecastFindings, platformFindings } from './platform-findings.ts';
import { type CanaryJudge, isWatched, judgeReleases } from './release-watch.ts';
import { noteSilence, type SignalLook } from './telemetry.ts';

const signalMinutes = 5;
/** A point stands for the minute before it and comes up to two minutes late; an older one says nothing about now. */
const freshMs = 180_000;
const eventMs = 600_000;

/** Once a minute: signals, platform, events, releases, and whether telemetry speaks at all. */
export async function watchMinute(ctx: AnalyzeContext, canary: CanaryJudge): Promise<void> {
  const { store, clock } = ctx.ports;
  const observations = await readObservations(ctx.ports);
  await watchStragglers(ctx, observations.ok ? observations.value : []);
  await reconsiderCauses(ctx);
  const [read, states] = await Promise.all([readStored(store, clock, watchKey, WatchState), readAllHealth(ctx)]);
  if (!read.ok || !states.ok) return;
  const before = read.value.value ?? calmWatch;
  const odd = observations.ok ? anomalyFindings(ctx, ownServices(ctx), observations.value) : [];
  const events = before.events.filter((each) => clock.now() - each.at < eventMs);
  const looks = (await Promise.all(ownServices(ctx).map((service) => lookAtSignals(ctx, service, states.value)))).flat();
  const asks = await readCapacityAsks(ctx);
  const platform = (await Promise.all(ownServices(ctx).map((service) => lookAtPlatform(ctx, service, asks.ok ? asks.value : {})))).flat();
  const errorRates = await measuredErrors(ctx, before.errorRates);
  const told = await noteSilence(ctx, { ...before, events, errorRates }, looks);
  const found = [
    ...looks.flatMap((look) => look.finding ?? []),
    ...platform.flatMap((look) => look.findings),
    ...eventFindings(events),
    ...odd,
  ];
  const blind = new Set([
    ...looks.filter((look) => look.value === null).map((look) => alarmKey(look.rule.alert, look.service)),
    ...platform.filter((look) => look.capacity === null).map((look) => alarmKey('node-not-ready', look.service)),
    ...platform.filter((look) => look.capacity === null || !asks.ok).map((look) => alarmKey('capacity-forecast', look.service)),
  ]);
  const looked = (alarm: Alarm) =>
    isOfDetectors(alarm.alert) ? observations.ok : !isOfProbes(alarm) && !blind.has(alarmKey(alarm.alert, alarm.service));
  const stepped = await settle(ctx, told, found, states.value, looked);
  const noted = await noteReleases(ctx, stepped, ownServices(ctx), states.value);
  const judged = Object.values(noted.releases).some(isWatched) ? await canary(ctx, noted, states.value) : noted;
  const { darkZone: _, ...released } = await judgeReleases(ctx, judged, states.value, (release) => canaryTrouble(release, clock.now()));
  const zone = darkZone(platform.flatMap((look) => look.capacity ?? []));
  const next: WatchState = zone === null ? released : { ...released, darkZone: zone };
  if (JSON.stringify(next) !== JSON.stringify(read.value.value))
    await writeStored(store, clock, watchKey, WatchState, next, read.value.version);
}

/** Errors as the applications here measure them, where that is above the limit; what cannot be read now stands as it is and ages. */
async function measuredErrors(ctx: StageContext, before: WatchState['errorRates']): Promise<WatchState['errorRates']> {
  const next: WatchState['errorRates'] = {};
  const now = ctx.ports.clock.now();
  for (const { name, signals } of ownServices(ctx)) {
    if (signals.errorRate === undefined) continue;
    const reading = await readSignal(ctx, name, ctx.region, 'errorRate', signalMinutes);
    const point = reading.ok ? reading.value.points.at(-1) : undefined;
    const known = before[name];
    if (point === undefined || now - point.at > freshMs) {
      if (known !== undefined && now - known.at <= freshMs) next[name] = known;
    } else if (point.value > ctx.config.thresholds.errorRate) next[name] = { since: known?.since ?? point.at, at: now, share: point.value };
  }
  return next;
}

async function lookAtSignals(ctx: StageContext, service: Service, states: readonly ServiceState[]): Promise<SignalLook[]> {
  const looks: SignalLook[] = [];
  for (const rule of alertRules) {
    if (rule.measure.kind !== 'signal') continue;
    const { signal } = rule.measure;
    const reading = await readSignal(ctx, service.name, ctx.region, signal, signalMinutes);
    const fresh = reading.ok && ctx.ports.clock.now() - (reading.value.points.at(-1)?.at ?? 0) <= freshMs;
    const isSilent = reading.ok ? !fresh : reading.code === 'not-found';
    const policy = policyOf(service, signal);
    if (isSilent && policy !== 'missing') looks.push(silentLook(ctx, rule, service.name, policy, reading.ok ? reading.value.points : []));
    else if (reading.ok && !fresh) looks.push({ rule, service: service.name, value: null, finding: null });
    else if (reading.ok) looks.push(lookOf(ctx, rule, service.name, reading.value.latest));
    else if (signal === 'latencyP99Ms') looks.push(slowProbes(ctx, rule, service.name, states));
    else if (!reading.reason.startsWith('nothing measures')) looks.push({ rule, service: service.name, value: null, finding: null });
  }
  return looks;
}

function lookOf(ctx: StageContext, rule: AlertRule, service: string, value: number): SignalLook {
  const past = isPast(rule, value, ctx.config);
  const threshold = rule.threshold(ctx.config.thresholds, ctx.config);
  const finding: Finding = {
    alert: rule.alert,
    service,
    locus: 'service',
    reason: `${rule.metric} of ${service} is ${inUnit(value, rule.unit)}, ${inUnit(threshold, rule.unit)} is the limit`,
  };
  return { rule, service, value, finding: past ? finding : null };
}

/** Periods of a minute of which so many must be past the limit; the newest may be two minutes late. */
const silence = { evaluationPeriods: signalMinutes, datapointsToAlarm: 3, evaluationRange: signalMinutes };

/** A metric without data, of which its policy says what that means. */
function silentLook(
  ctx: StageContext,
  rule: AlertRule,
  service: string,
  treatMissingData: MissingDataPolicy,
  points: readonly { at: number; value: number }[],
): SignalLook {
  const minutes = Array.from({ length: signalMinutes }, (_, index): Datapoint => {
    const point = points.find(({ at }) => Math.floor((ctx.ports.clock.now() - at) / 60_000) === signalMinutes - 1 - index);
    return point === undefined ? 'missing' : isPast(rule, point.value, ctx.config) ? 'breaching' : 'ok';
  });
  const { state, reason } = evaluateAlarm(minutes, { ...silence, treatMissingData });
  const words = `${rule.metric} of ${service} has no data, which by its policy is ${treatMissingData}: ${reason}`;
  const finding: Finding = { alert: rule.alert, service, locus: 'service', reason: words };
  return { rule, service, value: points.at(-1)?.value ?? Number.NaN, finding: state === 'ALARM' ? finding : null };
}

function policyOf({ signals }: Service, signal: SignalName): MissingDataPolicy {
  const isNamed = signal !== 'cpuShare' && signal !== 'requestsPerMinute' && signal !== 'responseMs';
  return (isNamed ? signals[signal]?.treatMissingData : undefined) ?? 'missing';
}

function inUnit(value: number, unit: AlertRule['unit']): string {
  return unit === 'share' ? `${(value * 100).toFixed(1)} %` : `${Math.round(value)} ${unit}`;
}

/** Without a metric the probes speak: when even their mean is past the limit of the 99th percentile, that percentile is. */
function slowProbes(ctx: StageContext, rule: AlertRule, service: string, states: readonly ServiceState[]): SignalLook {
  const state = states.find((each) => each.health.subject.service === service && each.health.subject.region === ctx.region);
  const slowest = Math.max(0, ...Object.values(state?.endpoints ?? {}).map((endpoint) => endpoint.responseMs));
  return lookOf(ctx, rule, service, slowest);
}

async function lookAtPlatform(
  ctx: StageContext,
  service: Service,
  asks: CapacityAsks['asks'],
): Promise<{ service: string; capacity: Capacity | null; findings: Finding[] }[]> {
  const deployment = service.deployments[ctx.region];
  if (deployment === undefined || deployment.kind === 'lambda') return [];
  const capacity = await snapshot(ctx, service.name);
  const seconds = durationSecondsOf({ alert: 'node-not-ready', locus: 'unit' });
  const startedBefore = ctx.ports.clock.now() - seconds * 1000;
  return [
    {
      service: service.name,
      capacity,
      findings:
        capacity === null
          ? []
          : [...platformFindings(service.name, capacity, startedBefore), ...forecastFindings(service.name, capacity, asks[service.name])],
    },
  ];
}

function eventFindings(events: WatchState['events']): Finding[] {
  return alertRules.flatMap((rule) => {
    if (rule.measure.kind !== 'events') return [];
    const { event } = rule.measure;
    const byService = Map.groupBy(
      events.filter((each) => each.event === event),
      (each) => each.service,
    );
    const least = event === 'unit-crashed' ? 3 : 1;
    return [...byService]
      .filter(([, each]) => each.length >= least)
      .map(
        ([service, each]): Finding => ({
          alert: rule.alert,
          service,
          locus: event === 'deployment-failed' ? 'release' : 'service',
          reason: `${each.length} times ${event} of ${service} in ten minutes`,
        }),
      );
  });
}
