import * as z from 'zod';
import type { StageContext } from '../../config/stage-context.ts';
import { readStored } from '../../knowledge/stored.ts';
import { failed, Observation, ok, type Step, storeKey, type Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { once, step, twice } from '../step.ts';
import type { Remedy } from './remedy.ts';

const callMs = 8_000;
const weightMax = 255;

const Args = z.object({
  /** Share of the region's traffic that leaves it. */
  share: z.number().gt(0).max(1).default(0.5),
  /** 0: at once. Otherwise this share more with each stage of a minute. */
  rampShare: z.number().min(0).max(1).default(0),
});

/** Moves a share of a region's traffic to the other regions of its group by weights: at once, or in a ramp. A control-plane move: graceful. */
export const shift: Remedy = async (ctx, incident, rawArgs) => {
  const args = Args.parse(rawArgs);
  const { service, region } = incident.subject;
  const group = ctx.config.services.find((each) => each.name === service)?.trafficGroup;
  if (region === undefined || group === undefined)
    return failed('refused', `${service} has no traffic group whose weights could be shifted`);
  const routing = ctx.config.trafficGroups.find((each) => each.name === group)?.records.every((record) => record.routing === 'weighted');
  if (routing !== true) return failed('refused', `the records of ${group} are not weighted`);
  const shares = await ctx.ports.traffic.shares(group, within(ctx.ports.clock, callMs));
  if (!shares.ok) return shares;
  const fit = await receivers(ctx, group);
  const others = Object.keys(shares.value.weights).filter((name) => name !== region && (shares.value.weights[name] ?? 0) > 0);
  const unfit = others.filter((name) => !fit.includes(name));
  if (others.length === unfit.length)
    return failed(
      'refused',
      `no other region of ${group} is answered with and healthy (of ${others.join(', ') || 'none'}): nobody can take a share`,
    );
  const target: Target = { service, region, group };
  const stages =
    args.rampShare === 0
      ? [args.share]
      : Array.from({ length: Math.ceil(args.share / args.rampShare) }, (_, index) => Math.min(args.share, (index + 1) * args.rampShare));
  const origin = originStep(ctx, group, region, args.share, fit, stages.length + 1);
  return ok({
    action: 'shift',
    target,
    capacityOutShare: 0,
    steps: [
      ...stages.map((share, index) =>
        step(`stage-${index + 1}`, 'set-weights', { group, weights: shiftedWeights(shares.value.weights, region, share, fit) }, once(180), {
          kind: 'restore-weights',
          verify: once(180),
        }),
      ),
      ...origin,
      step('recover', 'confirm-recovery', { service, region }, twice(240)),
    ],
    reason: `shift ${Math.round(args.share * 100)} % of ${group} from ${region} to ${others.filter((name) => fit.includes(name)).join(', ')}${stages.length > 1 ? ` in ${stages.length} stages` : ''}: ${incident.cause}`,
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

/** Regions that clients are sent to now and that this region sees as healthy: a drained or a sick one takes no share. */
async function receivers(ctx: StageContext, group: string): Promise<string[]> {
  const own = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.observation(ctx.region), Observation);
  const seen = own.ok ? own.value.value : null;
  const answered = seen?.traffic[group] ?? [];
  return answered.filter((region) =>
    seen?.views.some((view) => view.group === group && view.region === region && view.status === 'healthy'),
  );
}

/** The region keeps `1 − share` of its share; those in `to` take it in proportion to what they have. Weights are whole numbers up to 255. */
export function shiftedWeights(
  weights: Record<string, number>,
  from: string,
  share: number,
  to = Object.keys(weights),
): Record<string, number> {
  const own = weights[from] ?? 0;
  const takes = (region: string) => region !== from && to.includes(region);
  const rest = Object.entries(weights).reduce((sum, [region, weight]) => sum + (takes(region) ? weight : 0), 0);
  const left = own * (1 - share);
  const scaled = Object.entries(weights).map(([region, weight]): [string, number] => [
    region,
    region === from ? left : rest === 0 || !takes(region) ? weight : weight + (own - left) * (weight / rest),
  ]);
  const factor = weightMax / Math.max(1, ...scaled.map(([, weight]) => weight));
  return Object.fromEntries(scaled.map(([region, weight]) => [region, Math.round(weight * factor)]));
}
