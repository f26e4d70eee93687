import { regionsOfService } from '../../config/derive.ts';
import type { Service } from '../../config/schema.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { alertRule, isOfDetectors } from '../../knowledge/alert-rules.ts';
import { foldWindow } from '../../knowledge/failure-windows.ts';
import { readStored, writeStored } from '../../knowledge/stored.ts';
import { type Alarm, alarmKey, calmWatch, WatchState, watchKey } from '../../knowledge/watch-state.ts';
import { type Capacity, ok, type Result, type Sample, type ServiceState } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import type { AnalyzeContext } from '../analyze-context.ts';
import { stepAlarms } from './alarms.ts';
import { type Finding, probeFindings, sickZone } from './findings.ts';
import { type HoldFacts, readHoldFacts, whyHeld } from './hold.ts';
import { judgeReleases, ruleTrouble } from './release-watch.ts';
import { openServiceIncident } from './service-incident.ts';

const callMs = 8_000;

export function ownServices(ctx: StageContext): Service[] {
  return ctx.config.services.filter((service) => regionsOfService(ctx.config, service).includes(ctx.region));
}

/** Each slot: what the own probes of the own region's services say. A calm region reads one item and writes none. */
export async function watchSamples(ctx: AnalyzeContext, samples: readonly Sample[], states: readonly ServiceState[]): Promise<void> {
  const { store, clock } = ctx.ports;
  const read = await readStored(store, clock, watchKey, WatchState);
  if (!read.ok) return;
  const now = clock.now();
  const before = read.value.value ?? calmWatch;
  const windows = foldWindows(ctx, before, samples, now);
  const findings = probeFindings(ctx.config, ctx.region, windows, states, now, freshRates(before, now));
  const calm = Object.keys(windows).length === 0 && Object.keys(before.windows).length === 0 && findings.length === 0;
  if (calm && Object.values(before.alarms).every((alarm) => !isOfProbes(alarm))) return;
  const stepped = await settle(ctx, { ...before, windows }, findings, states, isOfProbes);
  const next = await judgeReleases(ctx, stepped, states, ruleTrouble(ctx, stepped, states));
  await writeStored(store, clock, watchKey, WatchState, next, read.value.version);
}

/** A minute's figure that is renewed each minute says nothing of now when it was not. */
const ratesMs = 180_000;

function freshRates({ errorRates }: WatchState, now: number): WatchState['errorRates'] {
  return Object.fromEntries(Object.entries(errorRates).filter(([, each]) => now - each.at <= ratesMs));
}

/** The samples of a slot that is not whole yet: remembered, judged with the last of them. */
export async function noteSamples(ctx: StageContext, samples: readonly Sample[]): Promise<Result<void>> {
  const { store, clock } = ctx.ports;
  const read = await readStored(store, clock, watchKey, WatchState);
  if (!read.ok) return read;
  const before = read.value.value ?? calmWatch;
  const windows = foldWindows(ctx, before, samples, clock.now());
  if (Object.keys(windows).length === 0 && Object.keys(before.windows).length === 0) return ok(undefined);
  const written = await writeStored(store, clock, watchKey, WatchState, { ...before, windows }, read.value.version);
  return written.ok ? ok(undefined) : written;
}

function foldWindows(ctx: StageContext, before: WatchState, samples: readonly Sample[], now: number): WatchState['windows'] {
  const own = Map.groupBy(
    samples.filter((sample) => sample.subject.region === ctx.region),
    (sample) => sample.subject.service,
  );
  const windows: WatchState['windows'] = {};
  for (const { name } of ownServices(ctx)) {
    const window = foldWindow(before.windows[name], own.get(name) ?? [], now);
    if (window !== undefined) windows[name] = window;
  }
  return windows;
}

export const isOfProbes = (alarm: Alarm): boolean => alertRule(alarm.alert)?.measure.kind === 'probes' || alarm.locus === 'dependency';

export async function snapshot(ctx: StageContext, service: string): Promise<Capacity | null> {
  const now = await ctx.ports.capacity.snapshot({ service, region: ctx.region }, within(ctx.ports.clock, callMs));
  return now.ok ? now.value : null;
}

/** Steps the alarms and answers those that are raised and have no incident yet. */
export async function settle(
  ctx: AnalyzeContext,
  watch: WatchState,
  findings: readonly Finding[],
  states: readonly ServiceState[],
  looked: (alarm: Alarm) => boolean,
): Promise<WatchState> {
  const { alarms, cleared } = stepAlarms(watch.alarms, findings, looked, ctx.ports.clock.now());
  for (const alarm of cleared) if (alarm.raisedAt !== null) say(ctx, 'AlertCleared', alarm, 'over');
  const open = Object.values(alarms).filter((alarm) => alarm.raisedAt !== null && alarm.incident === null);
  const next = { ...watch, alarms };
  if (open.length === 0) return next;
  const facts = await readHoldFacts(ctx, states, alarms);
  return facts === null ? next : answerAlarms(ctx, next, open, facts);
}

