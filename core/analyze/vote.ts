import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { tellRegion } from '../knowledge/broadcast.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { putStored, queryStored, readStored, updateStored } from '../knowledge/stored.ts';
import {
  type DrainReply,
  type DrainRequest,
  type DrainWithdrawal,
  type Message,
  messageRefusal,
  Observation,
  ok,
  type Result,
  Standing,
  standingKey,
  storeKey,
  unknownStanding,
  type Vote,
} from '../model/index.ts';
import { within } from '../ports/within.ts';
import { viewOf } from './quorum.ts';

/** A voter's own memory of one region of one group. A grant without a drain lapses at `heldUntil`. */
export const VoterState = z.object({
  group: z.string(),
  subject: z.string(),
  epoch: z.number().int().nonnegative(),
  incident: z.string().nullable(),
  drain: z.boolean(),
  heldUntil: z.number(),
  /** A failback took the vote back and kept the claim. */
  returned: z.boolean().optional(),
  at: z.number(),
  reason: z.string(),
});
export type VoterState = z.infer<typeof VoterState>;

const grantMs = 15 * 60_000;
const castMs = 5_000;
const subjectsMax = 200;

/** Pure: may this voter grant or cast what is asked? `others` are its memories of the group's other regions. */
export function judgeRequest(
  request: DrainRequest,
  own: VoterState | null,
  others: readonly VoterState[],
  view: { status: string; reason: string },
  now: number,
): Judged {
  const refuse = (reason: string) => ({ granted: false, reason });
  const sameClaim = own !== null && own.epoch === request.epoch && own.incident === request.incident;
  if (own !== null && request.epoch < own.epoch) return refuse(`epoch ${request.epoch} is past: ${own.epoch} was granted`);
  if (own !== null && request.epoch === own.epoch && own.incident !== null && !sameClaim)
    return refuse(`epoch ${request.epoch} was granted to ${own.incident}`);
  const held = others.find((other) => other.drain || (other.incident !== null && other.heldUntil > now));
  const second =
    held && `holds ${held.drain ? 'a drain' : 'a grant'} for ${held.subject} of the same group; a second region is for people to decide`;
  if (request.phase === 'drain') {
    // Who took a failback over undoes it under a higher epoch, with the claim that was kept for just that.
    const inherited = own?.returned === true && own.incident === request.incident && request.epoch > own.epoch;
    if (!sameClaim && !inherited) return refuse(`no grant of epoch ${request.epoch} for ${request.incident} is held here`);
    // The grant may have lapsed, and another region been granted since.
    if (second !== undefined && own?.drain !== true) return refuse(second);
    return { granted: true, reason: `epoch ${request.epoch} is held for ${request.incident}; ${view.reason}` };
  }
  if (own?.drain === true && !sameClaim) return refuse(`${request.subject} is drained already, since epoch ${own.epoch}`);
  if (second !== undefined) return refuse(second);
  if (request.by !== undefined) return { granted: true, reason: `${request.by} orders it; sees ${request.subject} as ${view.status}` };
  if (view.status !== 'unhealthy') return refuse(`sees ${request.subject} as ${view.status}: ${view.reason}`);
  return { granted: true, reason: `sees ${request.subject} as unhealthy: ${view.reason}` };
}

interface Judged {
  granted: boolean;
  reason: string;
}

/** Which region of a group this voter is about to give its word for. */
const Turn = z.object({ subject: z.string(), until: z.number() });

/** Longer than a word takes to be kept: once it is, whoever asks for another region reads it there. */
const turnMs = 30_000;

/**
 * Two requests for two regions of one group may be handled at the same moment, neither of which can read what the other is about to write:
 * one item, written on the version that was read, lets one of them go on (soak seed 30569).
 */
async function takeTurn({ ports: { store, clock } }: StageContext, { group, subject }: DrainRequest): Promise<Judged> {
  let other: string | null = null;
  const until = clock.now() + turnMs;
  const taken = await updateStored(
    store,
    clock,
    storeKey.turn(group),
    Turn,
    (held) => {
      other = held !== null && held.subject !== subject && held.until > clock.now() ? held.subject : null;
      return other === null ? { subject, until } : null;
    },
    until,
  );
  if (!taken.ok) return noTable(taken.reason);
  return { granted: other === null, reason: `was asked about ${other} of the same group a moment ago` };
}

