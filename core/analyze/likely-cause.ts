import { regionsOfService, servicesOfGroup } from '../config/derive.ts';
import type { StageContext } from '../config/stage-context.ts';
import { alertRule } from '../knowledge/alert-rules.ts';
import { readAllHealth } from '../knowledge/health.ts';
import { readObservations } from '../knowledge/observations.ts';
import { putStored } from '../knowledge/stored.ts';
import { tellPeople } from '../knowledge/tell-people.ts';
import { type Incident, type Located, type Locus, type Observation, type ServiceState, storeKey } from '../model/index.ts';
import type { ExplainCause } from './analyze-context.ts';
import { type Cascade, judgeCascade } from './cause/cascade.ts';
import { edgesOf } from './cause/graph.ts';
import { oddObserver } from './cause/odd-observer.ts';
import type { CauseQuestion } from './cause/question.ts';
import { type RankedCause, rankCauses } from './cause/rank.ts';
import { type Symptom, symptomsOf } from './cause/symptoms.ts';
import { viewOf } from './quorum.ts';

const readAttemptsMax = 3;
/** Failures within five minutes belong together. */
const windowMs = 300_000;
/** An observer speaks every slot of 20 s; this long after its last word it is silent, unless it has just failed to get through once. */
const silentMs = 25_000;
/** Told on the timeline: candidates that are at least worth a thought. */
const candidatesMax = 5;
const probabilityMin = 0.01;

export interface Explanation {
  /** Likeliest first; empty: nothing is known to fail. */
  ranked: RankedCause[];
  cascade: Cascade;
  /** What it was worked out from. */
  question: CauseQuestion;
  states: readonly ServiceState[];
}

/** Where counting of units, zones and releases has located the trouble, that stands: remedies are bound to it. */
const located: ReadonlySet<Locus> = new Set<Locus>(['unit', 'zone', 'release']);

/** The incident with the likeliest cause in it, as its cause, locus and reason. */
export function withCause(incident: Incident, { ranked }: Explanation): Incident {
  const [first] = ranked;
  // A region that is odd as a whole has nothing that fails, from which a cause could be told.
  if (first === undefined || incident.alert === 'systemic' || (incident.group === undefined && located.has(incident.locus)))
    return incident;
  const { cause, locus, probability, evidence } = first;
  const told = `${cause} (${locus}, ${Math.round(probability * 100)} %): ${evidence}`;
  return { ...incident, cause: told, locus: locusHere(incident, locus), reason: `${incident.reason}; likely cause: ${told}` };
}

/** A peer cannot take a release of the impaired region back, nor eject a unit there: for it the service is at fault. */
function locusHere({ group }: Incident, locus: Locus): Locus {
  return group !== undefined && located.has(locus) ? 'service' : locus;
}

/** What the region itself has counted, which nobody sees from outside; a zone before the units in it. Null: it says nothing, or not lately. */
function locatedThere(own: Observation | undefined, services: readonly string[], now: number): Located | null {
  if (own === undefined || own.abstains || now - own.at > windowMs) return null;
  const all = own.located ?? [];
  return all.find((each) => each.locus === 'zone') ?? all.find((each) => services.includes(each.service)) ?? null;
}

interface Seen {
  states: readonly ServiceState[];
  observations: readonly Observation[];
}

/** A table that throttles one query out of ten must not leave an incident without a cause. */
async function readSeen(ctx: StageContext, attempts: number): Promise<Seen | null> {
  const [states, observations] = await Promise.all([readAllHealth(ctx), readObservations(ctx.ports)]);
  if (states.ok && observations.ok) return { states: states.value, observations: observations.value };
  return attempts > 1 ? readSeen(ctx, attempts - 1) : null;
}

/** For whoever opens an incident: its cause before it is kept, and the candidates after it was announced. */
export const causeOf: ExplainCause = async (ctx, given) => {
  const found = await explainIncident(ctx, given);
  if (found === null) return null;
  const incident = withCause(given, found);
  return { incident, tell: () => tellCauses(ctx, incident, found) };
};

/** Correlates what fails around the incident over the dependency graph; null where nothing fails yet. Two queries of the own table. */
export async function explainIncident(ctx: StageContext, incident: Incident): Promise<Explanation | null> {
  if (incident.alert === 'capacity-forecast') return null;
  const seen = await readSeen(ctx, readAttemptsMax);
  if (seen === null || incident.subject.region === undefined) return null;
  const question = causeQuestion(ctx, incident, incident.subject.region, seen.states, seen.observations);
  const ranked = rankCauses(question);
  const failing = question.symptoms.filter((each) => each.region === question.region && each.failing > 0).map((each) => each.service);
  const services = ctx.config.services
    .filter((each) => regionsOfService(ctx.config, each).includes(question.region))
    .map((each) => each.name);
  const cascade = judgeCascade({ region: question.region, edges: question.edges, services, failing, ranked });
  return { ranked, cascade, question, states: seen.states };
}

