import * as z from 'zod';
import { findService } from '../config/derive.ts';
import { endpointsProbed, type ProbePlace, type SeenEndpoint } from '../config/endpoints-seen.ts';
import { healthShardOf } from '../config/health-shards.ts';
import type { StageContext } from '../config/stage-context.ts';
import { Attention, attentionKey, isHeeded, noAttention } from '../knowledge/attention.ts';
import { readStored, writeStored } from '../knowledge/stored.ts';
import { type MetricDatum, type ProbeRequest, type Sample, storeKey, subjectKey, type Verdict } from '../model/index.ts';
import { composeMessage } from '../ports/compose-message.ts';
import { within } from '../ports/within.ts';
import {
  afterProbe,
  firstInterval,
  hurriedEveryMs,
  type IntervalRule,
  IntervalState,
  intervalRuleOf,
  isDue,
  isHurried,
  slotsEveryMs,
} from './interval.ts';
import { probeRequestFor, referenceRequestsFor, secretReferencesOf } from './probe-request.ts';

/** One endpoint that this vantage probes, with everything settled. */
interface Assignment {
  key: string;
  request: ProbeRequest;
  rule: IntervalRule;
}

/** What one vantage probes: made once per cold start. */
export interface ProbePlan {
  place: ProbePlace;
  assignments: Assignment[];
  references: ProbeRequest[];
  /** Endpoints that cannot be probed, and why; told as inconclusive samples. */
  unprobed: { seen: SeenEndpoint; reason: string }[];
  /** Whether it holds secrets, which may change; without them it stands as long as the configuration. */
  secretive: boolean;
}

/** A list: records of dozens of keys are slow to change. */
export const ShardState = z.object({ intervals: z.array(IntervalState.extend({ endpoint: z.string() })) });
type StoredInterval = z.infer<typeof ShardState>['intervals'][number];
const shardSize = 500;
/** A message holds at most 256 KB; a sample has 500 bytes, and rarely over a thousand. */
const messageSamplesMax = 200;
const publishMs = 5_000;

export async function planProbes(ctx: StageContext, place: ProbePlace = 'outside'): Promise<ProbePlan> {
  const seen = endpointsProbed(ctx.config, ctx.region, place);
  const references = [...new Set(seen.flatMap((each) => secretReferencesOf(each.endpoint)))];
  const read = references.length === 0 ? null : await ctx.ports.secrets.read(references, within(ctx.ports.clock, publishMs));
  const secrets = read?.ok === true ? read.value : new Map<string, string>();
  const plan: ProbePlan = {
    place,
    assignments: [],
    // Whether the vantage is well is the outer probe's to say: an inner one may have no way out at all.
    references: place === 'vpc' ? [] : referenceRequestsFor(ctx.config, ctx.region).map(({ request }) => request),
    unprobed: [],
    secretive: references.length > 0,
  };
  for (const each of seen) {
    const request = probeRequestFor(each, ctx.region, ctx.config, secrets);
    if (request.ok)
      plan.assignments.push({
        key: subjectKey(request.value.subject),
        request: request.value,
        rule: intervalRuleOf(each.endpoint.intervalSeconds),
      });
    else plan.unprobed.push({ seen: each, reason: request.reason });
  }
  return plan;
}

/** One endpoint during a slot. */
interface Watched {
  assignment: Assignment;
  state: StoredInterval;
  /** It is looked at this often at least, however calm it is. */
  mostMs: number | undefined;
}

/** What one process remembers of its endpoints from the first look of a slot to the last. */
interface Shard {
  key: string;
  watched: Watched[];
  /** Of the item in the table; null: it could not be read, and is left as it is. */
  version: number | null;
  changed: boolean;
}

/**
 * One scheduled slot: probes what is due, and while something that failed lately wants a look sooner than the next scheduled slot comes,
 * again every five seconds until then. Nobody waits, and pays for waiting, while everything is well. Publishes metrics and samples of each
 * look; a look with nothing to do is over at once. How often each endpoint is looked at is kept in the table for the next process: one that
 * dies before that costs adaptivity, not sight.
 */
export async function probeSlot(ctx: StageContext, plan: ProbePlan, slotAt: number): Promise<void> {
  const { store, clock } = ctx.ports;
  const attention = await readStored(store, clock, attentionKey, Attention);
  const heeded = (attention.ok ? attention.value.value : null) ?? noAttention;
  const shards = await recallShards(ctx, plan, slotAt, heeded);
  const endsAt = slotAt + slotsEveryMs;
  // The schedule's clock is another one: a late start, or a clock that is wrong, must not turn the looks into one burst.
  const begunAt = clock.now();
  await lookOnce(ctx, plan, shards, slotAt, slotAt);
  const isInHurry = () => shards.some(({ watched }) => watched.some(({ state }) => isHurried(state, endsAt)));
  for (let at = slotAt + hurriedEveryMs; at < endsAt && isInHurry(); at += hurriedEveryMs) {
    await clock.sleep(Math.max(0, begunAt + (at - slotAt) - clock.now()));
    await lookOnce(ctx, plan, shards, slotAt, at);
  }
  for (const { key, watched, version, changed } of shards) {
    if (!changed || version === null) continue;
    await writeStored(store, clock, key, ShardState, { intervals: watched.map(({ state }) => state) }, version);
  }
}