/** Judges by what the table holds now; what is granted is written there before anybody hears of it. */
async function keepWord(ctx: StageContext, request: DrainRequest): Promise<Judged> {
  const { store, clock } = ctx.ports;
  const now = clock.now();
  const view = await ownView(ctx, request.group, request.subject);
  const read = () => queryStored(store, clock, storeKey.vote(request.group, ''), subjectsMax, VoterState);
  const known = await read();
  if (!known.ok) return noTable(known.reason);
  const first = judgeRequest(request, ownOf(known.value, request), othersOf(known.value, request), view, now);
  if (!first.granted) return first;
  const turn = await takeTurn(ctx, request);
  if (!turn.granted) return turn;
  const again = await read();
  if (!again.ok) return noTable(again.reason);
  const others = othersOf(again.value, request);
  let judged: Judged = { granted: false, reason: '' };
  const kept = await updateStored(store, clock, storeKey.vote(request.group, request.subject), VoterState, (own) => {
    judged = judgeRequest(request, own, others, view, now);
    if (!judged.granted) return null;
    return {
      group: request.group,
      subject: request.subject,
      epoch: request.epoch,
      incident: request.incident,
      drain: request.phase === 'drain' || (own?.drain ?? false),
      heldUntil: now + grantMs,
      at: now,
      reason: judged.reason,
    };
  });
  return kept.ok ? judged : { granted: false, reason: `could not keep its word: ${kept.reason}` };
}

const ownOf = (all: readonly VoterState[], { subject }: DrainRequest) => all.find((each) => each.subject === subject) ?? null;
const othersOf = (all: readonly VoterState[], { subject }: DrainRequest) => all.filter((each) => each.subject !== subject);
const noTable = (reason: string): Judged => ({ granted: false, reason: `the table of this voter does not answer: ${reason}` });

/** Handles DrainRequested in the voter's region: judges on its own observation, keeps its word in the table, casts, answers. */
export async function onDrainRequested(ctx: StageContext, request: DrainRequest): Promise<Result<void>> {
  let judged = await keepWord(ctx, request);
  if (judged.granted && request.phase === 'drain') {
    const cast = await castOwn(ctx, { ...request, drain: true, reason: judged.reason });
    if (!cast.ok) judged = { granted: false, reason: `vote could not be published: ${cast.reason}` };
  }
  const reply: DrainReply = { ...pick(request), voter: ctx.region, ...judged };
  const epochSubject = `group:${request.group}/${request.subject}`;
  if (request.phase === 'grant')
    ctx.ports.trace.record({
      kind: judged.granted ? 'GrantGiven' : 'GrantRefused',
      subject: epochSubject,
      incident: request.incident,
      data: { group: request.group, region: request.subject, voter: ctx.region, epoch: request.epoch, incident: request.incident },
      reason: judged.reason,
    });
  return tellRegion(ctx, request.requester, judged.granted ? 'DrainGranted' : 'DrainRefused', reply);
}

function pick(request: DrainRequest): Omit<DrainReply, 'voter' | 'granted' | 'reason'> {
  return { phase: request.phase, incident: request.incident, group: request.group, subject: request.subject, epoch: request.epoch };
}

async function ownView(ctx: StageContext, group: string, region: string): Promise<{ status: string; reason: string }> {
  const seen = await ownObservation(ctx);
  return typeof seen === 'string' ? { status: 'unknown', reason: seen } : viewIn(seen, group, region);
}

function viewIn(seen: Observation, group: string, region: string): { status: string; reason: string } {
  const view = viewOf(seen, group, region);
  return view === undefined ? { status: 'unknown', reason: `no view of ${region}` } : { status: view.status, reason: view.reason };
}

/** What this voter sees itself, as long as it may lean on it; else why it may not. */
async function ownObservation(ctx: StageContext): Promise<Observation | string> {
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.observation(ctx.region), Observation);
  const seen = read.ok ? read.value.value : null;
  if (seen === null) return 'this voter has no observation of its own';
  if (seen.abstains) return `this voter abstains: ${seen.reason}`;
  const ageSeconds = (ctx.ports.clock.now() - seen.at) / 1000;
  return ageSeconds > ctx.config.thresholds.quorumStalenessSeconds ? `own observation is ${Math.round(ageSeconds)} s old` : seen;
}

/** Handles DrainWithdrawn: takes the own vote back, unless a later epoch holds it. */
export async function onDrainWithdrawn(ctx: StageContext, withdrawal: DrainWithdrawal): Promise<Result<void>> {
  const { store, clock } = ctx.ports;
  let drained = false;
  const kept = await updateStored(store, clock, storeKey.vote(withdrawal.group, withdrawal.subject), VoterState, (own) => {
    drained = own?.drain ?? false;
    if (own !== null && own.epoch > withdrawal.epoch) return null;
    return {
      group: withdrawal.group,
      subject: withdrawal.subject,
      epoch: withdrawal.epoch,
      // A failback keeps its claim for a while, so that its undo can ask for the vote again.
      incident: withdrawal.keepClaim === true ? withdrawal.incident : null,
      drain: false,
      heldUntil: withdrawal.keepClaim === true ? clock.now() + grantMs : 0,
      returned: withdrawal.keepClaim === true,
      at: clock.now(),
      reason: withdrawal.reason,
    };
  });
  if (!kept.ok) return kept;
  if (kept.value !== null && kept.value.epoch > withdrawal.epoch) return { ok: true, value: undefined };
  if (!drained) return { ok: true, value: undefined };
  return castOwn(ctx, { ...withdrawal, drain: false });
}