async function answerAlarms(ctx: AnalyzeContext, watch: WatchState, open: readonly Alarm[], facts: HoldFacts): Promise<WatchState> {
  const alarms = { ...watch.alarms };
  const epochs = { ...watch.epochs };
  const opened: HoldFacts = { ...facts, incidents: [...facts.incidents] };
  const free: Alarm[] = [];
  for (const alarm of open) {
    const held = whyHeld(ctx, alarm, opened);
    if (held === null) free.push(alarm);
    else {
      if (alarm.held === null) say(ctx, 'AlertHeld', alarm, held.reason, held.incident);
      alarms[alarmKey(alarm.alert, alarm.service, alarm.unit)] = { ...alarm, held: held.reason, incident: held.incident };
    }
  }
  const { storm } = ctx.config.policies;
  const now = ctx.ports.clock.now();
  const hurting = free.filter((alarm) => !isForecast(alarm));
  const burst = hurting.filter((alarm) => !isOfDetectors(alarm.alert) && now - (alarm.raisedAt ?? 0) <= storm.windowSeconds * 1000);
  // What hurts comes first: a forecast for the same service belongs to the incident that is then open.
  const ahead = free.filter((alarm) => isForecast(alarm) && !hurting.some((each) => each.service === alarm.service));
  const groups = [
    ...(burst.length > storm.alarms ? [hurting] : Map.groupBy(hurting, (alarm) => alarm.service).values()),
    ...ahead.map((alarm) => [alarm]),
  ];
  for (const group of groups) {
    const [first] = group;
    if (first === undefined) continue;
    const causes = isForecast(first) ? [] : resourceAlarms(watch, first.service);
    const trouble =
      burst.length > storm.alarms && !isForecast(first)
        ? stormOf(ctx, group, first)
        : await troubleOf(ctx, [...group, ...causes], causes[0] ?? first);
    const made = await openServiceIncident(ctx, trouble, epochs[trouble.service] ?? 0, facts.standings);
    if (made === null) continue;
    epochs[trouble.service] = made.epoch;
    for (const alarm of group) {
      alarms[alarmKey(alarm.alert, alarm.service, alarm.unit)] = { ...alarm, incident: made.id, held: null };
      say(ctx, 'AlertRaised', alarm, alarm.reason, made.id);
    }
  }
  return { ...watch, alarms, epochs };
}

/** Nothing is wrong yet: it neither makes a storm nor has a cause. */
const isForecast = (alarm: Alarm): boolean => alertRule(alarm.alert)?.measure.kind === 'forecast';

/** Many alarms at once that share no known dependency have one cause that nobody knows: one incident, for people. */
function stormOf(ctx: StageContext, alarms: readonly Alarm[], first: Alarm) {
  const services = [...new Set(alarms.map((alarm) => alarm.service))];
  const { storm } = ctx.config.policies;
  const reason = `${alarms.length} alarms of ${services.length} services within ${storm.windowSeconds} s, more than ${storm.alarms}: one cause, one incident (first: ${first.reason})`;
  return { alert: 'region-impaired', service: first.service, locus: 'region' as const, reason, cause: reason, since: first.since };
}

const resources: ReadonlySet<string> = new Set(['memory', 'cpu', 'connection-pool']);

/** What a service lacks explains its errors, even before it has lacked it for as long as an alert of its own takes. */
function resourceAlarms(watch: WatchState, service: string): Alarm[] {
  return Object.values(watch.alarms).filter((alarm) => alarm.service === service && resources.has(alarm.alert));
}

/** Several alarms of one service are one incident: of its units when only those are sick, else of the service. */
async function troubleOf(ctx: StageContext, alarms: readonly Alarm[], first: Alarm) {
  const whole = resources.has(first.alert) ? first : (alarms.find((alarm) => alarm.locus !== 'unit') ?? null);
  const units = alarms.flatMap((alarm) => (alarm.locus === 'unit' && alarm.unit !== undefined ? [alarm.unit] : []));
  const told = whole ?? first;
  const { alert, service, locus, severity, reason, since } = told;
  if (whole !== null || told.unit === undefined)
    return { alert, service, locus, reason, cause: reason, since, ...(severity === undefined ? {} : { severity }) };
  const capacity = await snapshot(ctx, service);
  const zone = capacity === null ? null : sickZone(capacity, units);
  if (zone !== null) {
    const dark = `zone ${zone} of ${ctx.region} is dark for ${service}: ${alarms.map((alarm) => alarm.reason).join('; ')}`;
    return { alert, service, unit: zone, locus: 'zone' as const, reason: dark, cause: dark, since };
  }
  return { alert, service, unit: told.unit, locus: 'unit' as const, reason, cause: reason, since };
}

function say(
  ctx: StageContext,
  kind: 'AlertRaised' | 'AlertHeld' | 'AlertCleared',
  alarm: Alarm,
  reason: string,
  incident: string | null = null,
): void {
  const { alert, service, unit, since } = alarm;
  ctx.ports.trace.record({
    kind,
    subject: `${service}/${ctx.region}`,
    ...(incident === null ? {} : { incident }),
    data: { alert, service, region: ctx.region, unit: unit ?? null, since, ...(incident === null ? {} : { incident }) },
    reason,
  });
}