async function recallShards(ctx: StageContext, { place, assignments }: ProbePlan, slotAt: number, attention: Attention): Promise<Shard[]> {
  const shards: Shard[] = [];
  for (let start = 0; start < assignments.length; start += shardSize) {
    const own = assignments.slice(start, start + shardSize);
    const key = `${storeKey.probe(ctx.region)}#${place === 'vpc' ? 'vpc-' : ''}${start / shardSize}`;
    const read = await readStored(ctx.ports.store, ctx.ports.clock, key, ShardState);
    // A table that does not answer costs adaptivity, not sight: everything counts as due.
    const known = read.ok ? (read.value.value?.intervals ?? []) : [];
    const watched = own.map((assignment, index): Watched => {
      const { key: endpoint, rule, request } = assignment;
      // They are written in this order, unless the configuration has changed since.
      const there = known[index];
      const recalled = there?.endpoint === endpoint ? there : known.find((each) => each.endpoint === endpoint);
      const state = recalled ?? { endpoint, ...firstInterval(rule, slotAt) };
      return { assignment, state, mostMs: isHeeded(attention, request.subject) ? rule.minMs : undefined };
    });
    shards.push({ key, watched, version: read.ok ? read.value.version : null, changed: false });
  }
  return shards;
}

async function lookOnce(ctx: StageContext, plan: ProbePlan, shards: readonly Shard[], slotAt: number, at: number): Promise<void> {
  const samples: Sample[] = [];
  for (const shard of shards) for (const looks of await probeShard(ctx, shard, at)) samples.push(...looks);
  const isFirst = at === slotAt;
  if (samples.length === 0 && !(isFirst && (isFirstOfMinute(at) || watchesTraffic(ctx)))) return;
  const failing = samples.some((sample) => sample.verdict === 'fail');
  // Between the scheduled slots what passes proves the way out by itself.
  const references = isFirst || failing ? await Promise.all(plan.references.map((request) => probeOne(ctx, request))) : [];
  await publish(ctx, plan.place, samples, references.flat(), isFirst && (failing || isFirstOfMinute(at)));
}

/**
 * Where traffic can be moved every slot is observed, due or not: voters and proofs ask for a fresh view. Without that the one of the
 * minute will do: what a region says counts for 90 s.
 */
function watchesTraffic(ctx: StageContext): boolean {
  return ctx.config.services.some(({ trafficGroup }) => trafficGroup !== undefined);
}

function probeOne(ctx: StageContext, request: ProbeRequest): Promise<Sample[]> {
  return ctx.ports.prober.probe(request, ctx.region, request.timeoutMs);
}

/** The looks at what is due. */
async function probeShard(ctx: StageContext, shard: Shard, at: number): Promise<Sample[][]> {
  const due = shard.watched.filter(({ state, mostMs }) => isDue(state, at, mostMs));
  const looks = await Promise.all(due.map(({ assignment }) => probeOne(ctx, assignment.request)));
  for (const [index, each] of due.entries())
    each.state = { endpoint: each.state.endpoint, ...afterProbe(each.state, verdictOf(looks[index] ?? []), at, each.assignment.rule) };
  shard.changed ||= due.length > 0;
  return looks;
}

function verdictOf(samples: readonly Sample[]): Verdict {
  if (samples.some((sample) => sample.verdict === 'fail')) return 'fail';
  return samples.some((sample) => sample.verdict === 'pass') ? 'pass' : 'inconclusive';
}

/** CloudWatch keeps one value a minute: more would be paid for and folded away, but for the failing ones of the scheduled looks. */
function isFirstOfMinute(slotAt: number): boolean {
  return slotAt % 60_000 < 20_000;
}

async function publish(
  ctx: StageContext,
  place: ProbePlace,
  samples: readonly Sample[],
  references: readonly Sample[],
  measure: boolean,
): Promise<void> {
  const { bus, clock, metricSink } = ctx.ports;
  if (measure) await metricSink.publish(metricsOf(ctx, samples), within(clock, publishMs));
  const messages = messagesOf(ctx, samples, references);
  for (const [index, part] of messages.entries()) {
    // A slot is judged once, with the last message of the outer probe; what the inner one saw is a part of it.
    const last = place === 'outside' && index === messages.length - 1;
    await bus.publish(composeMessage(ctx, 'SamplesTaken', { samples: part, last }), within(clock, publishMs));
  }
}

/**
 * Cut where the health of the services is cut, so that two messages that are judged at once do not write over one another. The references
 * come last, with the part that is judged.
 */
function messagesOf(ctx: StageContext, samples: readonly Sample[], references: readonly Sample[]): Sample[][] {
  const shards = [...Map.groupBy(samples, ({ subject }) => healthShardOf(ctx.config, subject.service)).values(), references];
  const messages: Sample[][] = [[]];
  for (const shard of shards) {
    const open = messages.at(-1) ?? [];
    if (open.length + shard.length <= messageSamplesMax) open.push(...shard);
    else for (let start = 0; start < shard.length; start += messageSamplesMax) messages.push(shard.slice(start, start + messageSamplesMax));
  }
  return messages.filter((message) => message.length > 0);
}

/**
 * One series for each configured service in the region that looks, with a value for each region it looks at: the least of them is the
 * worst region. Not per endpoint, and not of the AWS catalogue: a custom metric costs 0.30 USD a month.
 */
function metricsOf(ctx: StageContext, samples: readonly Sample[]): MetricDatum[] {
  const groups = new Map<string, { service: string; passed: number; judged: number; at: number }>();
  for (const { subject, verdict, at } of samples) {
    if (verdict === 'inconclusive' || findService(ctx.config, subject.service) === undefined) continue;
    const region = subject.region ?? 'global';
    const key = `${subject.service}/${region}`;
    const group = groups.get(key) ?? { service: subject.service, passed: 0, judged: 0, at };
    group.judged += 1;
    if (verdict === 'pass') group.passed += 1;
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => ({
    name: 'ProbeSuccess',
    dimensions: { Application: ctx.config.name, Service: group.service, Vantage: ctx.region },
    at: group.at,
    value: (100 * group.passed) / group.judged,
    unit: 'Percent',
  }));
}