async function castOwn(
  ctx: StageContext,
  word: { group: string; subject: string; epoch: number; drain: boolean; reason: string; incident: string },
): Promise<Result<void>> {
  const { group, subject, epoch, drain, reason } = word;
  const vote: Vote = { voter: ctx.region, subject, group, epoch, drain, at: ctx.ports.clock.now(), reason };
  const cast = await ctx.ports.traffic.castVote(vote, within(ctx.ports.clock, castMs));
  if (cast.ok)
    ctx.ports.trace.record({
      kind: 'VoteCast',
      subject: `group:${group}/${subject}`,
      incident: word.incident,
      data: { group, region: subject, voter: ctx.region, epoch, drain },
      reason,
    });
  return cast;
}

/** Once a minute: publishes every standing vote again, for a metric without data says nothing, and heals a cast that had failed. */
export async function republishVotes(ctx: StageContext): Promise<void> {
  const now = ctx.ports.clock.now();
  for (const group of ctx.config.trafficGroups) {
    const known = await queryStored(ctx.ports.store, ctx.ports.clock, storeKey.vote(group.name, ''), subjectsMax, VoterState);
    // A table that does not answer leaves the last known status in place: publishing a guess would be a forged vote.
    if (!known.ok) continue;
    for (const { name: subject } of ctx.config.regions) {
      if (subject === ctx.region) continue;
      const own = known.value.find((state) => state.subject === subject);
      const vote: Vote = {
        voter: ctx.region,
        subject,
        group: group.name,
        epoch: own?.epoch ?? 0,
        drain: own?.drain ?? false,
        at: now,
        reason: own?.reason ?? 'never asked to drain',
      };
      await ctx.ports.traffic.castVote(vote, within(ctx.ports.clock, castMs));
    }
    if (ctx.config.regions.length === 2) await castHeartbeat(ctx, group.name);
  }
}

/**
 * With two regions the second child of a region's check is its own heartbeat: a vote on itself. It is withheld (the child then reads as
 * unhealthy) while the region's own probes of the group fail, so that a grey region can be drained, and while it cannot tell. Alone that
 * drains nobody: the peer's word stands beside it.
 *
 * A region that the name servers leave out stays silent when it is well again, for a person starts the way back (DESIGN §2); its heart
 * beats again when the peer's vote is withdrawn, or when the peer that serves instead fails.
 */
async function castHeartbeat(ctx: StageContext, group: string): Promise<void> {
  const seen = await ownObservation(ctx);
  if (typeof seen === 'string') return;
  const own = viewIn(seen, group, ctx.region);
  if (own.status === 'unhealthy' || own.status === 'unknown') return;
  const answered = seen.traffic[group] ?? [];
  const leftOut = answered.length > 0 && !answered.includes(ctx.region);
  if (leftOut && !answered.some((region) => viewIn(seen, group, region).status === 'unhealthy')) return;
  const vote: Vote = {
    voter: ctx.region,
    subject: ctx.region,
    group,
    epoch: 0,
    drain: false,
    at: ctx.ports.clock.now(),
    reason: `heartbeat: ${own.reason}`,
  };
  await ctx.ports.traffic.castVote(vote, within(ctx.ports.clock, castMs));
}

/** Handles a voter's answer in the executor's region: kept where the step that waits for it looks. */
export async function onDrainReply(ctx: StageContext, reply: DrainReply): Promise<Result<void>> {
  const { store, clock } = ctx.ports;
  const key = storeKey.grant(reply.group, reply.subject, `${reply.voter}#${reply.phase}`);
  const read = await store.get(key, within(clock, castMs));
  if (!read.ok) return read;
  const written = await putStored(store, clock, key, reply, read.value?.version ?? 0, clock.now() + grantMs);
  return written.ok || written.code === 'conflict' ? { ok: true, value: undefined } : written;
}

/** After an action: what the group's region stands at now, in this region's table. */
export async function noteDrained(
  ctx: StageContext,
  group: string,
  region: string,
  epoch: number,
  drained: boolean,
  quietUntil: number,
): Promise<Result<void>> {
  const noted = await updateStored(ctx.ports.store, ctx.ports.clock, standingKey(group, region), Standing, (current) => {
    const standing = current ?? unknownStanding(group, region);
    if (epoch < standing.epoch) return null;
    return {
      ...standing,
      epoch,
      drained,
      quietUntil: Math.max(standing.quietUntil, quietUntil),
      flaps: standing.flaps + (drained === standing.drained ? 0 : 1),
    };
  });
  return noted.ok ? ok(undefined) : noted;
}

/** A message that asks for a vote, takes it back or answers one; the others are not for the voter. */
export async function onVoteMessage(given: StageContext, message: Message): Promise<Result<void>> {
  const ctx = patientTables(given);
  if (messageRefusal(message, ctx.ports.clock.now()) !== null) return ok(undefined);
  if (message.type === 'DrainRequested') return onDrainRequested(ctx, message.body);
  if (message.type === 'DrainWithdrawn') return onDrainWithdrawn(ctx, message.body);
  if (message.type === 'DrainGranted' || message.type === 'DrainRefused') return onDrainReply(ctx, message.body);
  return ok(undefined);
}
