import * as z from 'zod';
import { type Json, ok, type Result, Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { lookAtRecovery } from '../recovery.ts';
import type { StepKind, StepLook } from '../step-kind.ts';

const callMs = 8_000;

const Args = z.object({ target: Target, release: z.string() });
const Before = z.object({ release: z.string() });

/** Puts an earlier release in charge. Proven when the platform runs it; whether it helped is the next step's question. */
export const setRelease: StepKind = {
  async before(args, { ctx }): Promise<Result<Json>> {
    const history = await ctx.ports.releases.history(Args.parse(args).target, within(ctx.ports.clock, callMs));
    if (!history.ok) return history;
    const current = history.value.find((release) => release.state === 'current') ?? history.value[0];
    return current === undefined
      ? { ok: false, code: 'not-found', retryable: false, reason: 'no release is on record' }
      : ok({ release: current.id });
  },
  async apply(rawArgs, { ctx }, fence) {
    const { target, release } = Args.parse(rawArgs);
    return ctx.ports.releases.apply(target, release, fence, within(ctx.ports.clock, callMs));
  },
  async look(rawArgs, { ctx }): Promise<StepLook> {
    const { target, release } = Args.parse(rawArgs);
    const look = await ctx.ports.releases.verify(target, release, within(ctx.ports.clock, callMs));
    return look.ok ? look.value : { verdict: 'inconclusive', reason: look.reason };
  },
};

/** Rolls forward again to what ran before. */
export const restoreRelease: StepKind = {
  async apply(rawArgs, { ctx, before }, fence) {
    return ctx.ports.releases.undo(Args.parse(rawArgs).target, Before.parse(before).release, fence, within(ctx.ports.clock, callMs));
  },
  async look(rawArgs, { ctx, before }): Promise<StepLook> {
    const was = Before.safeParse(before);
    if (!was.success) return { verdict: 'fail', reason: 'the journal does not say which release ran before', final: true };
    const look = await ctx.ports.releases.verify(Args.parse(rawArgs).target, was.data.release, within(ctx.ports.clock, callMs));
    return look.ok ? look.value : { verdict: 'inconclusive', reason: look.reason };
  },
};

const Recovery = z.object({ service: z.string(), region: z.string(), endpoint: z.string().optional(), unit: z.string().optional() });

/** A pure check by real probes made after the step: the service, or the unit that was meant, no longer shows the symptom. */
export const confirmRecovery: StepKind = {
  look: (args, { ctx, appliedAt }) => lookAtRecovery(ctx, Recovery.parse(args), appliedAt),
};
