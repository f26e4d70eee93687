import { lastRelease, whyNotToBlame } from '../../knowledge/releases.ts';
import { failed, ok, type Target } from '../../model/index.ts';
import { once, step, twice } from '../step.ts';
import type { Remedy } from './remedy.ts';

/**
 * Back to the previous release. Gates: the current one was released within the release watch before the onset, and the previous one still
 * exists. Whether the other regions on the old version are well is asked of the observations, by the policy `releaseGate`.
 */
export const rollback: Remedy = async (ctx, incident) => {
  const { service, region } = incident.subject;
  if (region === undefined || region !== ctx.region) return failed('refused', `${service} is rolled back from its own region`);
  const target: Target = { service, region };
  const last = await lastRelease(ctx, target);
  if (!last.ok) return last;
  const { release: current, previous, at } = last.value;
  if (previous === null) return failed('refused', `no previous release of ${service} in ${region} exists`);
  const onsetAt = incident.onsetAt ?? incident.openedAt;
  const innocent = whyNotToBlame(last.value, onsetAt, ctx.config.policies.releaseWatch.seconds);
  if (innocent !== null) return failed('refused', `no rollback of ${service} in ${region}: ${innocent}`);
  const ageSeconds = Math.max(0, (onsetAt - at) / 1000);
  return ok({
    action: 'rollback',
    target,
    capacityOutShare: 0,
    steps: [
      step('stage-1', 'set-release', { target: { service, region }, release: previous.id }, once(600), {
        kind: 'restore-release',
        verify: once(600),
      }),
      step('recover', 'confirm-recovery', { service, region }, twice(240)),
    ],
    reason: `roll ${service} in ${region} back from ${current.version} (released ${Math.round(ageSeconds)} s before) to ${previous.version}: ${incident.cause}`,
  });
};
