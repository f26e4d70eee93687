import { failoverCandidates, findService, servicesOfGroup } from '../../config/derive.ts';
import type { Config, Deployment } from '../../config/schema.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { quorumOf } from '../../config/votes.ts';
import { readObservations } from '../../knowledge/observations.ts';
import { failed, type Incident, type JsonObject, ok, type Step, type Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { once, step, twice } from '../step.ts';
import { databaseStep } from './database-step.ts';
import type { Draft, Remedy } from './remedy.ts';

const callMs = 8_000;

/** A service of the group with how many units a region has to run before the traffic comes. */
interface Need {
  target: Target;
  desired: number;
  reason: string;
}

/**
 * Units that a region must run to carry `share` of what the impaired region carried besides its own: baseline plus baseline, translated
 * by what one unit serves, within the deployment's and the policy's ceiling. The impaired region is not asked: it may not answer, or lie.
 */
function neededUnits(
  config: Config,
  impaired: Deployment | undefined,
  target: Deployment,
  share: number,
): { desired: number; wanted: number } {
  const ratio =
    impaired?.unitCapacityPerSecond !== undefined && target.unitCapacityPerSecond !== undefined
      ? impaired.unitCapacityPerSecond / target.unitCapacityPerSecond
      : 1;
  const wanted = target.baselineUnits + Math.ceil((impaired?.baselineUnits ?? 0) * ratio * share);
  const ceiling = Math.min(target.maxUnits, config.policies.ceilingUnits);
  return { desired: Math.max(target.baselineUnits, Math.min(wanted, ceiling)), wanted };
}

/** The failover of DESIGN §4 for one traffic group, into the own region: whoever is activated executes. */
export const failover: Remedy = async (ctx, incident) => {
  const { group } = incident;
  const from = incident.subject.region;
  if (group === undefined || from === undefined) return failed('refused', `${incident.id} is not about a region of a traffic group`);
  if (from === ctx.region) return failed('refused', `${ctx.region} is the impaired region; the one that is activated executes`);
  const others = await receivers(ctx, group, from);
  // The region that executes is ready for all of it; the others, which are answered with besides, for their part.
  const needs = [
    ...needsOf(ctx.config, group, from, ctx.region, 1),
    ...others.flatMap((region) =>
      needsOf(ctx.config, group, from, region, 1 / (others.length + 1)).filter((need) => isCounted(ctx.config, need)),
    ),
  ];
  const changes = await Promise.all(needs.map((need) => changeFor(ctx, need)));
  const database = await databaseStep(ctx, group, from, ctx.region);
  if (!database.ok) return database;
  return ok(draftFailover(ctx.config, incident, group, from, ctx.region, { needs, changes, database: database.value }));
};

/** Regions besides the own one that get a part of the traffic: named by the answers now, heard, and not sick themselves. */
async function receivers(ctx: StageContext, group: string, from: string): Promise<string[]> {
  const { clock } = ctx.ports;
  const all = await readObservations(ctx.ports);
  if (!all.ok) return [];
  const staleMs = ctx.config.thresholds.quorumStalenessSeconds * 1000;
  const heard = all.value.filter((seen) => !seen.abstains && clock.now() - seen.at <= staleMs).map((seen) => seen.observer);
  const answered = all.value.find((seen) => seen.observer === ctx.region)?.traffic[group] ?? [];
  return failoverCandidates(ctx.config, group, from).filter(
    (region) => region !== ctx.region && answered.includes(region) && heard.includes(region),
  );
}

/** What another region can be asked for is a count; its functions scale by themselves. */
function isCounted(config: Config, { target }: Need): boolean {
  return findService(config, target.service)?.deployments[target.region]?.kind !== 'lambda';
}

/** A function's units are provisioned executions, its reservation stays as it is; everything else is a count. */
async function changeFor({ config, ports }: StageContext, { target, desired }: Need): Promise<JsonObject> {
  const to = { service: target.service, region: target.region };
  if (findService(config, target.service)?.deployments[target.region]?.kind !== 'lambda')
    return { target: to, change: { kind: 'count', desired } };
  const now = await ports.capacity.snapshot(target, within(ports.clock, callMs));
  const concurrency = now.ok ? now.value.concurrency : undefined;
  const provisioned = Math.max(desired, concurrency?.provisioned ?? 0);
  return { target: to, change: { kind: 'concurrency', provisioned, reserved: concurrency?.reserved ?? null } };
}

/** What has to be ready before the traffic comes. */
interface Preparation {
  needs: Need[];
  changes: JsonObject[];
  database: Step | null;
}

function draftFailover(
  config: Config,
  incident: Incident,
  group: string,
  from: string,
  to: string,
  { needs, changes, database }: Preparation,
): Draft {
  const wanted = needs.map(({ target: { service, region }, desired }) => ({ target: { service, region }, desired }));
  const by = incident.orderedBy;
  const drainArgs = { group, subject: from, quorum: quorumOf(config.regions.length), ...(by === undefined ? {} : { by }) };
  const carrier = config.trafficGroups.find((each) => each.name === group)?.carrier ?? 'metric';
  const drainSeconds = carrier === 'metric' ? 300 : 120;
  const withdraw = { kind: 'withdraw-drain', verify: twice(drainSeconds) };
  const { bakeSeconds } = config.policies;
  return {
    action: 'failover',
    target: { service: incident.subject.service, region: from, group },
    to,
    capacityOutShare: 0,
    steps: [
      step('claim', 'claim-grants', drainArgs, once(45), withdraw),
      step('preflight', 'preflight', { group, subject: from, to, needs: wanted, databases: databasesOf(config, group, to) }, once(60)),
      step('pre-scale', 'change-capacity', { changes }, once(300), { kind: 'restore-capacity', verify: once(300) }),
      step('capacity', 'confirm-capacity', { needs: wanted }, once(60)),
      ...(database === null ? [] : [database]),
      step('drain', 'request-drain', drainArgs, twice(drainSeconds), withdraw),
      step('prove', 'prove', { group, to }, twice(120)),
      step('bake', 'bake', { group, to, seconds: bakeSeconds }, once(bakeSeconds + 120)),
    ],
    reason: `${group} leaves ${from} for ${to}: ${incident.cause}; ${needs.map((need) => need.reason).join(', ') || 'no capacity to prepare'}`,
  };
}

function needsOf(config: Config, group: string, from: string, to: string, share: number): Need[] {
  return servicesOfGroup(config, group).flatMap((service): Need[] => {
    const target = service.deployments[to];
    if (target === undefined) return [];
    const { desired, wanted } = neededUnits(config, service.deployments[from], target, share);
    const reason = `${service.name} ${desired} units in ${to}${wanted > desired ? ` (${wanted} wanted, ${desired} is the ceiling)` : ''}`;
    return [{ target: { service: service.name, region: to }, desired, reason }];
  });
}

/** Databases with one writer, whose replica in the target has to be close; DynamoDB global tables write everywhere. */
function databasesOf(config: Config, group: string, to: string): { id: string; lagSecondsMax: number }[] {
  return servicesOfGroup(config, group).flatMap((service) => {
    const database = service.deployments[to]?.database;
    if (database === undefined || database.kind === 'dynamodb-global') return [];
    return [{ id: database.id, lagSecondsMax: database.replicaLagSecondsMax }];
  });
}
