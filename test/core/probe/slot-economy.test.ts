import { describe, expect, test } from 'vitest';
import { healthShardOf } from '../../../core/config/health-shards.ts';
import type { Config } from '../../../core/config/schema.ts';
import type { StageContext } from '../../../core/config/stage-context.ts';
import { type Message, type MetricDatum, ok, type ProbeRequest, type Sample } from '../../../core/model/index.ts';
import { planProbes, probeSlot } from '../../../core/probe/probe-slot.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { configOf, regionContext, startAt } from '../region-context.ts';

const everyMinute = { base: 60, min: 60, max: 60 };
const ungrouped = { trafficGroup: undefined, failover: false };

/** Services whose endpoints, `count` each, are probed once a minute; nobody moves their traffic. */
function services(...counts: number[]): Config {
  const all = counts.map((count, index) =>
    checkout({
      ...ungrouped,
      name: `service-${index}`,
      endpoints: Array.from({ length: count }, (_, number) => ({
        ...{ name: `endpoint-${number}`, kind: 'http' as const, region: 'us-east-1', url: `https://endpoint-${number}.example.com/` },
        ...{ conditions: ['[STATUS] == 200'], intervalSeconds: everyMinute },
      })),
    }),
  );
  return configOf(shop(all, [checkoutGroup(4)], { awsEndpoints: [] }));
}

/** One vantage whose every probe passes, with what it asked, sent and measured. */
function vantage(config: Config) {
  const { ctx } = regionContext(config);
  const probed: string[] = [];
  const sent: Message[] = [];
  const measured: MetricDatum[] = [];
  const passing = async ({ subject, dimension }: ProbeRequest, observer: string): Promise<Sample[]> => {
    probed.push(subject.endpoint ?? '-');
    const phasesMs = { resolve: 1, connect: 1, tls: 1, firstByte: 1, transfer: 1 };
    const id = `sample-${probed.length}`;
    return [{ id, at: startAt, vantage: observer, subject, verdict: 'pass', status: 'healthy', phasesMs, dimension, reason: '200' }];
  };
  const ports: StageContext['ports'] = {
    ...ctx.ports,
    prober: { probe: passing },
    bus: { publish: async (message) => ok(void sent.push(message)), send: async () => ok(undefined) },
    metricSink: { publish: async (data) => ok(void measured.push(...data)) },
  };
  return { ctx: { ...ctx, ports }, probed, sent, measured };
}

const samplesOf = (message: Message): Sample[] => (message.type === 'SamplesTaken' ? message.body.samples : []);
/** The first of its minute. */
const slotAt = startAt - (startAt % 60_000);

describe('a slot', () => {
  test('is over at once when nothing is due, but for the first of a minute', async () => {
    const { ctx, probed, sent } = vantage(services(1));
    const plan = await planProbes(ctx);
    const asked = async (at: number) => {
      const before = [probed.length, sent.length];
      await probeSlot(ctx, plan, at);
      return [probed.length - (before[0] ?? 0), sent.length - (before[1] ?? 0)];
    };
    const whole = [1 + plan.references.length, 1];
    expect(await asked(slotAt)).toEqual(whole);
    expect(await asked(slotAt + 20_000)).toEqual([0, 0]);
    expect(await asked(slotAt + 40_000)).toEqual([0, 0]);
    expect(await asked(slotAt + 60_000)).toEqual(whole);
  });

  test('observes whether or not anything is due where traffic can be moved', async () => {
    const config = services(1);
    const grouped = { ...config, services: config.services.map((service) => ({ ...service, trafficGroup: 'checkout' })) };
    const { ctx, sent } = vantage(grouped);
    const plan = await planProbes(ctx);
    await probeSlot(ctx, plan, slotAt);
    await probeSlot(ctx, plan, slotAt + 20_000);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toMatchObject({ body: { last: true } });
  });

  test('sends messages that are cut where the health of the services is cut, the references with the last', async () => {
    const config = services(150, 150, 40, 250);
    const { ctx, sent } = vantage(config);
    const plan = await planProbes(ctx);
    await probeSlot(ctx, plan, slotAt);
    const shards = sent.map((message) => [
      ...new Set(samplesOf(message).map(({ subject }) => (subject.endpoint === undefined ? '-' : healthShardOf(config, subject.service)))),
    ]);
    expect(sent.map((message) => samplesOf(message).length).every((count) => count <= 200)).toBe(true);
    expect(sent.map(({ body }) => (body as { last: boolean }).last)).toEqual(sent.map((_, index) => index === sent.length - 1));
    expect(sent.flatMap(samplesOf)).toHaveLength(590 + plan.references.length);
    // The fourth service alone has more than a message holds.
    expect(shards.slice(0, 4).map(([shard]) => shard)).toEqual(['services-1', 'services-2', 'services-3', 'services-3']);
    expect(shards.slice(0, 3).every((own) => own.length === 1)).toBe(true);
  });

  test('measures one series for each service, with a value for each region that is looked at', async () => {
    const { ctx, measured } = vantage(configOf(shop([checkout({ failover: true })], [checkoutGroup(4)])));
    await probeSlot(ctx, await planProbes(ctx), slotAt);
    expect(new Set(measured.map(({ dimensions }) => JSON.stringify(dimensions))).size).toBe(1);
    expect(measured[0]?.dimensions).toEqual({ Application: 'shop', Service: 'checkout', Vantage: ctx.region });
    expect(measured.map(({ value }) => value)).toEqual(ctx.config.regions.map(() => 100));
  });
});
