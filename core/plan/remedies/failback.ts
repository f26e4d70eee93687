import { servicesOfGroup } from '../../config/derive.ts';
import { quorumOf } from '../../config/votes.ts';
import { failed, JsonObject, ok, type Step, type Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { once, step, twice } from '../step.ts';
import type { Remedy } from './remedy.ts';

const callMs = 8_000;
/** Shares of its usual weight with which a region comes back, where weights can be set. */
const stages = [0.1, 0.5, 1];
const weightMax = 255;

/**
 * The way back, which only a person starts: the old region has been well for long enough, its units run again, then traffic returns — in
 * stages where the records are weighted, at once where they are not — and is watched. Executed in the region that comes back.
 */
export const failback: Remedy = async (ctx, incident) => {
  const { group } = incident;
  const region = incident.subject.region;
  if (group === undefined || region === undefined) return failed('refused', `${incident.id} is not about a region of a traffic group`);
  if (region !== ctx.region) return failed('refused', `the failback of ${region} is run from ${region}, not from ${ctx.region}`);
  const target: Target = { service: incident.subject.service, region, group };
  const { bakeSeconds, failback: policy } = ctx.config.policies;
  const votes = { group, subject: region, quorum: quorumOf(ctx.config.regions.length) };
  const back = step('return', 'return-traffic', votes, twice(300), { kind: 'drain-again', verify: twice(300) });
  const records = ctx.config.trafficGroups.find((each) => each.name === group)?.records ?? [];
  const weighted = records.length > 0 && records.every((record) => record.routing === 'weighted');
  const shares = weighted ? await ctx.ports.traffic.shares(group, within(ctx.ports.clock, callMs)) : null;
  if (shares !== null && !shares.ok) return shares;
  const ramp = shares === null ? [back] : staged(group, region, shares.value.weights, back);
  const changes = servicesOfGroup(ctx.config, group).flatMap((service) => {
    const deployment = service.deployments[region];
    if (deployment === undefined || deployment.kind === 'lambda') return [];
    return [{ target: { service: service.name, region }, change: { kind: 'count', desired: deployment.baselineUnits } }];
  });
  const capacity = step('capacity', 'change-capacity', JsonObject.parse({ changes }), once(420), {
    kind: 'restore-capacity',
    verify: once(420),
  });
  const numbered = [...(changes.length === 0 ? [] : [capacity]), ...ramp].map((each, index) => renamed(each, `stage-${index + 1}`));
  return ok({
    action: 'failback',
    target,
    to: region,
    capacityOutShare: 0,
    steps: [
      step('proven', 'confirm-proven', { group, region, seconds: policy.provenSeconds }, once(120)),
      ...numbered,
      step('recover', 'bake', { group, to: region, seconds: bakeSeconds }, once(bakeSeconds + 180)),
    ],
    reason: `${group} returns to ${region}${shares === null ? '' : ` in stages of ${stages.map((share) => `${share * 100} %`).join(', ')}`}: ${incident.cause}`,
  });
};

/** The weight is taken down while the region is still drained, the votes are withdrawn, then the weight goes up again stage by stage. */
function staged(group: string, region: string, weights: Record<string, number>, back: Step): Step[] {
  const own = weights[region] ?? 0;
  // Weights are whole numbers: enough of them that a tenth of the own one can be told.
  const factor = Math.max(1, Math.floor(weightMax / Math.max(1, ...Object.values(weights))));
  const at = (share: number) =>
    Object.fromEntries(
      Object.entries(weights).map(([name, weight]) => [
        name,
        name === region ? Math.max(1, Math.round(own * factor * share)) : weight * factor,
      ]),
    );
  const set = (share: number): Step =>
    step(`share-${share}`, 'set-weights', { group, weights: share === 1 ? weights : at(share) }, once(240), {
      kind: 'restore-weights',
      verify: once(240),
    });
  const [first, ...rest] = stages.map(set);
  return [...(first === undefined ? [] : [first]), back, ...rest];
}

function renamed(each: Step, id: string): Step {
  return { ...each, id, undo: each.undo === null ? null : { ...each.undo, id: `${id}-undo` } };
}
