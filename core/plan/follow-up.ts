import type { TrafficGroup } from '../config/schema.ts';
import type { StageContext } from '../config/stage-context.ts';
import { rankCandidates } from '../knowledge/candidates.ts';
import { nextServiceEpoch } from '../knowledge/epochs.ts';
import { readObservations } from '../knowledge/observations.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { type Message, type Outcome, targetKey } from '../model/index.ts';
import { startFollowUp } from './order-run.ts';
import type { Draft } from './remedies/remedy.ts';
import { once, step, twice } from './step.ts';

/**
 * After a proven failover or failback the distribution in front of the group follows (DESIGN §2 and §4): a run of its own with a proof and an
 * undo of its own, in functions that may change distributions and that no failover runs in. Best effort: whatever becomes of it, what
 * it follows stands. Started where that ended, and once, however often the outcome is told.
 */
export async function followTraffic(given: StageContext, message: Message): Promise<void> {
  if (message.type !== 'OutcomeRecorded' || message.from !== given.region) return;
  const ctx = patientTables(given);
  const outcome = message.body;
  const { action, state, target } = outcome;
  if (state !== 'verified' || (action !== 'failover' && action !== 'failback')) return;
  const group = ctx.config.trafficGroups.find((each) => each.name === target.group);
  if (group?.cloudFront?.originGroup === undefined) return;
  const to = await originFor(ctx, outcome, group.name, Object.keys(group.cloudFront.origins));
  if (to === undefined) return;
  const epoch = await nextServiceEpoch(ctx, target.service);
  if (!epoch.ok) return;
  const draft = draftOf(ctx, outcome, group.name, group.cloudFront.distributionId, to);
  const started = await startFollowUp(ctx, draft, outcome, epoch.value);
  if (started.ok || started.code === 'conflict') return;
  ctx.ports.trace.record({
    kind: 'PolicyRefused',
    subject: targetKey(draft.target),
    incident: outcome.incidentId,
    data: { incident: outcome.incidentId, policy: 'switches', action: draft.action, target: targetKey(draft.target) },
    reason: `the distribution of ${group.name} is left as it is: ${started.reason}`,
  });
}

/** The best region with an origin besides the one that was left; the region that came back, where it is the one that is usually preferred. */
async function originFor(ctx: StageContext, outcome: Outcome, group: string, origins: readonly string[]): Promise<string | undefined> {
  const { region } = outcome.target;
  if (!origins.includes(region)) return undefined;
  if (outcome.action === 'failback') return origins[0] === region ? region : undefined;
  const seen = await readObservations(ctx.ports);
  if (!seen.ok) return undefined;
  const staleness = ctx.config.thresholds.quorumStalenessSeconds;
  return rankCandidates(group, region, origins, seen.value, ctx.ports.clock.now(), staleness)[0]?.region;
}

/** The target is the distribution, by its own name: neither lease, freeze nor bulkhead of the services is taken while it is deployed. */
function draftOf(ctx: StageContext, { action, target, planId }: Outcome, group: string, distribution: string, to: string): Draft {
  const follow = step('stage-1', 'prefer-origin', { group, to, mustRead: true }, once(600), { kind: 'restore-origin', verify: once(400) });
  return {
    action: 'shift',
    target: { service: distribution, region: ctx.region },
    to,
    capacityOutShare: 0,
    steps: [follow, step('recover', 'prove', { group, to }, twice(120))],
    reason: `the distribution of ${group} follows the ${action} of ${target.region} to ${to} (${planId})`,
  };
}

/** A distribution as the target of a run, in every region that may run it. */
export function distributionTargets({ cloudFront }: TrafficGroup, regions: readonly string[]): string[] {
  return cloudFront?.originGroup === undefined ? [] : regions.map((region) => `${cloudFront.distributionId}/${region}`);
}
