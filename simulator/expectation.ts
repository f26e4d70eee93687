import type { Config } from '../core/config/schema.ts';
import type { Records } from './host/records.ts';
import { hasActed, type Summary } from './report/summary.ts';
import type { Scenario } from './scenario.ts';
import type { MinuteOfTraffic, World } from './world/world.ts';

/** How a run ended, as far as expectations speak of it. */
export interface Ending {
  config: Config;
  world: World;
  records: Records;
  summary: Summary;
  /** How often each API was called, by `<port>.<method> <service> <region>`. */
  calls: ReadonlyMap<string, number>;
  /** Notifications that were sent. */
  told: number;
  traffic: readonly MinuteOfTraffic[];
  /** Kinds of entries on the timeline. */
  kinds: ReadonlySet<string>;
  startedAt: number;
  endAt: number;
}

type Expectation = Scenario['expect'];
type End = NonNullable<Expectation['ends']>[number];

/** What of the expectation was not met, in sentences; empty: all of it was. */
export function judgeExpectation(expect: Expectation, ending: Ending): string[] {
  return [
    ...judgeActs(expect, ending),
    ...judgeEnds(expect, ending),
    ...judgeTime('detected', ending.summary.detectedAfterSeconds, expect.detectedWithinSeconds),
    ...judgeTime('recovered', ending.summary.recoveredAfterSeconds, expect.recoveredWithinSeconds),
    ...judgeSteady(expect, ending),
    ...judgeIncidents(expect, ending),
    ...(expect.forbidden ?? []).flatMap((name) => judgeForbidden(name, ending)),
    ...(expect.neverInto ?? []).flatMap((region) => judgeNeverInto(region, ending)),
    ...(expect.tells ?? []).flatMap((kind) => (ending.kinds.has(kind) ? [] : [`nothing of kind ${kind} is on the timeline`])),
    ...judgeTold(expect, ending),
  ];
}

function actsOf({ records }: Ending): string[] {
  return records.runs.filter((run) => hasActed(records.steps.get(run.planId) ?? [])).map((run) => run.action);
}

function judgeActs({ acts }: Expectation, ending: Ending): string[] {
  if (acts === undefined) return [];
  const did = actsOf(ending).join(', ');
  if (acts.some((list) => list.join(', ') === did)) return [];
  const wanted = acts.map((list) => `[${list.join(', ')}]`).join(' or ');
  return [`acts were [${did}], wanted ${wanted}`];
}

function judgeEnds({ ends }: Expectation, ending: Ending): string[] {
  if (ends === undefined) return [];
  const problems = ends.map((end) => judgeEnd(end, ending));
  if (problems.some((found) => found.length === 0)) return [];
  return problems.flatMap((found, index) => (ends.length > 1 ? found.map((problem) => `end ${index + 1}: ${problem}`) : found));
}

function judgeEnd(end: End, ending: Ending): string[] {
  const problems: string[] = [];
  for (const [service, regions] of Object.entries(end.traffic ?? {})) {
    const group = ending.config.services.find((each) => each.name === service)?.trafficGroup ?? service;
    const answered = [...ending.world.answered(group, ending.endAt)].flatMap(([region, share]) => (share > 0 ? [region] : []));
    if (answered.toSorted().join() !== regions.toSorted().join())
      problems.push(`${service} is answered with ${answered.join(', ')}, wanted ${regions.join(', ')}`);
  }
  if (end.outcome !== undefined) problems.push(...judgeOutcome(end.outcome, ending));
  if (end.incident !== undefined) {
    const [first] = ending.records.incidents;
    if (first?.state !== end.incident) problems.push(`the incident is ${first?.state ?? 'missing'}, wanted ${end.incident}`);
  }
  for (const [key, version] of Object.entries(end.release ?? {})) {
    const serving = ending.world.releases.services[key]?.releases.find((release) => release.state === 'current')?.version;
    if (serving !== version) problems.push(`${key} runs ${serving ?? 'nothing'}, wanted ${version}`);
  }
  for (const [group, region] of Object.entries(end.origin ?? {})) {
    const [, preferred] = ending.world.distributions.preferred().find(([name]) => name === group) ?? [];
    if (preferred !== region) problems.push(`the distribution of ${group} prefers ${preferred ?? 'nothing'}, wanted ${region}`);
  }
  for (const [key, units] of Object.entries(end.ejected ?? {})) {
    const ejected = ending.world.capacity.services[key]?.units.filter((unit) => unit.ejected).map((unit) => unit.id) ?? [];
    if (ejected.toSorted().join() !== units.toSorted().join())
      problems.push(`of ${key} [${ejected.join(', ')}] are ejected, wanted [${units.join(', ')}]`);
  }
  if (end.failedShareMax !== undefined) problems.push(...judgeFailedShare(end.failedShareMax, ending));
  return problems;
}

