import * as z from 'zod';
import { queryStored } from '../../knowledge/stored.ts';
import { DrainReply, type DrainRequest, type JsonObject, ok, type Result, storeKey, type Traffic } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { freshObservations } from '../observations.ts';
import type { Planned, StepKind, StepLook, StepScope } from '../step-kind.ts';

const callMs = 5_000;
const repliesMax = 200;

const Args = z.object({
  group: z.string(),
  /** The region to drain. */
  subject: z.string(),
  /** Grants that are needed. */
  quorum: z.number().int().positive(),
  /** The person who breaks the glass. */
  by: z.string().optional(),
});

const Before = z.object({ regions: z.array(z.string()) });

function request(args: z.infer<typeof Args>, scope: StepScope, phase: DrainRequest['phase']): DrainRequest {
  return {
    phase,
    incident: scope.run.incidentId,
    group: args.group,
    subject: args.subject,
    epoch: scope.run.epoch,
    requester: scope.ctx.region,
    ...(args.by === undefined ? {} : { by: args.by }),
    reason: scope.plan.reason,
  };
}

async function repliesTo(args: z.infer<typeof Args>, scope: StepScope, phase: DrainRequest['phase']): Promise<Result<DrainReply[]>> {
  const { store, clock } = scope.ctx.ports;
  const all = await queryStored(store, clock, storeKey.grant(args.group, args.subject, ''), repliesMax, DrainReply);
  if (!all.ok) return all;
  return ok(all.value.filter((each) => each.phase === phase && each.epoch === scope.run.epoch && each.incident === scope.run.incidentId));
}

/** What the authoritative servers answered before: the state that an undo has to bring back. */
async function answersBefore(args: JsonObject, scope: Planned): Promise<Result<{ regions: string[] }>> {
  const { group } = Args.parse(args);
  const seen = await scope.ctx.ports.traffic.observe(group, within(scope.ctx.ports.clock, callMs));
  return seen.ok ? ok({ regions: seen.value.regions }) : seen;
}

/** Asks every voter for this epoch; proven when a quorum of the configured regions granted it. */
export const claimGrants: StepKind = {
  before: answersBefore,
  async apply(args, scope) {
    return scope.ctx.ports.traffic.requestDrain(request(Args.parse(args), scope, 'grant'), within(scope.ctx.ports.clock, callMs));
  },
  async look(rawArgs, scope): Promise<StepLook> {
    const args = Args.parse(rawArgs);
    const replies = await repliesTo(args, scope, 'grant');
    if (!replies.ok) return { verdict: 'inconclusive', reason: replies.reason };
    const granted = replies.value.filter((each) => each.granted);
    const refused = replies.value.filter((each) => !each.granted);
    const voters = scope.ctx.config.regions.length - 1;
    // With two regions the second word of the quorum is the region's own withheld heartbeat, which casts no grant.
    const needed = Math.min(args.quorum, voters);
    const words =
      replies.value.map((each) => `${each.voter} ${each.granted ? 'grants' : 'refuses'}: ${each.reason}`).join('; ') ||
      'no voter has answered yet';
    const reason = `${granted.length} of ${needed} grants needed for epoch ${scope.run.epoch}: ${words}`;
    if (granted.length >= needed) return { verdict: 'pass', reason };
    if (voters - refused.length < needed) return { verdict: 'fail', reason, final: true };
    return { verdict: 'inconclusive', reason };
  },
};

/** Asks the voters to vote; proven when the answers of the authoritative servers no longer name the region, seen from two places. */
export const requestDrain: StepKind = {
  before: answersBefore,
  async apply(args, scope) {
    return scope.ctx.ports.traffic.requestDrain(request(Args.parse(args), scope, 'drain'), within(scope.ctx.ports.clock, callMs));
  },
  async look(rawArgs, scope): Promise<StepLook> {
    const args = Args.parse(rawArgs);
    const gone = (regions: readonly string[]) => regions.length > 0 && !regions.includes(args.subject);
    return answersProve(args, scope, [args.subject], gone, `without ${args.subject}`);
  },
};

