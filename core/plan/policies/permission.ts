import { killSwitch, pauseSwitch } from '../../model/index.ts';
import { allow, type Policy, refuse, serviceOf } from './policy.ts';
import { windowAt } from './windows.ts';

/** Kill, pause and freeze; one that cannot be read counts as on. Kill and pause do not hold back a person who breaks the glass. */
export const switches: Policy = (_ctx, question) => {
  const { orderedBy } = question.incident;
  for (const [name, state] of Object.entries(question.switches)) {
    if (orderedBy !== undefined && (name === killSwitch || name === pauseSwitch)) continue;
    if (state === 'unreadable') return refuse('switches', `the switch ${name} cannot be read: no new action starts`);
    if (state?.on === true) return refuse('switches', `${name} is on, by ${state.by}: ${state.reason}`);
  }
  return allow(
    'switches',
    orderedBy === undefined ? 'neither kill, pause nor freeze is on' : `${orderedBy} breaks the glass, and no freeze is on`,
  );
};

/** By severity and tier; a maintenance window may allow more. */
export const allowedActions: Policy = (ctx, question) => {
  const { incident, action, now } = question;
  const tier = `tier${serviceOf(ctx, question)?.tier ?? 3}` as const;
  const allowed = ctx.config.policies.allowedActions[incident.severity][tier];
  const what = `a ${incident.severity} incident of ${tier}`;
  if (allowed.includes(action)) return allow('allowedActions', `${action} is allowed for ${what}`);
  const window = windowAt(
    ctx.config.policies.maintenanceWindows.filter((each) => each.allow.includes(action)),
    now,
  );
  if (window !== null)
    return allow('allowedActions', `the maintenance window ${window.name} (${window.from}–${window.to} UTC) allows ${action}`);
  return refuse('allowedActions', `${action} is not allowed for ${what}; allowed are ${allowed.join(', ')}`);
};

/** In peak hours only what is of low risk; a failover is not put off, for the region that it leaves serves nobody. */
export const peakHours: Policy = (ctx, { action, now }) => {
  const { peakHours: peaks, lowRiskActions, maintenanceWindows } = ctx.config.policies;
  const peak = windowAt(peaks, now);
  if (peak === null) return allow('peakHours', 'it is not peak time');
  const when = `peak hours ${peak.name} (${peak.from}–${peak.to} UTC)`;
  if (action === 'failover' || lowRiskActions.includes(action)) return allow('peakHours', `${action} is allowed in ${when}`);
  const window = windowAt(
    maintenanceWindows.filter((each) => each.allow.includes(action)),
    now,
  );
  return window === null
    ? refuse('peakHours', `${when} allow only low-risk actions (${lowRiskActions.join(', ')}), not ${action}`)
    : allow('peakHours', `the maintenance window ${window.name} allows ${action} in ${when}`);
};

/** Where the data of a service may be: regulated regions bound the targets. */
export const residency: Policy = (ctx, { incident, to }) => {
  if (to === undefined) return allow('allowedRegions', 'no traffic changes its region');
  const bound = ctx.config.services.filter((service) => service.trafficGroup === incident.group && service.allowedRegions !== undefined);
  const against = bound.find((service) => service.allowedRegions?.includes(to) !== true);
  return against === undefined
    ? allow('allowedRegions', `${to} may hold the data of every service of the group`)
    : refuse('allowedRegions', `${against.name} may not run in ${to}; allowed are ${against.allowedRegions?.join(', ')}`);
};
