import { dependenciesOf, findService, regionsOfGroup } from '../../config/derive.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { allow, type Policy, percent, refuse, serviceOf } from './policy.ts';

/** Never zero serving regions by our hand: another region of the group must be answered with, and not more than allowed be drained. */
export const lastRegion: Policy = (ctx, { action, incident, target, standings, answers, to }) => {
  const { group } = target;
  if (action !== 'failover' || group === undefined) return allow('lastRegion', 'no region is drained');
  const { regionsDrainedMax } = ctx.config.policies.budgets;
  const known = standings
    .filter((each) => each.group === group && each.drained && each.region !== target.region)
    .map((each) => each.region);
  const out = [...new Set([...known, ...leftOut(ctx, group, answers)])].filter((region) => region !== target.region);
  const others = answers?.filter((region) => region !== target.region) ?? null;
  if (others !== null && others.length === 0 && to === undefined)
    return refuse('lastRegion', `${target.region} is the last region that ${group} is answered with`);
  if (out.length >= regionsDrainedMax)
    return refuse(
      'lastRegion',
      `${out.join(', ')} ${out.length === 1 ? 'is' : 'are'} drained of ${group} already; ${regionsDrainedMax} at once are allowed`,
    );
  return allow(
    'lastRegion',
    `${others?.join(', ') || to || 'others'} serve${others?.length === 1 ? 's' : ''} ${group} without ${incident.subject.region}`,
  );
};

/** A region that was cut off while it was drained has not heard of it; where every region is answered with, the answers say so. */
function leftOut({ config }: StageContext, group: string, answers: readonly string[] | null): string[] {
  const records = config.trafficGroups.find((each) => each.name === group)?.records ?? [];
  const allAnswer = records.length > 0 && records.every(({ routing }) => routing === 'weighted' || routing === 'multivalue');
  if (!allAnswer || answers === null || answers.length === 0) return [];
  const weightless = (region: string) => records.every((each) => each.regions[region]?.weight === 0);
  return regionsOfGroup(config, group).filter((region) => !answers.includes(region) && !weightless(region));
}

/** Actions that take units out. */
const takesUnits: ReadonlySet<string> = new Set(['restart', 'eject']);

export const minimumHealth: Policy = (ctx, { action, target, capacity, capacityOutShare }) => {
  if (!takesUnits.has(action)) return allow('minimumHealth', 'no unit is taken out');
  if (capacity === null) return refuse('minimumHealth', `the units of ${target.service} in ${target.region} cannot be seen`);
  const minimum = findService(ctx.config, target.service)?.deployments[target.region]?.minUnits ?? 1;
  const well = capacity.units.filter((unit) => unit.healthy && !unit.ejected).length;
  const sick = capacity.units.filter((unit) => !unit.healthy || unit.ejected).length;
  // Units that are sick already are taken out first and cost nothing.
  const out = Math.max(0, Math.round(capacityOutShare * capacity.units.length) - sick);
  const figures = `${well} healthy units of ${target.service}, ${out} of them taken out, ${minimum} are the minimum`;
  return well - out < minimum ? refuse('minimumHealth', figures) : allow('minimumHealth', figures);
};

/** A busy system gets no heavy action: a restart or a script costs what it does not have. */
export const heavy: Policy = (ctx, { action, cpuShare, target }) => {
  const most = ctx.config.thresholds.cpuShare;
  if (!ctx.config.policies.heavyActions.includes(action)) return allow('heavyActions', `${action} is not heavy`);
  if (cpuShare === null) return allow('heavyActions', `nothing measures the CPU of ${target.service}`);
  return cpuShare > most
    ? refuse(
        'heavyActions',
        `CPU of ${target.service} in ${target.region} is ${percent(cpuShare)}; above ${percent(most)} there is no ${action}`,
      )
    : allow('heavyActions', `CPU is ${percent(cpuShare)}, ${percent(most)} or less is asked of a heavy action`);
};

/** What suffers from a sick dependency is not remediated, the dependency is; traffic may still be moved away, and load be shed. */
const helpsVictims: ReadonlySet<string> = new Set(['failover', 'shift', 'degrade', 'protect']);

export const victims: Policy = (ctx, question) => {
  const { action, incident, states } = question;
  const service = serviceOf(ctx, question);
  const region = incident.subject.region;
  if (service === undefined || region === undefined || helpsVictims.has(action))
    return allow('victims', `${action} is no repair of a victim`);
  for (const { service: name, hard } of dependenciesOf(service)) {
    const state = states.find((each) => each.health.subject.service === name && each.health.subject.region === region);
    if (hard && state?.health.status === 'unhealthy')
      return refuse(
        'victims',
        `${service.name} is a victim of ${name}, which is unhealthy (score ${state.health.score.toFixed(2)}): ${state.health.reason}`,
      );
  }
  return allow('victims', `everything that ${service.name} depends on is well`);
};

export const breaker: Policy = (_ctx, { breakers }) => {
  const shut = breakers.find((each) => !each.admitted);
  return shut === undefined
    ? allow('breaker', breakers.map((each) => `${each.name}: ${each.reason}`).join(', ') || 'no breaker')
    : refuse('breaker', `the breaker ${shut.name} is ${shut.reason}`);
};

/** A release is to blame only when regions on the old version are well; one that has released the same lately tells nothing. */
export const releaseGate: Policy = (_ctx, { action, target, views, released }) => {
  if (action !== 'rollback') return allow('releaseGate', 'no release is taken back');
  const others = views.filter((view) => view.region !== target.region && view.status !== 'unknown' && !released.includes(view.region));
  const well = others.filter((view) => view.status !== 'unhealthy').length;
  const figures = `${well} of ${others.length} views of other regions on the old version are well`;
  return others.length > 0 && well === 0
    ? refuse('releaseGate', `${figures}: what is wrong there is not this release`)
    : allow('releaseGate', others.length === 0 ? 'no other region on the old version to compare with' : figures);
};