/**
 * The undo of a return: the votes are asked for again. The answers follow the votes with a delay, so that right after a return they may
 * still read as drained by chance; here the voters' word counts first, then the answers. Who has not answered is asked again.
 */
export const drainAgain: StepKind = {
  ...requestDrain,
  async look(rawArgs, scope): Promise<StepLook> {
    const args = Args.parse(rawArgs);
    const replies = await repliesTo(args, scope, 'drain');
    if (!replies.ok) return { verdict: 'inconclusive', reason: replies.reason };
    const cast = replies.value.filter((each) => each.granted);
    const needed = Math.min(args.quorum, scope.ctx.config.regions.length - 1);
    if (cast.length >= needed) return requestDrain.look(rawArgs, scope);
    await scope.ctx.ports.traffic.requestDrain(request(args, scope, 'drain'), within(scope.ctx.ports.clock, callMs));
    return { verdict: 'inconclusive', reason: `${cast.length} of ${needed} voters have voted again` };
  },
};

/** Takes the votes back; proven when the answers name again what they named before. */
export const withdrawDrain: StepKind = {
  async apply(rawArgs, scope) {
    const args = Args.parse(rawArgs);
    const { incident, group, subject, epoch, requester } = request(args, scope, 'drain');
    const reason = `undo of ${scope.plan.id}: ${scope.run.reason}`;
    return scope.ctx.ports.traffic.withdraw(
      { incident, group, subject, epoch, requester, reason, keepClaim: scope.run.action === 'failback' },
      within(scope.ctx.ports.clock, callMs),
    );
  },
  async look(rawArgs, scope): Promise<StepLook> {
    const args = Args.parse(rawArgs);
    const before = Before.safeParse(scope.before);
    if (!before.success) return { verdict: 'fail', reason: 'the journal does not say what was answered before', final: true };
    // A region that did not answer before need not answer now.
    if (!before.data.regions.includes(args.subject))
      return { verdict: 'pass', reason: `${args.subject} was not answered with before either` };
    return answersProve(args, scope, [args.subject], (regions) => regions.includes(args.subject), `with ${args.subject} again`);
  },
};

/** Looks at the answers from here and, through their observations, from the peers: two vantages must agree, none may contradict. */
async function answersProve(
  args: z.infer<typeof Args>,
  scope: StepScope,
  except: readonly string[],
  wanted: (regions: readonly string[]) => boolean,
  what: string,
): Promise<StepLook> {
  const { ctx } = scope;
  const own = await ctx.ports.traffic.observe(args.group, within(ctx.ports.clock, callMs));
  if (!own.ok) return { verdict: 'inconclusive', reason: `answers cannot be seen from ${ctx.region}: ${own.reason}` };
  const mine = own.value.regions;
  if (!wanted(mine)) return { verdict: 'fail', reason: `${ctx.region} is answered ${named(own.value)}, wanted ${what}` };
  const peers = await freshObservations(ctx, scope.appliedAt, [...except, ctx.region]);
  const seen = peers.ok ? peers.value.filter((each) => each.traffic[args.group] !== undefined) : [];
  const agreeing = seen.filter((each) => wanted(each.traffic[args.group] ?? []));
  const others = ctx.config.regions.filter((region) => region.name !== ctx.region && !except.includes(region.name)).length;
  const reason = `answers are ${mine.join(', ')} (${what}), seen from ${[ctx.region, ...agreeing.map((each) => each.observer)].join(', ')}`;
  if (agreeing.length >= Math.min(1, others)) return { verdict: 'pass', reason };
  return { verdict: 'inconclusive', reason: `${reason}; no second vantage yet` };
}

function named(traffic: Traffic): string {
  return traffic.regions.length > 0
    ? traffic.regions.join(', ')
    : `nothing (${traffic.servers.map((server) => `${server.server}: ${server.rcode}`).join(', ')})`;
}
