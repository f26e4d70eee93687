import * as z from 'zod';
import { readStored } from '../../knowledge/stored.ts';
import { canaryFailuresInRow, type WatchedRelease, WatchState, watchKey } from '../../knowledge/watch-state.ts';
import { failed, type Json, ok, ReleaseSplit, type Result, Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import type { StepKind, StepLook } from '../step-kind.ts';

const callMs = 8_000;
const Args = z.object({ target: Target, stable: z.string(), release: z.string(), share: z.number().gt(0).max(1) });
type Args = z.infer<typeof Args>;

/**
 * Gives a release a larger share of an alias's callers, as one compare-and-set: the alias must still be as it was at the intent, or — when
 * this runs again — already be ours. Somebody else's change is a conflict, never overwritten.
 */
export const setShare: StepKind = {
  async before(args, { ctx }): Promise<Result<Json>> {
    return ctx.ports.releases.split(Args.parse(args).target, within(ctx.ports.clock, callMs));
  },
  async apply(rawArgs, { ctx, before }, fence) {
    const args = Args.parse(rawArgs);
    const { target, stable, release: canary, share } = args;
    const now = await ctx.ports.releases.split(target, within(ctx.ports.clock, callMs));
    if (now.ok && stands(now.value, args)) return ok(undefined);
    const next = { stable, canary, share };
    return ctx.ports.releases.setSplit(target, ReleaseSplit.parse(before), next, fence, within(ctx.ports.clock, callMs));
  },
  async look(rawArgs, { ctx }): Promise<StepLook> {
    const args = Args.parse(rawArgs);
    const now = await ctx.ports.releases.split(args.target, within(ctx.ports.clock, callMs));
    if (!now.ok) return { verdict: 'inconclusive', reason: now.reason };
    return { verdict: stands(now.value, args) ? 'pass' : 'fail', reason: words(now.value) };
  },
};

/** Takes the release back from all callers at once, whichever stage is undone: nobody is led down the way that he came up. */
export const returnShare: StepKind = {
  async apply(rawArgs, { ctx }, fence) {
    const args = Args.parse(rawArgs);
    const { target, stable } = args;
    const now = await ctx.ports.releases.split(target, within(ctx.ports.clock, callMs));
    if (!now.ok) return now;
    if (isBack(now.value, args)) return ok(undefined);
    if (!isOurs(now.value, args)) return failed('conflict', `${words(now.value)}: somebody else changed it, a person has to decide`);
    const next = { stable, canary: null, share: 0 };
    return ctx.ports.releases.setSplit(target, now.value, next, fence, within(ctx.ports.clock, callMs));
  },
  async look(rawArgs, { ctx }): Promise<StepLook> {
    const args = Args.parse(rawArgs);
    const now = await ctx.ports.releases.split(args.target, within(ctx.ports.clock, callMs));
    if (!now.ok) return { verdict: 'inconclusive', reason: now.reason };
    return { verdict: isBack(now.value, args) ? 'pass' : 'fail', reason: words(now.value) };
  },
};

const whole = ({ stable, canary }: ReleaseSplit, release: string) => stable === release && canary === null;
const stands = (now: ReleaseSplit, { stable, release, share }: Args) =>
  share === 1 ? whole(now, release) : now.stable === stable && now.canary === release && now.share === share;
const isBack = (now: ReleaseSplit, { stable }: Args) => whole(now, stable);
/** Any stage of the rollout: a step that died may have got further than its record tells. */
const isOurs = (now: ReleaseSplit, { stable, release }: Args) => whole(now, release) || (now.stable === stable && now.canary === release);

function words({ stable, canary, share }: ReleaseSplit): string {
  return canary === null ? `all callers get ${stable}` : `${percent(share)} of the callers get ${canary}, the others ${stable}`;
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

const JudgeArgs = Args.extend({ windowSeconds: z.number().positive() });

/**
 * What the canary judge of the release watch says of the release at this share. A fail that it repeats, or the rule's, is final;
 * inconclusive waits for one more window, and then the deadline of the step ends it.
 */
export const confirmCanary: StepKind = {
  async look(rawArgs, { ctx, appliedAt }): Promise<StepLook> {
    const args = JudgeArgs.parse(rawArgs);
    const read = await readStored(ctx.ports.store, ctx.ports.clock, watchKey, WatchState);
    if (!read.ok) return { verdict: 'inconclusive', reason: read.reason };
    const late = ctx.ports.clock.now() - appliedAt >= args.windowSeconds * 1000;
    return judged(read.value.value?.releases[args.target.service], args, late);
  },
};

function judged(
  watched: WatchedRelease | undefined,
  { release, share, windowSeconds }: z.infer<typeof JudgeArgs>,
  late: boolean,
): StepLook {
  const where = `${release} at ${percent(share)}`;
  const more = late ? `; it was so for a window of ${windowSeconds / 60} min, one more is waited` : '';
  if (watched === undefined || watched.id !== release || watched.share !== share)
    return { verdict: 'inconclusive', reason: `the release watch has not seen ${where}${more}` };
  const { canary, held } = watched;
  if (canary?.verdict !== 'fail' && held !== null) return { verdict: 'fail', reason: `${where}: ${held}`, final: true };
  if (canary === null) return { verdict: 'inconclusive', reason: `${where} was not judged yet${more}` };
  if (canary.verdict === 'fail')
    return { verdict: 'fail', reason: `${where}: ${canary.reason}`, final: canary.failed >= canaryFailuresInRow };
  return { verdict: canary.verdict, reason: `${where}: ${canary.reason}${canary.verdict === 'pass' ? '' : more}` };
}
