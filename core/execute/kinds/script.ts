import * as z from 'zod';
import { ok, Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { lookAtService } from '../service-look.ts';
import type { StepKind, StepLook } from '../step-kind.ts';

const callMs = 8_000;

const Args = z.object({ target: Target, document: z.string(), version: z.string(), parameters: z.record(z.string(), z.string()) });
const Started = z.object({ runId: z.string() });

/** An SSM document of a pinned version. Proven by its exit status and by the probes after it. */
export const runScript: StepKind = {
  // Scripts are not assumed to be idempotent, and SSM gives no way to ask whether a command whose answer was lost has begun.
  single: true,
  async apply(rawArgs, { ctx, result }, fence) {
    // A run that is on record is not started again.
    if (Started.safeParse(result).success) return ok(result);
    const { target, document, version, parameters } = Args.parse(rawArgs);
    return ctx.ports.scripts.run(target, document, version, parameters, fence, within(ctx.ports.clock, callMs));
  },
  async look(rawArgs, { ctx, run, result, appliedAt }): Promise<StepLook> {
    const { target, document } = Args.parse(rawArgs);
    const started = Started.safeParse(result);
    if (!started.success) return { verdict: 'fail', reason: `${document} has no run on record`, final: true };
    const status = await ctx.ports.scripts.status(started.data.runId, within(ctx.ports.clock, callMs));
    if (!status.ok) return { verdict: 'inconclusive', reason: status.reason };
    if (status.value.state === 'running') return { verdict: 'inconclusive', reason: `${document} is running` };
    if (status.value.state === 'failed')
      return {
        verdict: 'fail',
        reason: `${document} ended with ${status.value.exitStatus ?? 'no status'}: ${status.value.reason}`,
        final: true,
      };
    // As an undo it brings back what was; that the service was not well then is why there was something to undo.
    if (run.state === 'undoing') return { verdict: 'pass', reason: `${document} succeeded` };
    const probes = await lookAtService(ctx, { service: target.service, region: target.region }, appliedAt);
    return { ...probes, reason: `${document} succeeded; ${probes.reason}` };
  },
};
