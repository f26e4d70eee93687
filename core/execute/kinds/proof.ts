import * as z from 'zod';
import { freshObservations, viewsOf } from '../observations.ts';
import type { StepKind, StepLook, StepScope } from '../step-kind.ts';

const Args = z.object({ group: z.string(), to: z.string(), seconds: z.number().nonnegative().optional() });
type Args = z.infer<typeof Args>;

/** Real probes made after the move: the target serves, seen from here and — where there is one — from a peer outside it. */
export const prove: StepKind = {
  look: (args, scope) => lookAtTarget(Args.parse(args), scope, scope.appliedAt),
};

/** The move is watched for a while: proven when the time has passed and the target still serves; a target that breaks ends it at once. */
export const bake: StepKind = {
  async look(rawArgs, scope): Promise<StepLook> {
    const args = Args.parse(rawArgs);
    const now = scope.ctx.ports.clock.now();
    const staleMs = scope.ctx.config.thresholds.quorumStalenessSeconds * 1000;
    const look = await lookAtTarget(args, scope, Math.max(scope.appliedAt, now - staleMs));
    if (look.verdict === 'fail') return { ...look, final: true };
    const left = (args.seconds ?? 0) - (now - scope.appliedAt) / 1000;
    if (left > 0) return { verdict: 'inconclusive', reason: `${Math.ceil(left)} s of the bake are left; ${look.reason}` };
    return look;
  },
};

async function lookAtTarget(args: Args, { ctx, run }: StepScope, since: number): Promise<StepLook> {
  const seen = await freshObservations(ctx, since, run.avoid);
  if (!seen.ok) return { verdict: 'inconclusive', reason: seen.reason };
  const views = viewsOf(seen.value, args.group, args.to).filter((view) => view.status !== 'unknown');
  const sick = views.filter((view) => view.status === 'unhealthy');
  const outsiders = ctx.config.regions.filter((region) => region.name !== args.to && !run.avoid.includes(region.name)).length;
  const outside = views.filter((view) => view.observer !== args.to);
  const words =
    views.map((view) => `${view.observer} sees ${view.status} (${view.score.toFixed(2)})`).join(', ') || 'nobody has looked yet';
  if (sick.length > 0) return { verdict: 'fail', reason: `${args.to} does not serve ${args.group}: ${words}; ${sick[0]?.reason}` };
  if (views.length === 0 || outside.length < Math.min(1, outsiders)) return { verdict: 'inconclusive', reason: `${args.to}: ${words}` };
  return { verdict: 'pass', reason: `${args.to} serves ${args.group}: ${words}` };
}
