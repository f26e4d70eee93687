import { isRunning, type Run, targetKey } from '../../model/index.ts';
import { allow, type Policy, percent, refuse } from './policy.ts';

const hourMs = 3_600_000;

/**
 * What is rationed on a target is how often it is answered, not how many levels an answer takes: a playbook that was begun goes on to its
 * end, for the level that would have helped is as likely the third as the first (its own attempts and the responder's twelve moves bound
 * it). So a target's budget counts the incidents of the last hour that were acted on. What is rationed in all are actions.
 */
export const budgets: Policy = (ctx, { incident, target, now, runs }) => {
  const { perTargetPerHour, globalPerHour } = ctx.config.policies.budgets;
  const recent = runs.filter((run) => now - run.startedAt < hourMs && run.state !== 'refused');
  const same = recent.filter((run) => targetKey(run.target) === targetKey(target) && run.incidentId !== incident.id);
  const answered = new Set(same.map((run) => run.incidentId)).size;
  if (answered >= perTargetPerHour)
    return refuse(
      'budgets',
      `${answered} incidents of ${targetKey(target)} were answered in the last hour; ${perTargetPerHour} are allowed`,
    );
  if (recent.length >= globalPerHour) return refuse('budgets', `${recent.length} actions in the last hour; ${globalPerHour} are allowed`);
  return allow(
    'budgets',
    `${answered} of ${perTargetPerHour} other incidents of the target were answered, ${recent.length} of ${globalPerHour} actions made in all, in the last hour`,
  );
};

/** Flaps that are still remembered. */
const flapMemoryMs = 24 * hourMs;
const flapsMax = 6;

/**
 * After an action the target is left alone for cooldownSeconds · flapPenaltyFactor^flaps, where a flap is every further incident of the
 * target within a day that was acted on; at most six count. The levels of one incident are one answer and do not wait for each other.
 * Scaling ahead of demand waits like any other action, but it is no flap — nothing broke — and what does break does not wait for it.
 */
export const cooldown: Policy = (ctx, { incident, target, now, runs, incidents }) => {
  const { cooldownSeconds, flapPenaltyFactor } = ctx.config.policies;
  const ahead = new Set(incidents.filter((each) => each.alert === 'capacity-forecast').map((each) => each.id));
  const others = runs.filter(
    (run) =>
      targetKey(run.target) === targetKey(target) &&
      run.incidentId !== incident.id &&
      (ahead.has(incident.id) || !ahead.has(run.incidentId)) &&
      run.state !== 'refused' &&
      now - (run.endedAt ?? run.startedAt) < flapMemoryMs,
  );
  const last = others.reduce<Run | null>((a, b) => (a === null || endOf(b) > endOf(a) ? b : a), null);
  if (last === null) return allow('cooldown', `${targetKey(target)} was not acted on for another incident today`);
  const broken = new Set(others.map((run) => run.incidentId).filter((id) => !ahead.has(id)));
  const flaps = Math.min(flapsMax, Math.max(0, broken.size - 1));
  const wanted = cooldownSeconds * flapPenaltyFactor ** flaps;
  const since = Math.round((now - endOf(last)) / 1000);
  const figures = `${last.action} of ${last.planId} ended ${since} s ago; the cooldown is ${wanted} s (${cooldownSeconds} s after ${flaps} flaps)`;
  return since < wanted ? refuse('cooldown', figures) : allow('cooldown', figures);
};

function endOf(run: Run): number {
  return run.endedAt ?? run.startedAt;
}

/** When incidents come in bursts only the first ones are answered by machines: a storm has a cause that nobody has named yet. */
export const storm: Policy = (ctx, { incident, incidents, now }) => {
  const { alarms, windowSeconds } = ctx.config.policies.storm;
  const burst = incidents.filter((each) => now - each.openedAt <= windowSeconds * 1000);
  if (burst.length <= alarms)
    return allow('storm', `${burst.length} incidents opened in ${windowSeconds} s; more than ${alarms} are a storm`);
  const first = burst.reduce((a, b) => (b.openedAt < a.openedAt || (b.openedAt === a.openedAt && b.id < a.id) ? b : a));
  return first.id === incident.id
    ? allow('storm', `${incident.id} is the first of a storm of ${burst.length}`)
    : refuse(
        'storm',
        `${burst.length} incidents opened in ${windowSeconds} s, more than ${alarms}: only the first, ${first.id}, is acted on`,
      );
};

/**
 * One service's storm takes no more of a region's remediation capacity (its functions, its machines) than its share, so that another
 * service's remedy finds room. Each region has its own: a load that grows everywhere is answered everywhere. What moves traffic is one
 * compartment over all regions, since it is one weight set and one set of answers that it changes.
 */
export const bulkhead: Policy = (ctx, { target, runs }) => {
  const { perServiceAtOnce } = ctx.config.policies.budgets;
  const shares = (run: Run) => run.holder === ctx.region || (run.target.group !== undefined && target.group !== undefined);
  const busy = runs.filter((run) => isRunning(run) && run.target.service === target.service && shares(run));
  return busy.length >= perServiceAtOnce
    ? refuse(
        'bulkhead',
        `${busy.length} actions on ${target.service} are under way (${busy[0]?.planId}); ${perServiceAtOnce} at once are allowed`,
      )
    : allow('bulkhead', `no other action on ${target.service} is under way`);
};

export const capacityOut: Policy = (ctx, { capacityOutShare, target }) => {
  const most = ctx.config.policies.budgets.capacityOutShareMax;
  return capacityOutShare > most
    ? refuse(
        'capacityOut',
        `${percent(capacityOutShare)} of the units of ${target.service} would be out at once; ${percent(most)} are allowed`,
      )
    : allow('capacityOut', `${percent(capacityOutShare)} of the units are out at once`);
};

const restartsPerHour = 2;

/** At most two restarts of a target in an hour, whatever the budget says: what two did not cure a third will not. */
export const restarts: Policy = (_ctx, { action, target, now, runs }) => {
  if (action !== 'restart') return allow('restarts', 'nothing is restarted');
  const done = runs.filter(
    (run) =>
      run.action === 'restart' && run.state !== 'refused' && now - run.startedAt < hourMs && targetKey(run.target) === targetKey(target),
  );
  return done.length >= restartsPerHour
    ? refuse('restarts', `${targetKey(target)} was restarted ${done.length} times in the last hour; ${restartsPerHour} are allowed`)
    : allow('restarts', `${done.length} of ${restartsPerHour} restarts in the last hour`);
};
