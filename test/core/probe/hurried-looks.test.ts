import { expect, test } from 'vitest';
import type { Config } from '../../../core/config/schema.ts';
import { readStored } from '../../../core/knowledge/stored.ts';
import { type Message, ok, type ProbeRequest, type Sample, type SlotSamples, storeKey, type Verdict } from '../../../core/model/index.ts';
import { planProbes, probeSlot, ShardState } from '../../../core/probe/probe-slot.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { configOf, regionContext, startAt } from '../region-context.ts';

/** One service with one endpoint a region, whose looks here end as `verdictAt` says by the number of the slot's look. */
async function slotWith(verdictAt: (look: number) => Verdict, startLateMs = 0) {
  const config: Config = configOf(shop([checkout({})], [checkoutGroup(4)], { awsEndpoints: [] }));
  const bench = regionContext(config);
  const looks: number[] = [];
  const references: number[] = [];
  const messages: SlotSamples[] = [];
  const probe = async ({ subject, dimension }: ProbeRequest, vantage: string): Promise<Sample[]> => {
    const now = bench.clock.now();
    const isReference = subject.service === 'self-test';
    const list = isReference ? references : looks;
    if (list.at(-1) !== now) list.push(now);
    const verdict = isReference ? 'pass' : verdictAt(looks.length);
    const phasesMs = { resolve: 1, connect: 1 };
    const status = verdict === 'fail' ? 'critical' : 'healthy';
    return [{ id: `${now}/${subject.endpoint}`, at: now, vantage, subject, verdict, status, phasesMs, dimension, reason: verdict }];
  };
  const publish = async ({ body }: Message) => ok(void messages.push(body as SlotSamples));
  const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, prober: { probe }, bus: { ...bench.ctx.ports.bus, publish } } };
  const plan = await planProbes(ctx);
  const begunAt = startAt + startLateMs;
  if (startLateMs > 0) await bench.pass(startLateMs / 1000);
  const slot = probeSlot(ctx, plan, startAt);
  await bench.pass(60);
  await slot;
  const stored = await readStored(ctx.ports.store, bench.clock, `${storeKey.probe(ctx.region)}#0`, ShardState);
  const since = (times: number[]) => times.map((at) => (at - begunAt) / 1000);
  return { looks: since(looks), references: since(references), messages, stored: stored.ok ? stored.value : null };
}

test('while nothing fails a slot is one look', async () => {
  const { looks, references, stored } = await slotWith(() => 'pass');
  expect([looks, references]).toEqual([[0], [0]]);
  expect(stored?.version).toBe(1);
});

test('while something fails it is looked at every five seconds until the next slot takes over, and written down once', async () => {
  const { looks, stored } = await slotWith(() => 'fail');
  expect(looks).toEqual([0, 5, 10, 15]);
  expect(stored?.version).toBe(1);
  expect(stored?.value?.intervals.map(({ recent }) => recent)).toContain('ffff');
});

test('in between the references are asked where something fails: what passes proves the way out by itself', async () => {
  const { looks, references } = await slotWith((look) => (look % 2 === 1 ? 'fail' : 'pass'));
  expect(looks).toEqual([0, 5, 10, 15]);
  expect(references).toEqual([0, 10]);
});

test('a slot that starts late is no burst of looks', async () => {
  const { looks } = await slotWith(() => 'fail', 12_000);
  expect(looks).toEqual([0, 5, 10, 15]);
});
