import * as z from 'zod';
import { readHealth } from '../../knowledge/health.ts';
import { Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { freshObservations, viewsOf } from '../observations.ts';
import type { StepKind, StepLook, StepScope } from '../step-kind.ts';

const callMs = 8_000;

const Args = z.object({
  group: z.string(),
  subject: z.string(),
  /** The region that is to take the traffic. */
  to: z.string(),
  needs: z.array(z.object({ target: Target, desired: z.number().int().nonnegative() })),
  databases: z.array(z.object({ id: z.string(), lagSecondsMax: z.number() })),
});
type Args = z.infer<typeof Args>;

/** Everything that would make the target a trap: unreachable from outside, an expired certificate, a full quota, a replica far behind. */
export const preflight: StepKind = {
  async look(rawArgs, scope): Promise<StepLook> {
    const args = Args.parse(rawArgs);
    const checks = await Promise.all([reachable(args, scope), certificates(args, scope), quotas(args, scope), databases(args, scope)]);
    const failure = checks.find((check) => check.verdict === 'fail');
    if (failure !== undefined) return { ...failure, final: true };
    const open = checks.find((check) => check.verdict === 'inconclusive');
    return open ?? { verdict: 'pass', reason: checks.map((check) => check.reason).join('; ') };
  },
};

/** Its own region says that it is well inside; only the others can say that clients reach it. */
async function reachable(args: Args, { ctx }: StepScope): Promise<StepLook> {
  const staleMs = ctx.config.thresholds.quorumStalenessSeconds * 1000;
  const seen = await freshObservations(ctx, ctx.ports.clock.now() - staleMs, [args.to, args.subject]);
  if (!seen.ok) return { verdict: 'inconclusive', reason: seen.reason };
  const views = viewsOf(seen.value, args.group, args.to).filter((view) => view.status !== 'unknown');
  const sick = views.filter((view) => view.status === 'unhealthy');
  if (sick.length > 0) return { verdict: 'fail', reason: `${sick[0]?.observer} cannot use ${args.to}: ${sick[0]?.reason}` };
  const outside = ctx.config.regions.filter((region) => region.name !== args.to && region.name !== args.subject).length;
  if (views.length === 0 && outside > 0) return { verdict: 'inconclusive', reason: `nobody outside ${args.to} has a fresh view of it` };
  return { verdict: 'pass', reason: `${args.to} is reached from ${views.map((view) => view.observer).join(', ') || 'itself alone'}` };
}

async function certificates(args: Args, { ctx }: StepScope): Promise<StepLook> {
  const days: number[] = [];
  for (const service of ctx.config.services.filter((each) => each.trafficGroup === args.group)) {
    const read = await readHealth(ctx, service.name, args.to);
    if (!read.ok) return { verdict: 'inconclusive', reason: read.reason };
    for (const [name, endpoint] of Object.entries(read.value?.endpoints ?? {})) {
      if (endpoint.certificateDays === undefined) continue;
      if (endpoint.certificateDays <= 0)
        return {
          verdict: 'fail',
          reason: `the certificate of ${service.name} ${name} in ${args.to} expired ${(-endpoint.certificateDays).toFixed(1)} days ago`,
        };
      days.push(endpoint.certificateDays);
    }
  }
  return {
    verdict: 'pass',
    reason: days.length === 0 ? 'no certificate to check' : `certificates hold ${Math.floor(Math.min(...days))} days or more`,
  };
}

async function quotas(args: Args, { ctx }: StepScope): Promise<StepLook> {
  for (const need of args.needs.filter((each) => each.target.region === ctx.region)) {
    const [quota, now] = await Promise.all([
      ctx.ports.capacity.quota(need.target, within(ctx.ports.clock, callMs)),
      ctx.ports.capacity.snapshot(need.target, within(ctx.ports.clock, callMs)),
    ]);
    // A quota that cannot be read is no reason to leave customers in a dead region: the pre-scale proves itself anyway.
    if (!quota.ok || !now.ok) continue;
    const more = Math.max(0, need.desired - now.value.desired);
    if (quota.value.used + more > quota.value.limit)
      return {
        verdict: 'fail',
        reason: `${need.target.service} needs ${more} more units in ${args.to}; quota ${quota.value.limit}, used ${quota.value.used}`,
      };
  }
  return { verdict: 'pass', reason: 'quotas suffice' };
}

async function databases(args: Args, { ctx }: StepScope): Promise<StepLook> {
  for (const database of args.databases) {
    const status = await ctx.ports.data.status(database.id, within(ctx.ports.clock, callMs));
    if (!status.ok) return { verdict: 'inconclusive', reason: `${database.id}: ${status.reason}` };
    const member = status.value.members.find((each) => each.region === args.to);
    if (member === undefined || member.status === 'unavailable')
      return { verdict: 'fail', reason: `${database.id} is not available in ${args.to}` };
    if (member.lagSeconds > database.lagSecondsMax)
      return {
        verdict: 'fail',
        reason: `${database.id} in ${args.to} lags ${member.lagSeconds} s; ${database.lagSecondsMax} s are allowed`,
      };
  }
  return { verdict: 'pass', reason: args.databases.length === 0 ? 'no database to check' : 'replicas are close' };
}
