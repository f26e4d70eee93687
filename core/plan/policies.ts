import type { ActionName } from '../config/schema.ts';
import type { StageContext } from '../config/stage-context.ts';
import { queryStored, readStored } from '../knowledge/stored.ts';
import {
  freezeSwitch,
  type Incident,
  isRunning,
  killSwitch,
  type PolicyDecision,
  pauseSwitch,
  Run,
  Switch,
  storeKey,
  type Target,
  targetKey,
} from '../model/index.ts';

const runsMax = 500;
const hourMs = 3_600_000;

/** What a policy is asked: may this action be done to this target for this incident now? */
export interface PolicyQuestion {
  incident: Incident;
  action: ActionName;
  target: Target;
  /** The region that would take the traffic, for a failover. */
  to?: string;
  /** Share of the service's units that the action takes out at once. */
  capacityOutShare: number;
  now: number;
  /** Runs of the last hours, newest anywhere in the list. */
  runs: readonly Run[];
  switches: Readonly<Record<string, Switch | 'unreadable' | null>>;
}

type Policy = (ctx: StageContext, question: PolicyQuestion) => PolicyDecision;

const allow = (name: string, reason: string): PolicyDecision => ({ name, allowed: true, reason });
const refuse = (name: string, reason: string): PolicyDecision => ({ name, allowed: false, reason });

const switches: Policy = (_ctx, question) => {
  for (const [name, state] of Object.entries(question.switches)) {
    if (state === 'unreadable') return refuse('switches', `the switch ${name} cannot be read: no new action starts`);
    if (state?.on === true) return refuse('switches', `${name} is on, by ${state.by}: ${state.reason}`);
  }
  return allow('switches', 'neither kill, pause nor freeze is on');
};

const allowedActions: Policy = (ctx, { incident, action }) => {
  const service = ctx.config.services.find((each) => each.name === incident.subject.service);
  const tier = `tier${service?.tier ?? 3}` as const;
  const allowed = ctx.config.policies.allowedActions[incident.severity][tier];
  const what = `a ${incident.severity} incident of ${tier}`;
  return allowed.includes(action)
    ? allow('allowedActions', `${action} is allowed for ${what}`)
    : refuse('allowedActions', `${action} is not allowed for ${what}; allowed are ${allowed.join(', ')}`);
};

const residency: Policy = (ctx, { incident, to }) => {
  if (to === undefined) return allow('allowedRegions', 'no traffic changes its region');
  const bound = ctx.config.services.filter((service) => service.trafficGroup === incident.group && service.allowedRegions !== undefined);
  const against = bound.find((service) => service.allowedRegions?.includes(to) !== true);
  return against === undefined
    ? allow('allowedRegions', `${to} may hold the data of every service of the group`)
    : refuse('allowedRegions', `${against.name} may not run in ${to}; allowed are ${against.allowedRegions?.join(', ')}`);
};

const budgets: Policy = (ctx, { target, now, runs }) => {
  const { perTargetPerHour, globalPerHour } = ctx.config.policies.budgets;
  const recent = runs.filter((run) => now - run.startedAt < hourMs && run.state !== 'refused');
  const same = recent.filter((run) => targetKey(run.target) === targetKey(target));
  if (same.length >= perTargetPerHour)
    return refuse('budgets', `${same.length} actions on ${targetKey(target)} in the last hour; ${perTargetPerHour} are allowed`);
  if (recent.length >= globalPerHour) return refuse('budgets', `${recent.length} actions in the last hour; ${globalPerHour} are allowed`);
  return allow(
    'budgets',
    `${same.length} of ${perTargetPerHour} actions on the target, ${recent.length} of ${globalPerHour} in all, in the last hour`,
  );
};

const bulkhead: Policy = (ctx, { target, runs }) => {
  const { perServiceAtOnce } = ctx.config.policies.budgets;
  const busy = runs.filter((run) => isRunning(run) && run.target.service === target.service);
  return busy.length >= perServiceAtOnce
    ? refuse(
        'bulkhead',
        `${busy.length} actions on ${target.service} are under way (${busy[0]?.planId}); ${perServiceAtOnce} at once are allowed`,
      )
    : allow('bulkhead', `no other action on ${target.service} is under way`);
};

const capacityOut: Policy = (ctx, { capacityOutShare, target }) => {
  const most = ctx.config.policies.budgets.capacityOutShareMax;
  return capacityOutShare > most
    ? refuse(
        'capacityOut',
        `${Math.round(capacityOutShare * 100)} % of the units of ${target.service} would be out at once; ${Math.round(most * 100)} % are allowed`,
      )
    : allow('capacityOut', `${Math.round(capacityOutShare * 100)} % of the units are out at once`);
};

/** Every policy in the order in which a person would ask. All are asked, so that the plan tells them all. */
const policies: readonly Policy[] = [switches, allowedActions, residency, budgets, capacityOut, bulkhead];

export function askPolicies(ctx: StageContext, question: PolicyQuestion): PolicyDecision[] {
  return policies.map((policy) => policy(ctx, question));
}

/** Reads what the policies need to know. */
export async function policyFacts(ctx: StageContext, target: Target): Promise<Pick<PolicyQuestion, 'now' | 'runs' | 'switches'>> {
  const { store, clock } = ctx.ports;
  const names = [killSwitch, pauseSwitch, freezeSwitch(targetKey(target))];
  const read = await Promise.all(names.map((name) => readStored(store, clock, storeKey.switch(name), Switch)));
  const runs = await queryStored(store, clock, 'run#', runsMax, Run);
  return {
    now: clock.now(),
    runs: runs.ok ? runs.value : [],
    switches: Object.fromEntries(
      names.map((name, index) => [name, read[index]?.ok === true ? read[index].value.value : ('unreadable' as const)]),
    ),
  };
}
