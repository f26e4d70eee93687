import * as z from 'zod';
import { findService } from '../config/derive.ts';
import { endpointsProbed, type ProbePlace, type SeenEndpoint } from '../config/endpoints-seen.ts';
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
const messageSamplesMax = 100;
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

/** Probes what is due at this slot, and the references; publishes metrics and the samples. */
export async function probeSlot(ctx: StageContext, plan: ProbePlan, slotAt: number): Promise<SlotReport> {
  const references = await Promise.all(plan.references.map((request) => probeOne(ctx, request)));
  const attention = await readStored(ctx.ports.store, ctx.ports.clock, attentionKey, Attention);
  const heeded = (attention.ok ? attention.value.value : null) ?? noAttention;
  const samples: Sample[] = [];
  let failing = false;
  let probed = 0;
  for (let start = 0; start < plan.assignments.length; start += shardSize) {
    const name = `${plan.place === 'vpc' ? 'vpc-' : ''}${start / shardSize}`;
    const shard = await probeShard(ctx, plan.assignments.slice(start, start + shardSize), name, slotAt, heeded);
    for (const sample of shard.samples) samples.push(sample);
    failing ||= shard.hurried;
    probed += shard.samples.length;
  }
  // Last, so that they come with the part that is judged.
  samples.push(...references.flat());
  await publish(ctx, plan.place, samples, samples.some((sample) => sample.verdict === 'fail') || isFirstOfMinute(slotAt));
  return { probed, failing };
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

async function publish(ctx: StageContext, place: ProbePlace, samples: readonly Sample[], measure: boolean): Promise<void> {
  const { bus, clock, metricSink } = ctx.ports;
  if (measure) await metricSink.publish(metricsOf(ctx, samples), within(clock, publishMs));
  // A message holds at most 256 KB.
  for (let start = 0; start < samples.length; start += messageSamplesMax) {
    // A slot is judged once, with the last message of the outer probe; what the inner one saw is a part of it.
    const last = place === 'outside' && start + messageSamplesMax >= samples.length;
    const part = { samples: samples.slice(start, start + messageSamplesMax), last };
    await bus.publish(composeMessage(ctx, 'SamplesTaken', part), within(clock, publishMs));
  }
}

/** Per configured service and region, not per endpoint and not of the AWS catalogue: a custom metric costs 0.30 USD a month. */
function metricsOf(ctx: StageContext, samples: readonly Sample[]): MetricDatum[] {
  const groups = new Map<string, { service: string; region: string; passed: number; judged: number; at: number }>();
  for (const { subject, verdict, at } of samples) {
    if (verdict === 'inconclusive' || findService(ctx.config, subject.service) === undefined) continue;
    const region = subject.region ?? 'global';
    const key = `${subject.service}/${region}`;
    const group = groups.get(key) ?? { service: subject.service, region, passed: 0, judged: 0, at };
    group.judged += 1;
    if (verdict === 'pass') group.passed += 1;
    groups.set(key, group);
  }
  return [...groups.values()].map((group) => ({
    name: 'ProbeSuccess',
    dimensions: { Application: ctx.config.name, Service: group.service, Region: group.region, Vantage: ctx.region },
    at: group.at,
    value: (100 * group.passed) / group.judged,
    unit: 'Percent',
  }));
}