function causeQuestion(
  ctx: StageContext,
  incident: Incident,
  region: string,
  states: readonly ServiceState[],
  observations: readonly Observation[],
): CauseQuestion {
  const { group, subject, locus } = incident;
  const now = ctx.ports.clock.now();
  const services = group === undefined ? [subject.service] : servicesOfGroup(ctx.config, group).map((each) => each.name);
  const hurting = states.filter((each) => each.health.subject.region === region && services.includes(each.health.subject.service));
  const onsetAt = Math.min(incident.openedAt, ...hurting.flatMap((each) => (each.health.status === 'healthy' ? [] : [each.since])));
  const symptoms = symptomsOf(states, { onsetAt, windowMs });
  if (group === undefined && !symptoms.some((each) => each.region === region && each.service === subject.service && each.failing > 0))
    symptoms.push(alarmOf(incident, region));
  const own = observations.find((each) => each.observer === region);
  const odd = oddObserverOf(ctx, incident, region, observations);
  const observer = odd?.observer ?? ctx.region;
  const viewsOf = odd?.group ?? group;
  const views = observations.flatMap((each) => {
    const opinion = viewsOf !== undefined && !each.abstains && (odd !== null || each.observer !== region);
    const view = opinion ? viewOf(each, viewsOf, region) : undefined;
    return each.observer === observer || view === undefined || now - each.at > windowMs ? [] : [view.status];
  });
  const told =
    group === undefined && located.has(locus)
      ? { locus, service: subject.service, ...(subject.unit === undefined ? {} : { unit: subject.unit }) }
      : locatedThere(own, services, now);
  const releases = (own?.releases ?? []).filter((each) => each.state !== 'given-up').map((each) => each.service);
  return {
    ...{ region, services, edges: edgesOf(ctx.config), symptoms, observer, own: odd === null, told },
    inside: (incident.broken ?? []).some(({ a, b }) => (a === 'cpuShare' || a === 'memoryShare') && b === 'requestsPerMinute'),
    releases: told?.locus === 'release' ? [...releases, subject.service] : releases,
    silent: region === ctx.region || own === undefined ? null : now - own.at > silentMs,
    agree: views.filter((status) => status === 'unhealthy' || status === 'degraded').length,
    disagree: views.filter((status) => status === 'healthy').length,
    dynamodbDnsWeight: ctx.config.thresholds.dynamodbDnsWeight,
  };
}

/** What the detectors of a single observer found is what that observer sees: when no peer sees it, its sight is in question. */
function oddObserverOf(
  ctx: StageContext,
  { alert, subject: { service } }: Incident,
  region: string,
  observations: readonly Observation[],
): { observer: string; group: string } | null {
  const measure = alertRule(alert)?.measure;
  const group = ctx.config.services.find((each) => each.name === service)?.trafficGroup;
  if (group === undefined || measure?.kind !== 'detectors') return null;
  const lately = observations.filter((each) => !each.abstains && ctx.ports.clock.now() - each.at <= windowMs);
  const observer = oddObserver(lately, { service, region, group, kind: measure.of });
  return observer === null ? null : { observer, group };
}

/** What an alarm has measured hurts its service, whether or not probes feel it. */
function alarmOf({ subject, locus, openedAt, reason }: Incident, region: string): Symptom {
  const part = subject.unit !== undefined && located.has(locus);
  return {
    ...{ service: subject.service, region, failing: part ? 0 : 1, failedIn: null, since: openedAt, reason: reason.split('; ')[0] ?? '' },
    sickAddresses: part && subject.unit !== undefined ? [subject.unit] : [],
  };
}

/** Puts the candidates on the timeline, and tells people once when it threatens to spread. */
export async function tellCauses(
  ctx: StageContext,
  incident: Incident,
  { ranked, cascade }: Pick<Explanation, 'ranked' | 'cascade'>,
  facts: readonly string[] = [],
): Promise<void> {
  const candidates = ranked.filter((each) => each.probability >= probabilityMin).slice(0, candidatesMax);
  const [first] = candidates;
  const { service, region } = incident.subject;
  ctx.ports.trace.record({
    kind: 'CauseRanked',
    subject: `${service}/${region ?? '-'}`,
    incident: incident.id,
    data: {
      incident: incident.id,
      candidates: candidates.map(({ cause, locus, probability }) => ({ cause, locus, probability })),
      cascadeRisk: cascade.risk,
      atRisk: cascade.atRisk.map((each) => each.service),
      path: cascade.path,
      blastRadius: cascade.blastRadius,
    },
    reason:
      first === undefined
        ? 'nothing that is looked at fails: no candidate'
        : [
            ...candidates.map((each) => `${each.cause} (${each.locus}) ${Math.round(each.probability * 100)} %: ${each.evidence}`),
            ...facts,
          ].join(' | '),
  });
  if (cascade.risk > ctx.config.thresholds.cascadeRisk) await warnOfCascade(ctx, incident, cascade);
}

async function warnOfCascade(ctx: StageContext, incident: Incident, cascade: Cascade): Promise<void> {
  const { store, clock, ids } = ctx.ports;
  // The first to write it is the one who tells: once an incident.
  const first = await putStored(store, clock, storeKey.detector(`cascade#${incident.id}`), { at: clock.now() }, 0);
  if (!first.ok) return;
  const names = cascade.atRisk.map((each) => `${each.service} ${Math.round(each.probability * 100)} %`).join(', ');
  await tellPeople(ctx, {
    id: ids.next('note'),
    at: clock.now(),
    severity: 'warning',
    page: false,
    incident: incident.id,
    title: `${Math.round(cascade.risk * 100)} % risk that ${incident.subject.region ?? incident.subject.service} takes more services with it`,
    text: `next: ${names}; by way of ${cascade.path.join(' → ')}; ${cascade.blastRadius.services.length} services are or will be hit; ${adviceFor(ctx, incident, cascade)}`,
  });
}

/** The gentlest protection of the likeliest victim that the configuration has prepared. */
function adviceFor(ctx: StageContext, incident: Incident, { path }: Cascade): string {
  const [victim, needs] = [path.at(-1), path.at(-2)];
  const service = ctx.config.services.find((each) => each.name === victim);
  if (service?.degradeFlag !== undefined) return `advised: degrade ${service.name} before it fails (${service.degradeFlag})`;
  if (service?.failover === true) return `advised: move the traffic of ${service.name} out of ${incident.subject.region ?? 'the region'}`;
  return `advised: open the breaker between ${victim ?? '-'} and ${needs ?? '-'}, so that it fails fast`;
}
