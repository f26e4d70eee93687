import { regionsOfService } from '../config/derive.ts';
import type { Service } from '../config/schema.ts';
import type { StageContext } from '../config/stage-context.ts';
import { readHealth } from '../knowledge/health.ts';
import { Prediction, predictionKey } from '../knowledge/predictions.ts';
import { readSignal, type SignalName } from '../knowledge/signals.ts';
import { putStored, readStored } from '../knowledge/stored.ts';
import { tellPeople } from '../knowledge/tell-people.ts';
import type { Incident } from '../model/index.ts';
import { within } from '../ports/within.ts';
import { driftsOf } from './drift-hazard.ts';
import { certificateExhaustion, type Exhaustion, timeToExhaustion } from './prediction/exhaustion.ts';
import { failureRisk, highRiskPeriods } from './prediction/failure-risk.ts';

/** Each service in its own minute of the hour, so that no minute is long and no table is asked whether it is time. */
const minutesOfHour = 60;
const atLeastMs = 30 * 60_000;
const callMs = 8_000;
const hourSeconds = 3_600;
/** What runs out sooner than this is told ahead of time. */
const tellWithinSeconds = 24 * hourSeconds;
const tellAgainMs = 24 * hourSeconds * 1000;
const periodSeconds = 900;
/** A day and a bit; and the last hours, for what began in them and ends within as many. */
const spans = [
  { minutes: 25 * 60, withinSeconds: Number.POSITIVE_INFINITY },
  { minutes: 3 * 60, withinSeconds: 3 * hourSeconds },
];
const usagePointsMax = 48;

/** What drifts makes a failure this many times likelier on top; chosen, as no history tells it. */
const ratioPerDrift = 1;

interface Supply {
  supply: string;
  exhaustion: Exhaustion;
}

/**
 * Once an hour, for each service here: how likely it fails in an hour, a day and a week, and what runs out when; people are told ahead.
 * @param hasJustBegun nothing is foreseen in this region yet: every service is, without waiting for its minute
 */
export async function predictFailures(ctx: StageContext, incidents: readonly Incident[], hasJustBegun = false): Promise<void> {
  const minute = Math.floor(ctx.ports.clock.now() / 60_000) % minutesOfHour;
  const here = ctx.config.services.filter((service) => regionsOfService(ctx.config, service).includes(ctx.region));
  for (const [index, service] of here.entries())
    if (hasJustBegun || index % minutesOfHour === minute) await predictService(ctx, service, incidents);
}

async function predictService(ctx: StageContext, service: Service, incidents: readonly Incident[]): Promise<void> {
  const { store, clock } = ctx.ports;
  const now = clock.now();
  const read = await readStored(store, clock, predictionKey(service.name, ctx.region), Prediction);
  if (!read.ok) return;
  const before = read.value.value;
  if (before !== null && now - before.at < atLeastMs) return;
  const quota = await quotaUsage(ctx, service, before?.quota ?? []);
  const supplies: Supply[] = [
    ...(await sharesOf(ctx, service)),
    { supply: 'certificate', exhaustion: await certificateOf(ctx, service) },
    ...quotaOf(quota),
  ];
  const since = before?.since ?? now;
  const failures = failuresOf(incidents, service, ctx.region);
  const history = { failures, since: Math.min(since, ...failures), now };
  const drifts = await driftsOf(ctx, service.name);
  const exhaustions = supplies.map((each) => each.exhaustion);
  const risk = failureRisk(history, exhaustions, 1 + ratioPerDrift * drifts.length);
  const told = { ...before?.told };
  const due = supplies.filter((each) => isSoon(each) && now - (told[each.supply] ?? 0) >= tellAgainMs);
  for (const { supply } of due) told[supply] = now;
  const prediction: Prediction = {
    ...{ service: service.name, region: ctx.region, at: now, since, quota, told },
    ...{ horizons: risk.horizons, secondsToFailure: risk.secondsToFailure, periods: highRiskPeriods(history) },
    ...{ drifts, reason: [risk.reason, ...drifts].join('; ') },
    supplies: supplies.flatMap(({ supply, exhaustion }) => {
      if (exhaustion.kind !== 'expected') return [];
      const { seconds, secondsLow, reason } = exhaustion;
      return [{ supply, seconds, secondsLow, reason }];
    }),
  };
  const written = await putStored(store, clock, predictionKey(service.name, ctx.region), prediction, read.value.version);
  if (written.ok) for (const each of due) await announce(ctx, service, each);
}