function judgeOutcome(outcome: NonNullable<End['outcome']>, { records, world }: Ending): string[] {
  const last = records.runs.at(-1);
  if (outcome !== 'untouched')
    return last?.state === outcome ? [] : [`the last action ended ${last?.state ?? 'never: there was none'}, wanted ${outcome}`];
  const acted = records.runs.filter((run) => hasActed(records.steps.get(run.planId) ?? []));
  if (acted.length > 0) return [`${acted.length} actions touched the world, wanted none`];
  const changed = [...world.services].filter(([, here]) => here.capacity.desired !== here.baselineUnits);
  return changed.map(([key, here]) => `${key} wants ${here.capacity.desired} units, ${here.baselineUnits} before`);
}

const lastMinutes = 10;

function judgeFailedShare(most: number, { traffic, endAt }: Ending): string[] {
  const last = traffic.filter((minute) => minute.at > endAt - lastMinutes * 60_000);
  const worst = Math.max(0, ...last.map((minute) => minute.failedShare));
  return worst <= most
    ? []
    : [`${(worst * 100).toFixed(1)} % of the requests fail in the last ${lastMinutes} minutes, at most ${most * 100} % may`];
}

function judgeTime(what: string, seconds: number | null, limit: number | undefined): string[] {
  if (limit === undefined) return [];
  if (seconds === null) return [`was not ${what}, wanted within ${limit} s`];
  return seconds <= limit ? [] : [`was ${what} after ${seconds} s, wanted within ${limit} s`];
}

const steadyShareMax = 0.01;

function judgeSteady({ steadyFromMinute }: Expectation, { traffic, startedAt }: Ending): string[] {
  if (steadyFromMinute === undefined) return [];
  const minuteOf = (at: number) => Math.round((at - startedAt) / 60_000);
  const unsteady = traffic.findLast(({ at, failedShare }) => minuteOf(at) > steadyFromMinute && failedShare > steadyShareMax);
  if (unsteady === undefined) return [];
  const share = (unsteady.failedShare * 100).toFixed(1);
  return [
    `${share} % of the requests to ${unsteady.service} fail in minute ${minuteOf(unsteady.at)}, wanted steady from ${steadyFromMinute} on`,
  ];
}

function judgeIncidents({ incidents }: Expectation, { records }: Ending): string[] {
  if (incidents === undefined || records.incidents.length === incidents) return [];
  return [`${records.incidents.length} incidents (${records.incidents.map((each) => each.id).join(', ')}), wanted ${incidents}`];
}

/** API names of the calls that expectations forbid by name. */
const apiNames: Record<string, string> = {
  'traffic.setWeights': 'route53:ChangeResourceRecordSets',
  'traffic.shares': 'route53:ListResourceRecordSets',
  'traffic.setOrigins': 'cloudfront:UpdateDistribution',
  'traffic.origins': 'cloudfront:GetDistribution',
};

/** What `forbidden` can name beside regions; any other name would forbid nothing. */
export const forbiddableCalls: readonly string[] = Object.values(apiNames);

function judgeForbidden(name: string, { calls }: Ending): string[] {
  for (const [key, count] of calls) {
    const [call = '', service = '', region = ''] = key.split(' ');
    const api = apiNames[call] ?? `${service}:${call.split('.')[1]}`;
    if (api === name || name === `region:${region}`) return [`${name} is forbidden and was called ${count} times (${key})`];
  }
  return [];
}

function judgeNeverInto(region: string, { calls, records }: Ending): string[] {
  const touched = [...calls.keys()].filter((key) => key.endsWith(` ${region}`) && /^(capacity|releases)\.(apply|undo)/.test(key));
  const chosen = [...records.plans.values()].filter(
    (plan) => plan.steps.some((step) => step.args.to === region) && hasActed(records.steps.get(plan.id) ?? []),
  );
  return [...touched.map((key) => `${region} was touched: ${key}`), ...chosen.map((plan) => `${plan.id} moved traffic into ${region}`)];
}

function judgeTold({ told }: Expectation, ending: Ending): string[] {
  if (told === undefined || told === ending.told > 0) return [];
  return [told ? 'nobody was told' : `people were told ${ending.told} times, wanted never`];
}
