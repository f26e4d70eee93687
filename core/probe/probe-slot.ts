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
import { afterProbe, firstInterval, type IntervalRule, IntervalState, intervalRuleOf, isDue, isHurried } from './interval.ts';
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
}

const ShardState = z.object({ intervals: z.record(z.string(), IntervalState) });
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

export interface SlotReport {
  probed: number;
  /** Whether something that failed lately wants a look before the next scheduled slot: until then a slot comes every five seconds. */
  failing: boolean;
}

/** Probes what is due at this slot, and the references; publishes metrics and the samples. A slot with nothing to do is over at once. */
export async function probeSlot(ctx: StageContext, plan: ProbePlan, slotAt: number): Promise<SlotReport> {
  const attention = await readStored(ctx.ports.store, ctx.ports.clock, attentionKey, Attention);
  const heeded = (attention.ok ? attention.value.value : null) ?? noAttention;
  const samples: Sample[] = [];
  let hurried = false;
  for (let start = 0; start < plan.assignments.length; start += shardSize) {
    const name = `${plan.place === 'vpc' ? 'vpc-' : ''}${start / shardSize}`;
    const shard = await probeShard(ctx, plan.assignments.slice(start, start + shardSize), name, slotAt, heeded);
    for (const sample of shard.samples) samples.push(sample);
    hurried ||= shard.hurried;
  }
  if (samples.length === 0 && !isFirstOfMinute(slotAt) && !watchesTraffic(ctx)) return { probed: 0, failing: hurried };
  const references = await Promise.all(plan.references.map((request) => probeOne(ctx, request)));
  const failing = samples.some((sample) => sample.verdict === 'fail');
  await publish(ctx, plan.place, samples, references.flat(), failing || isFirstOfMinute(slotAt));
  return { probed: samples.length, failing: hurried };
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

async function probeShard(
  ctx: StageContext,
  assignments: readonly Assignment[],
  shard: string,
  slotAt: number,
  attention: Attention,
): Promise<{ samples: Sample[]; hurried: boolean }> {
  const { store, clock } = ctx.ports;
  const key = `${storeKey.probe(ctx.region)}#${shard}`;
  const read = await readStored(store, clock, key, ShardState);
  // A table that does not answer costs adaptivity, not sight: everything counts as due.
  const known = read.ok ? (read.value.value?.intervals ?? {}) : {};
  const stateOf = ({ key: name, rule }: Assignment) => known[name] ?? firstInterval(rule, slotAt);
  const mostMs = ({ request, rule }: Assignment) => (isHeeded(attention, request.subject) ? rule.minMs : undefined);
  const due = assignments.filter((each) => isDue(stateOf(each), slotAt, mostMs(each)));
  if (due.length === 0) return { samples: [], hurried: assignments.some((each) => isHurried(stateOf(each), slotAt)) };
  const looks = await Promise.all(due.map((each) => probeOne(ctx, each.request)));
  const intervals = { ...known };
  for (const [index, each] of due.entries())
    intervals[each.key] = afterProbe(stateOf(each), verdictOf(looks[index] ?? []), slotAt, each.rule);
  if (read.ok) await writeStored(store, clock, key, ShardState, { intervals }, read.value.version);
  const hurried = assignments.some(({ key: name }) => isHurried(intervals[name], slotAt));
  return { samples: looks.flat(), hurried };
}

function verdictOf(samples: readonly Sample[]): Verdict {
  if (samples.some((sample) => sample.verdict === 'fail')) return 'fail';
  return samples.some((sample) => sample.verdict === 'pass') ? 'pass' : 'inconclusive';
}

/** CloudWatch keeps one value a minute: more would be paid for and folded away. */
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
