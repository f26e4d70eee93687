import * as z from 'zod';
import { type Json, ok, type Result, WeightSet } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { freshObservations, viewsOf } from '../observations.ts';
import type { StepKind, StepLook } from '../step-kind.ts';

const callMs = 8_000;
const Args = z.object({ group: z.string(), weights: z.record(z.string(), z.number().int().min(0).max(255)) });

/**
 * Moves shares between regions as one compare-and-set: the weights must still be those of the intent, or — when this runs again — already
 * ours. Somebody else's change is a conflict, never overwritten.
 */
export const setWeights: StepKind = {
  async before(args, { ctx }): Promise<Result<Json>> {
    const shares = await ctx.ports.traffic.shares(Args.parse(args).group, within(ctx.ports.clock, callMs));
    return shares.ok ? ok(shares.value) : shares;
  },
  async apply(rawArgs, { ctx, before }, fence) {
    const { group, weights } = Args.parse(rawArgs);
    const now = await ctx.ports.traffic.shares(group, within(ctx.ports.clock, callMs));
    if (now.ok && sameWeights(now.value.weights, weights)) return ok(undefined);
    const set = await ctx.ports.traffic.setWeights(WeightSet.parse(before), weights, fence, within(ctx.ports.clock, callMs));
    return set.ok ? ok(undefined) : set;
  },
  async look(rawArgs, scope): Promise<StepLook> {
    const { group, weights } = Args.parse(rawArgs);
    const { ctx, appliedAt } = scope;
    const shares = await ctx.ports.traffic.shares(group, within(ctx.ports.clock, callMs));
    if (!shares.ok) return { verdict: 'inconclusive', reason: shares.reason };
    // A stage of a ramp moves less than any tolerance would let pass: what stands must be what was set.
    if (!sameWeights(shares.value.weights, weights))
      return { verdict: 'fail', reason: `weights are ${words(shares.value.weights)}, wanted ${words(weights)}` };
    const seen = await freshObservations(ctx, appliedAt, []);
    if (!seen.ok) return { verdict: 'inconclusive', reason: seen.reason };
    const receiving = Object.keys(weights).filter((region) => (weights[region] ?? 0) > 0);
    const views = receiving.flatMap((region) => viewsOf(seen.value, group, region));
    const sick = views.find((view) => view.status === 'unhealthy' && view.observer !== view.region);
    if (sick !== undefined)
      return { verdict: 'fail', reason: `${sick.observer} sees ${sick.region} as unhealthy after the shift: ${sick.reason}` };
    if (views.length === 0) return { verdict: 'inconclusive', reason: 'nobody has looked since the shift' };
    return { verdict: 'pass', reason: `weights are ${words(shares.value.weights)} and every region that receives serves` };
  },
};

/** Puts the old weights back, if what stands is still ours. */
export const restoreWeights: StepKind = {
  async apply(rawArgs, { ctx, before }, fence) {
    const { group, weights } = Args.parse(rawArgs);
    const was = WeightSet.parse(before);
    const now = await ctx.ports.traffic.shares(group, within(ctx.ports.clock, callMs));
    if (!now.ok) return now;
    if (sameWeights(now.value.weights, was.weights)) return ok(undefined);
    if (!sameWeights(now.value.weights, weights))
      return {
        ok: false,
        code: 'conflict',
        retryable: false,
        reason: `weights are ${words(now.value.weights)}: somebody else changed them, a person has to decide`,
      };
    const set = await ctx.ports.traffic.setWeights(now.value, was.weights, fence, within(ctx.ports.clock, callMs));
    return set.ok ? ok(undefined) : set;
  },
  async look(rawArgs, { ctx, before }): Promise<StepLook> {
    const { group } = Args.parse(rawArgs);
    const was = WeightSet.safeParse(before);
    if (!was.success) return { verdict: 'fail', reason: 'the journal does not say what the weights were', final: true };
    const now = await ctx.ports.traffic.shares(group, within(ctx.ports.clock, callMs));
    if (!now.ok) return { verdict: 'inconclusive', reason: now.reason };
    const same = sameWeights(now.value.weights, was.data.weights);
    return { verdict: same ? 'pass' : 'fail', reason: `weights are ${words(now.value.weights)}, were ${words(was.data.weights)}` };
  },
};

type Weights = Record<string, number>;

function sameWeights(a: Weights, b: Weights): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((region) => (a[region] ?? 0) === (b[region] ?? 0));
}

function words(weights: Weights): string {
  return Object.entries(weights)
    .map(([region, weight]) => `${region} ${weight}`)
    .join(', ');
}
