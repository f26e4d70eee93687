import * as z from 'zod';
import { retryTransient } from '../../knowledge/transient.ts';
import { failed, type Json, OriginOrder, ok, type Result } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import type { StepKind, StepLook } from '../step-kind.ts';

const callMs = 20_000;
/** `mustRead`: the step stands for nothing else, so that what cannot be read is refused. */
const Args = z.object({ group: z.string(), to: z.string(), mustRead: z.boolean().default(false) });
/** Best effort: a distribution that cannot be read is left as it is, and the step says so. */
const Before = z.union([OriginOrder, z.object({ left: z.string() })]);

/**
 * Has a distribution prefer the origin of another region, under the ETag of the intent: somebody else's change is a conflict, never
 * overwritten. Proven when the configuration reads so and is deployed everywhere.
 */
export const preferOrigin: StepKind = {
  async before(args, { ctx }): Promise<Result<Json>> {
    const { group, mustRead } = Args.parse(args);
    // One busy moment must not leave the viewers behind; what is asked twice in vain is left.
    const order = await retryTransient(ctx, () => ctx.ports.traffic.origins(group, within(ctx.ports.clock, callMs)), { attempts: 2 });
    if (!order.ok && mustRead) return order;
    return ok(order.ok ? order.value : { left: order.reason });
  },
  async apply(rawArgs, { ctx, before }, fence) {
    const { group, to } = Args.parse(rawArgs);
    const was = Before.parse(before);
    if ('left' in was) return ok(undefined);
    const now = await ctx.ports.traffic.origins(group, within(ctx.ports.clock, callMs));
    if (now.ok && now.value.order[0] === to) return ok(undefined);
    return ctx.ports.traffic.setOrigins(was, to, fence, within(ctx.ports.clock, callMs));
  },
  async look(rawArgs, { ctx, before }): Promise<StepLook> {
    const was = Before.parse(before);
    if ('left' in was) return { verdict: 'pass', reason: `the distribution is left as it is, for it could not be read: ${was.left}` };
    const { group, to } = Args.parse(rawArgs);
    return judge(await ctx.ports.traffic.origins(group, within(ctx.ports.clock, callMs)), to);
  },
};

/** Puts the old order back, if what stands is still ours. */
export const restoreOrigin: StepKind = {
  async apply(rawArgs, { ctx, before }, fence) {
    const { group, to } = Args.parse(rawArgs);
    const was = Before.parse(before);
    const first = 'left' in was ? undefined : was.order[0];
    if (first === undefined) return ok(undefined);
    const now = await ctx.ports.traffic.origins(group, within(ctx.ports.clock, callMs));
    if (!now.ok) return now;
    if (now.value.order[0] === first) return ok(undefined);
    if (now.value.order[0] !== to) return failed('conflict', `${words(now.value)}: somebody else changed it, a person has to decide`);
    return ctx.ports.traffic.setOrigins(now.value, first, fence, within(ctx.ports.clock, callMs));
  },
  async look(rawArgs, { ctx, before }): Promise<StepLook> {
    const was = Before.safeParse(before);
    if (!was.success) return { verdict: 'fail', reason: 'the journal does not say which origin was preferred', final: true };
    if ('left' in was.data) return { verdict: 'pass', reason: 'the distribution was left as it was' };
    const [first = ''] = was.data.order;
    return judge(await ctx.ports.traffic.origins(Args.parse(rawArgs).group, within(ctx.ports.clock, callMs)), first);
  },
};

function judge(now: Result<OriginOrder>, wanted: string): StepLook {
  if (!now.ok) return { verdict: 'inconclusive', reason: now.reason };
  if (now.value.order[0] !== wanted) return { verdict: 'fail', reason: `${words(now.value)}, ${wanted} was asked for` };
  return { verdict: now.value.deployed ? 'pass' : 'inconclusive', reason: words(now.value) };
}

function words({ group, order, deployed }: OriginOrder): string {
  return `the distribution of ${group} prefers ${order.join(' over ')}${deployed ? '' : ', which is being deployed'}`;
}
