import type { Config, Deployment } from '../config/schema.ts';
import type { Incident, Json, Step, Target, Verification } from '../model/index.ts';

/** A service of the group with how many units the target region has to run before it takes the traffic. */
interface Need {
  target: Target;
  desired: number;
  reason: string;
}

export interface FailoverDraft {
  steps: Step[];
  needs: Need[];
  reason: string;
}

/**
 * Units that `to` must run to carry what the impaired region carried besides its own: baseline plus baseline, translated by what one
 * unit serves, within the deployment's and the policy's ceiling. The impaired region is not asked: it may not answer, or lie.
 */
function neededUnits(config: Config, impaired: Deployment | undefined, target: Deployment): { desired: number; wanted: number } {
  const ratio =
    impaired?.unitCapacityPerSecond !== undefined && target.unitCapacityPerSecond !== undefined
      ? impaired.unitCapacityPerSecond / target.unitCapacityPerSecond
      : 1;
  const wanted = target.baselineUnits + Math.ceil((impaired?.baselineUnits ?? 0) * ratio);
  const ceiling = Math.min(target.maxUnits, config.policies.ceilingUnits);
  return { desired: Math.max(target.baselineUnits, Math.min(wanted, ceiling)), wanted };
}

/** The steps of DESIGN §4's failover for one traffic group. */
export function draftFailover(config: Config, incident: Incident, group: string, from: string, to: string, quorum: number): FailoverDraft {
  const services = config.services.filter((service) => service.trafficGroup === group);
  const needs = services.flatMap((service): Need[] => {
    const target = service.deployments[to];
    if (target === undefined) return [];
    const { desired, wanted } = neededUnits(config, service.deployments[from], target);
    const reason = `${service.name} ${desired} units${wanted > desired ? ` (${wanted} wanted, ${desired} is the ceiling)` : ''}`;
    return [{ target: { service: service.name, region: to }, desired, reason }];
  });
  const databases = services.flatMap((service) => {
    const database = service.deployments[to]?.database;
    return database === undefined || database.kind === 'dynamodb-global'
      ? []
      : [{ id: database.id, lagSecondsMax: database.replicaLagSecondsMax }];
  });
  const wanted = needs.map(({ target: { service, region }, desired }) => ({ target: { service, region }, desired }));
  const changes = wanted.map(({ target, desired }) => ({ target, change: { kind: 'count', desired } }));
  const drainArgs = { group, subject: from, quorum };
  const carrier = config.trafficGroups.find((each) => each.name === group)?.carrier ?? 'metric';
  const drainSeconds = carrier === 'metric' ? 300 : 120;
  const bakeSeconds = config.policies.bakeSeconds;
  const steps: Step[] = [
    step('claim', 'claim-grants', drainArgs, once(45), step('claim-undo', 'withdraw-drain', drainArgs, twice(drainSeconds))),
    step('preflight', 'preflight', { group, subject: from, to, needs: wanted, databases }, once(60)),
    step('pre-scale', 'change-capacity', { changes }, once(300), step('pre-scale-undo', 'restore-capacity', { changes }, once(300))),
    step('capacity', 'confirm-capacity', { needs: wanted }, once(60)),
    step('drain', 'request-drain', drainArgs, twice(drainSeconds), step('drain-undo', 'withdraw-drain', drainArgs, twice(drainSeconds))),
    step('prove', 'prove', { group, to }, twice(120)),
    step('bake', 'bake', { group, to, seconds: bakeSeconds }, once(bakeSeconds + 120)),
  ];
  return {
    steps,
    needs,
    reason: `${group} leaves ${from} for ${to}: ${incident.cause}; ${needs.map((need) => need.reason).join(', ') || 'no capacity to prepare'}`,
  };
}

const once = (deadlineSeconds: number): Verification => ({ k: 1, n: 1, deadlineSeconds, vantages: 1 });
const twice = (deadlineSeconds: number): Verification => ({ k: 2, n: 3, deadlineSeconds, vantages: 2 });

function step(id: string, kind: string, args: { [key: string]: Json }, verify: Verification, undo: Step | null = null): Step {
  return { id, kind, args, verify, undo, irreversible: false };
}
