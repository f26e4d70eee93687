import { healthShardOf } from '../config/health-shards.ts';
import type { Service } from '../config/schema.ts';
import type { StageContext } from '../config/stage-context.ts';
import { stateOf, updateHealth } from '../knowledge/health.ts';
import {
  type EndpointState,
  ok,
  type RegionView,
  type Result,
  type Sample,
  type ServiceState,
  type Subject,
  subjectKey,
} from '../model/index.ts';
import { lookOf, stepEndpoint } from './endpoint-state.ts';
import { rememberAnswer } from './lately.ts';
import { serviceHealth, worse } from './service-health.ts';

/**
 * Folds samples into the state of each service and region that they speak of: one write for all services of a shard. Answers whether the
 * status of any of them became another.
 */
export async function foldSamples(ctx: StageContext, samples: readonly Sample[]): Promise<Result<boolean>> {
  let changed = false;
  for (const [shard, own] of Map.groupBy(samples, (sample) => healthShardOf(ctx.config, sample.subject.service))) {
    const folded = await foldShard(ctx, shard, own);
    if (!folded.ok) return folded;
    changed ||= folded.value;
  }
  return ok(changed);
}

async function foldShard(ctx: StageContext, shard: string, samples: readonly Sample[]): Promise<Result<boolean>> {
  const byService = [...Map.groupBy(samples, ({ subject }) => `${subject.service}/${subject.region ?? '-'}`).values()];
  let folds: Fold[] = [];
  const written = await updateHealth(ctx, shard, (known) => {
    folds = byService.flatMap((own) => foldService(ctx, known, own) ?? []);
    return folds.every(({ before, after }) => before !== null && sameToOthers(before, after)) ? null : folds.map(({ after }) => after);
  });
  if (!written.ok) return written;
  for (const { before, after } of folds) announce(ctx, before, after);
  return ok(folds.some(({ before, after }) => before?.health.status !== after.health.status));
}

/** What a service was before some samples of it, and is with them. */
interface Fold {
  before: ServiceState | null;
  after: ServiceState;
}

function foldService(ctx: StageContext, known: readonly ServiceState[], samples: readonly Sample[]): Fold | null {
  const first = samples[0];
  if (first === undefined) return null;
  const { service: name, region } = first.subject;
  const before = stateOf(known, name, region);
  const subject: Subject = before?.health.subject ?? (region === undefined ? { service: name } : { service: name, region });
  const service = ctx.config.services.find((candidate) => candidate.name === name);
  return { before, after: foldedState(ctx, subject, service, before, samples) };
}

function foldedState(
  ctx: StageContext,
  subject: Subject,
  service: Service | undefined,
  current: ServiceState | null,
  samples: readonly Sample[],
): ServiceState {
  const endpoints: Record<string, EndpointState> = { ...current?.endpoints };
  const isDeployed = Object.keys(service?.deployments ?? {}).length > 0;
  let at = current?.health.at ?? 0;
  for (const [name, looks] of Map.groupBy(samples, (sample) => sample.subject.endpoint ?? '-')) {
    const first = looks[0];
    if (first === undefined) continue;
    const weight = service?.endpoints.find((endpoint) => endpoint.name === name)?.weight ?? 1;
    const known = endpoints[name];
    // A delivery that comes late or twice says nothing new.
    if (known !== undefined && first.at <= known.at) continue;
    const look = lookOf(looks);
    const stepped = stepEndpoint(known, look, first.at, { weight, dimension: first.dimension }, ctx.config.thresholds);
    if (look.verdict === 'pass' && isDeployed) stepped.lately = rememberAnswer(known?.lately, first.at, look.responseMs);
    endpoints[name] = stepped;
    at = Math.max(at, first.at);
  }
  const health = serviceHealth(subject, endpoints, at, service?.dimensions);
  return { health, endpoints, since: current !== null && current.health.status === health.status ? current.since : at };
}

const refreshMs = 60_000;

/** A calm service is written once a minute, to show that it is still looked at; a table write costs money. */
function sameToOthers(a: ServiceState, b: ServiceState): boolean {
  if (a.health.status !== b.health.status || a.health.score !== b.health.score || b.health.at - a.health.at >= refreshMs) return false;
  for (const [name, state] of Object.entries(b.endpoints)) {
    const other = a.endpoints[name];
    if (other === undefined || other.status !== state.status || other.failures !== state.failures) return false;
    if (state.status === 'unhealthy' && other.successes !== state.successes) return false;
    if (state.last !== other.last || state.sickAddresses.join() !== other.sickAddresses.join()) return false;
  }
  return true;
}

function announce(ctx: StageContext, before: ServiceState | null, after: ServiceState): void {
  if (before?.health.status === after.health.status) return;
  if (before === null && after.health.status === 'unknown') return;
  ctx.ports.trace.record({
    kind: 'HealthChanged',
    subject: subjectKey(after.health.subject),
    data: { from: before?.health.status ?? 'unknown', to: after.health.status, score: after.health.score, observer: ctx.region },
    reason: after.health.reason,
  });
}

/** One view per traffic group and region: the worst status and the mean score of the group's services there. */
export function regionViews(ctx: StageContext, states: readonly ServiceState[]): RegionView[] {
  const views: RegionView[] = [];
  for (const group of ctx.config.trafficGroups) {
    const services = ctx.config.services.flatMap((service) => (service.trafficGroup === group.name ? [service.name] : []));
    const known = states.filter(({ health }) => services.includes(health.subject.service));
    for (const { name: region } of ctx.config.regions) {
      const here = known.filter(({ health }) => health.subject.region === region);
      if (here.length > 0) views.push(viewOfServices(group.name, region, here));
    }
  }
  return views;
}

function viewOfServices(group: string, region: string, states: readonly ServiceState[]): RegionView {
  const known = states.filter((state) => state.health.status !== 'unknown');
  const worst = known.reduce<ServiceState | undefined>(
    (a, b) => (a === undefined || worse(a.health.status, b.health.status) !== a.health.status ? b : a),
    undefined,
  );
  const endpoints = known.flatMap((state) => Object.values(state.endpoints)).filter((state) => state.responseMs > 0);
  return {
    group,
    region,
    status: worst?.health.status ?? 'unknown',
    score: known.length === 0 ? 0 : known.reduce((sum, state) => sum + state.health.score, 0) / known.length,
    responseMs: endpoints.length === 0 ? 0 : endpoints.reduce((sum, state) => sum + state.responseMs, 0) / endpoints.length,
    since: worst?.since ?? 0,
    reason: worst?.health.reason ?? 'no service of the group has a verdict here',
  };
}