const shares: readonly { supply: string; signal: SignalName }[] = [
  { supply: 'memory', signal: 'memoryShare' },
  { supply: 'disk', signal: 'diskShare' },
  { supply: 'connection pool', signal: 'poolShare' },
];

async function sharesOf(ctx: StageContext, service: Service): Promise<Supply[]> {
  const found: Supply[] = [];
  for (const { supply, signal } of shares) {
    for (const { minutes, withinSeconds } of spans) {
      const reading = await readSignal(ctx, service.name, ctx.region, signal, minutes, periodSeconds);
      if (!reading.ok) continue;
      const points = reading.value.points.map(({ at, value }) => ({ at, used: value }));
      const exhaustion = timeToExhaustion(points, 1);
      if (exhaustion.kind !== 'expected' || exhaustion.seconds > withinSeconds || isDaily(points)) continue;
      found.push({ supply, exhaustion });
      break;
    }
  }
  return found;
}

const dayMs = 24 * hourSeconds * 1000;
/** What has grown since this time yesterday would not fill the rest within so many days: then it comes and goes with the day. */
const daysMin = 7;

function isDaily(points: readonly { at: number; used: number }[]): boolean {
  const last = points.at(-1);
  const yesterday = last === undefined ? undefined : points.findLast((each) => each.at <= last.at - dayMs + periodSeconds * 1000);
  return last !== undefined && yesterday !== undefined && (last.used - yesterday.used) * daysMin < 1 - last.used;
}

async function certificateOf(ctx: StageContext, service: Service): Promise<Exhaustion> {
  const read = await readHealth(ctx, service.name, ctx.region);
  const days = Object.values((read.ok ? read.value?.endpoints : null) ?? {}).flatMap((each) => each.certificateDays ?? []);
  return certificateExhaustion(days.length === 0 ? Number.NaN : Math.min(...days));
}

/** What is used of the quota, as seen once an hour over two days. */
async function quotaUsage(ctx: StageContext, service: Service, before: Prediction['quota']): Promise<Prediction['quota']> {
  if (service.deployments[ctx.region] === undefined) return [];
  const { capacity, clock } = ctx.ports;
  const quota = await capacity.quota({ service: service.name, region: ctx.region }, within(clock, callMs));
  if (!quota.ok) return before;
  const { used, limit } = quota.value;
  return [...before, { at: clock.now(), used, limit }].slice(-usagePointsMax);
}

function quotaOf(usage: Prediction['quota']): Supply[] {
  const limit = usage.at(-1)?.limit;
  return limit === undefined ? [] : [{ supply: 'quota', exhaustion: timeToExhaustion(usage, limit) }];
}

function failuresOf(incidents: readonly Incident[], service: Service, region: string): number[] {
  return incidents
    .filter(
      ({ subject, group, severity }) =>
        severity === 'critical' && subject.region === region && (subject.service === service.name || group === service.trafficGroup),
    )
    .map((each) => Math.min(each.onsetAt ?? each.openedAt, each.openedAt));
}

/** A certificate has an alert of its own, days ahead. A trend whose interval reaches into the far future is none. */
function isSoon({ supply, exhaustion }: Supply): boolean {
  if (supply === 'certificate' || exhaustion.kind !== 'expected') return false;
  return exhaustion.seconds < tellWithinSeconds && exhaustion.secondsHigh < 3 * tellWithinSeconds;
}

async function announce(ctx: StageContext, service: Service, { supply, exhaustion }: Supply): Promise<void> {
  if (exhaustion.kind !== 'expected') return;
  const { trace, ids, clock } = ctx.ports;
  const hours = Math.round(exhaustion.seconds / 360) / 10;
  trace.record({
    kind: 'ExhaustionPredicted',
    subject: `${service.name}/${ctx.region}`,
    data: { service: service.name, region: ctx.region, supply, seconds: Math.round(exhaustion.seconds) },
    reason: exhaustion.reason,
  });
  await tellPeople(ctx, {
    ...{ id: ids.next('note'), at: clock.now(), severity: 'warning', page: false },
    title: `${supply} of ${service.name} in ${ctx.region} is used up in about ${hours} h`,
    text: `${exhaustion.reason}; nothing is done about it before an alert is raised`,
  });
}
