import * as z from 'zod';
import { failed, ok, type Step, type Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { openIncidentOf } from '../open-incident.ts';
import { once, step, twice } from '../step.ts';
import type { Remedy } from './remedy.ts';

const callMs = 8_000;
/** Shares of the callers that get the new release, one after the other; the judge speaks between them. */
const stages = [0.05, 0.25, 0.5, 1];
/** How long the judge may take at a share; inconclusive, it gets as long again. */
const windowSeconds = 900;

const Args = z.object({ release: z.string() });

/**
 * A release of a Lambda alias to 5, 25, 50 and 100 % of its callers, which only a person starts. Between the stages the canary judge
 * compares it with the release that the other callers get at the same time.
 */
export const rollout: Remedy = async (ctx, incident, rawArgs) => {
  const { release } = Args.parse(rawArgs);
  const { service, region } = incident.subject;
  if (region === undefined || region !== ctx.region) return failed('refused', `${service} is rolled out from its own region`);
  const target: Target = { service, region };
  const split = await ctx.ports.releases.split(target, within(ctx.ports.clock, callMs));
  if (!split.ok) return split;
  const { stable, canary, share } = split.value;
  if (canary !== null) return failed('refused', `${share * 100} % of the callers of ${service} get ${canary} already: end that first`);
  if (stable === release) return failed('refused', `all callers of ${service} in ${region} get ${release} already`);
  const history = await ctx.ports.releases.history(target, within(ctx.ports.clock, callMs));
  if (!history.ok) return history;
  const known = history.value.map((each) => each.id);
  if (!known.includes(release))
    return failed('refused', `${service} has no release ${JSON.stringify(release)} in ${region}; there are ${known.join(', ')}`);
  const sick = await openIncidentOf(ctx, target);
  if (!sick.ok) return sick;
  if (sick.value !== null) return failed('refused', `${sick.value.id} is ${sick.value.state}: nothing is rolled out into trouble`);
  return ok({
    action: 'rollout',
    target,
    capacityOutShare: 0,
    steps: [
      ...stages.flatMap((each, index) => stageOf({ target: { service, region }, stable, release, share: each }, index + 1)),
      step('recover', 'confirm-recovery', { service, region }, twice(240)),
    ],
    reason: `roll ${release} of ${service} out in ${region} to ${stages.map((each) => `${each * 100} %`).join(', ')} of the callers, who get ${stable} now: ${incident.cause}`,
  });
};

/** At 100 % there is nobody left to compare with: the release watch goes on as with any release. */
function stageOf(
  args: { target: { service: string; region: string }; stable: string; release: string; share: number },
  stage: number,
): Step[] {
  const shift = step(`stage-${stage}`, 'set-share', args, once(120), { kind: 'return-share', verify: once(120) });
  if (args.share === 1) return [shift];
  return [shift, step(`judge-${stage}`, 'confirm-canary', { ...args, windowSeconds }, once(2 * windowSeconds))];
}
