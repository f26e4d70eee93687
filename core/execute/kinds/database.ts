import * as z from 'zod';
import type { StageContext } from '../../config/stage-context.ts';
import { readStored } from '../../knowledge/stored.ts';
import { Asked, failed, type Json, ok, type Result, storeKey } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { holdShared } from '../lease.ts';
import type { StepKind, StepLook } from '../step-kind.ts';

const callMs = 15_000;

const Args = z.object({
  database: z.string(),
  to: z.string(),
  /** A failover may lose what was not replicated: a point of no return, so it names the approval that allows it — a token, or `plan`: the one that the plan was put to people under. */
  approval: z.string().optional(),
});
const Before = z.object({ writer: z.string() });

/** Moves the writer: a switchover without loss while the source is well, else — with an approval — a failover. */
export const moveDatabase: StepKind = {
  async before(args, { ctx }): Promise<Result<Json>> {
    const status = await ctx.ports.data.status(Args.parse(args).database, within(ctx.ports.clock, callMs));
    return status.ok ? ok({ writer: status.value.writer }) : status;
  },
  async apply(rawArgs, { ctx, plan, run }) {
    const { database, to, approval } = Args.parse(rawArgs);
    const held = await holdShared(ctx, run, `database:${database}`);
    if (!held.ok) return held;
    const fence = held.value;
    const call = within(ctx.ports.clock, callMs);
    if (approval === undefined) return ctx.ports.data.switchover(database, to, fence, call);
    const token = approval === 'plan' ? await tokenOf(ctx, plan.id) : approval;
    if (token === null) return failed('refused', `nobody has been asked whether ${database} may lose writes`);
    return ctx.ports.data.failover(database, to, fence, token, call);
  },
  look: async (rawArgs, { ctx }): Promise<StepLook> => {
    const { database, to } = Args.parse(rawArgs);
    const look = await ctx.ports.data.verify(database, to, within(ctx.ports.clock, callMs));
    return look.ok ? look.value : { verdict: 'inconclusive', reason: look.reason };
  },
};

async function tokenOf(ctx: StageContext, planId: string): Promise<string | null> {
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.approvalOf(planId), Asked);
  return read.ok ? (read.value.value?.token ?? null) : null;
}

/** Switches the writer back to where it was. */
export const returnDatabase: StepKind = {
  async apply(rawArgs, { ctx, before, run }) {
    const { database } = Args.parse(rawArgs);
    const held = await holdShared(ctx, run, `database:${database}`);
    if (!held.ok) return held;
    return ctx.ports.data.switchover(database, Before.parse(before).writer, held.value, within(ctx.ports.clock, callMs));
  },
  async look(rawArgs, { ctx, before }): Promise<StepLook> {
    const was = Before.safeParse(before);
    if (!was.success) return { verdict: 'fail', reason: 'the journal does not say where the writer was', final: true };
    const look = await ctx.ports.data.verify(Args.parse(rawArgs).database, was.data.writer, within(ctx.ports.clock, callMs));
    return look.ok ? look.value : { verdict: 'inconclusive', reason: look.reason };
  },
};
