import { failed, ok, type Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { once, step, twice } from '../step.ts';
import type { Remedy } from './remedy.ts';

const callMs = 8_000;

/**
 * Back to the previous release. Gates: the current one was released within the release watch before the onset, and the previous one still
 * exists. Whether the other regions on the old version are well is asked of the observations, by the policy `releaseGate`.
 */
export const rollback: Remedy = async (ctx, incident) => {
  const { service, region } = incident.subject;
  if (region === undefined || region !== ctx.region) return failed('refused', `${service} is rolled back from its own region`);
  const target: Target = { service, region };
  const history = await ctx.ports.releases.history(target, within(ctx.ports.clock, callMs));
  if (!history.ok) return history;
  const [current, ...older] = history.value;
  const previous = older.find((release) => release.state === 'previous');
  if (current === undefined || previous === undefined) return failed('refused', `no previous release of ${service} in ${region} exists`);
  const ageSeconds = (incident.openedAt - current.at) / 1000;
  if (ageSeconds > ctx.config.policies.releaseWatch.seconds)
    return failed(
      'refused',
      `the last release of ${service} is ${Math.round(ageSeconds / 60)} min old; a rollback answers releases within ${ctx.config.policies.releaseWatch.seconds / 60} min before`,
    );
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
