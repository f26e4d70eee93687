import * as z from 'zod';
import { findService } from '../../config/derive.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { failed, ok, type Step, type Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { deadBand, leavesDeadBand, partWay, type Shares, type Site, sharesWithout, weightsOf } from '../distribution.ts';
import { once, step, twice } from '../step.ts';
import type { Remedy } from './remedy.ts';
import { sitesOf } from './shift-sites.ts';

const callMs = 8_000;

const Args = z.object({
  /** Share of the region's traffic that leaves it. */
  share: z.number().gt(0).max(1).default(0.5),
  /** 0: at once. Otherwise this share more with each stage of a minute. */
  rampShare: z.number().min(0).max(1).default(0),
});

/**
 * Moves a share of a region's traffic to the other regions of its group by weights: at once, or in a ramp. How it is spread is proposed from
 * health, capacity, latency and cost. A control-plane move: graceful.
 */
export const shift: Remedy = async (ctx, incident, rawArgs) => {
  const { share, rampShare } = Args.parse(rawArgs);
  const { service, region } = incident.subject;
  const group = findService(ctx.config, service)?.trafficGroup;
  if (region === undefined || group === undefined)
    return failed('refused', `${service} has no traffic group whose weights could be shifted`);
  const routing = ctx.config.trafficGroups.find((each) => each.name === group)?.records.every((record) => record.routing === 'weighted');
  if (routing !== true) return failed('refused', `the records of ${group} are not weighted`);
  const now = await ctx.ports.traffic.shares(group, within(ctx.ports.clock, callMs));
  if (!now.ok) return now;
  const { weights } = now.value;
  const sites = await sitesOf(ctx, group, region, weights);
  const receivers = sites.map((site) => site.region).filter((name) => name !== region);
  if (receivers.length === 0) return failed('refused', `no other region of ${group} is answered with and healthy: nobody can take a share`);
  const proposed = sharesWithout(sites, region, share);
  if (proposed === null)
    return failed('refused', `the units of ${receivers.join(', ')} have no room for ${percent(share)} of what ${region} serves`);
  if (!leavesDeadBand(sites, proposed)) return failed('refused', `no region's share would change by more than ${percent(deadBand)}`);
  const target: Target = { service, region, group };
  const stages = rampShare === 0 ? 1 : Math.ceil(share / rampShare);
  const progress = (stage: number) => (stage === stages ? 1 : (stage * rampShare) / share);
  return ok({
    action: 'shift',
    target,
    capacityOutShare: 0,
    steps: [
      ...Array.from({ length: stages }, (_, index) => {
        const wanted = weightsOf(weights, partWay(sites, proposed, progress(index + 1)));
        const undo = { kind: 'restore-weights', verify: once(180) };
        return step(`stage-${index + 1}`, 'set-weights', { group, weights: wanted }, once(180), undo);
      }),
      ...originStep(ctx, group, region, share, receivers, stages + 1),
      step('recover', 'confirm-recovery', { service, region }, twice(240)),
    ],
    reason: `shift ${percent(share)} of ${group} from ${region}${stages > 1 ? ` in ${stages} stages` : ''}, ${wordsOf(sites, proposed)}: ${incident.cause}`,
  });
};

/** From this share on a distribution that prefers the region's origin is asked to prefer the other one. */
const originShare = 0.5;

/** The distribution in front of the group follows, where it has an origin in a region that can take it. Its order knows no shares. */
function originStep(ctx: StageContext, group: string, from: string, share: number, fit: readonly string[], stage: number): Step[] {
  const { originGroup, origins = {} } = ctx.config.trafficGroups.find((each) => each.name === group)?.cloudFront ?? {};
  const to = Object.keys(origins).find((region) => region !== from && fit.includes(region));
  if (originGroup === undefined || origins[from] === undefined || to === undefined || share < originShare) return [];
  return [step(`stage-${stage}`, 'prefer-origin', { group, to }, once(600), { kind: 'restore-origin', verify: once(400) })];
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function wordsOf(sites: readonly Site[], proposed: Shares): string {
  return sites
    .map(({ region, share, health, responseMs }) => {
      const figures = responseMs === 0 ? '' : ` (health ${health.toFixed(2)}, ${Math.round(responseMs)} ms)`;
      return `${region} ${percent(share)} to ${percent(proposed[region] ?? 0)}${figures}`;
    })
    .join(', ');
}
