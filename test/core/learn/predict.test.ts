import { describe, expect, it } from 'vitest';
import { Prediction, predictionKey } from '../../../core/knowledge/predictions.ts';
import { readStored } from '../../../core/knowledge/stored.ts';
import { learnMinute } from '../../../core/learn/learn.ts';
import { predictFailures } from '../../../core/learn/predict.ts';
import type { Incident, ServiceState } from '../../../core/model/index.ts';
import { operate } from '../../../core/plan/operator.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { SeededRandom } from '../../../simulator/world/random.ts';
import { incidentOf } from '../incident-of.ts';
import { configOf, keepHealth, type RegionBench, regionContext, startAt } from '../region-context.ts';

const hour = 3_600_000;
const dimensions = { ClusterName: 'shop', ServiceName: 'checkout' };

/** The memory of the last `hours`, one datum a quarter of an hour; `shareAt` in hours from now, so negative. */
function memory(bench: RegionBench, hours: number, shareAt: (hour: number) => number): void {
  for (let back = hours * 4; back > 0; back -= 1) {
    const at = bench.clock.now() - back * (hour / 4);
    bench.cloudwatch.put('AWS/ECS', { name: 'MemoryUtilization', dimensions, at, value: 100 * shareAt(-back / 4) }, at);
  }
}

async function predicted(bench: RegionBench, incidents: Incident[] = []): Promise<Prediction | null> {
  await predictFailures(bench.ctx, incidents);
  const read = await readStored(bench.ctx.ports.store, bench.clock, predictionKey('checkout', 'us-east-1'), Prediction);
  return read.ok ? read.value.value : null;
}

const titles = (bench: RegionBench) => bench.notified.sent.map(({ notification }) => notification.title);

describe('what runs out', () => {
  it('is told a day ahead and once a day, and stands in the status', async () => {
    const bench = regionContext();
    memory(bench, 6, (at) => 0.7 + 0.02 * at);
    const ahead = await predicted(bench);
    expect(ahead?.supplies).toMatchObject([{ supply: 'memory', seconds: expect.closeTo(15.25 * 3_600, 0) }]);
    expect(ahead?.horizons.find((each) => each.horizon === '24h')?.probability).toBeGreaterThan(0.8);
    expect(ahead?.horizons.find((each) => each.horizon === '1h')?.probability).toBeLessThan(0.1);
    expect(titles(bench)).toEqual(['memory of checkout in us-east-1 is used up in about 15.2 h']);
    expect(bench.of('ExhaustionPredicted')).toMatchObject([{ data: { supply: 'memory', region: 'us-east-1' } }]);
    await bench.pass(3_600);
    await predicted(bench);
    expect(titles(bench)).toHaveLength(1);
    const status = await operate(bench.ctx, { command: 'status' });
    expect(status.ok && status.value.lines.join('\n')).toMatch(
      /checkout in us-east-1 fails with .* % \(.*\) within 1h, .* within 24h, .* its memory is used up in 1[45]\.\d h/,
    );
  });

  it('is not what rises every morning', async () => {
    const bench = regionContext();
    memory(bench, 24, (at) => 0.5 - 0.2 * Math.cos((2 * Math.PI * (at + 18)) / 24));
    await predicted(bench);
    expect(titles(bench)).toEqual([]);
  });

  it('is told of what began in the last hours when it ends within as many', async () => {
    const bench = regionContext();
    memory(bench, 24, (at) => 0.4 + Math.max(0, at + 2) * 0.2);
    await predicted(bench);
    expect(titles(bench)).toEqual([expect.stringMatching(/^memory of checkout in us-east-1 is used up in about [012]\.?\d? h$/)]);
  });

  it('may be the quota, of which units are counted hour by hour', async () => {
    const bench = regionContext();
    const here = bench.capacity.services['checkout/us-east-1'];
    if (here === undefined) throw new Error('checkout is not deployed');
    here.quota = { limit: 200, usedElsewhere: 0 };
    for (const usedElsewhere of [100, 110, 120, 130]) {
      here.quota.usedElsewhere = usedElsewhere;
      await predicted(bench);
      await bench.pass(3_600);
    }
    expect(titles(bench)).toContainEqual(expect.stringContaining('quota of checkout in us-east-1'));
  });

  it('is reckoned with when it is a certificate, of which an alert tells', async () => {
    const bench = regionContext();
    const state: ServiceState = {
      ...{
        health: {
          subject: { service: 'checkout', region: 'us-east-1' },
          at: startAt,
          status: 'healthy',
          score: 1,
          dimensions: {},
          reason: '',
          evidence: [],
        },
      },
      ...{ since: startAt },
      endpoints: {
        health: {
          ...{ status: 'healthy', failures: 0, successes: 9, at: startAt, responseMs: 50, weight: 1, dimension: 'liveness' },
          ...{ sickAddresses: [], addresses: 1, last: 'pass', certificateDays: 3, reason: '' },
        },
      },
    };
    await keepHealth(bench.ctx, state);
    const ahead = await predicted(bench);
    expect(ahead?.supplies).toMatchObject([{ supply: 'certificate', seconds: 3 * 86_400 }]);
    expect(ahead?.horizons.map((each) => each.probability > 0.9)).toEqual([false, false, true]);
    expect(titles(bench)).toEqual([]);
  });
});

describe('the risk of a service', () => {
  const failure = (at: number) => incidentOf({ id: `inc-${at}`, state: 'resolved', openedAt: at, deadlineAt: at });

  it('grows with the failures that it had, with an interval around it', async () => {
    const calm = await predicted(regionContext());
    const bad = await predicted(
      regionContext(),
      Array.from({ length: 10 }, (_, index) => failure(startAt - (index + 1) * 24 * hour)),
    );
    const day = (given: Prediction | null) => given?.horizons.find((each) => each.horizon === '24h');
    expect(day(bad)?.probability).toBeGreaterThan(3 * (day(calm)?.probability ?? 1));
    expect(day(bad)?.low).toBeLessThan(day(bad)?.probability ?? 0);
    expect(day(bad)?.high).toBeGreaterThan(day(bad)?.probability ?? 1);
    expect(bad?.secondsToFailure.median).toBeLessThan(calm?.secondsToFailure.median ?? 0);
  });

  const twoServices = () => {
    const { trafficGroup: _, ...payments } = checkout({ name: 'payments', failover: false });
    const bench = regionContext(configOf(shop([checkout({}), payments], [checkoutGroup(1)])));
    const known = async () => {
      const read = await bench.ctx.ports.store.query('prediction#', 10, { deadlineAt: bench.clock.now() + 1000 });
      return read.ok ? read.value.map((item) => `${item.key} v${item.version}`) : [];
    };
    return { bench, known };
  };

  it('is worked out for each service in its own minute of the hour, once', async () => {
    const { bench, known } = twoServices();
    await predictFailures(bench.ctx, []);
    await predictFailures(bench.ctx, []);
    expect(await known()).toEqual(['prediction#checkout/us-east-1 v1']);
    await bench.pass(60);
    await predictFailures(bench.ctx, []);
    expect(await known()).toEqual(['prediction#checkout/us-east-1 v1', 'prediction#payments/us-east-1 v1']);
  });

  it('is worked out for every service in the first minute of a region, which has nothing else to go by', async () => {
    const { bench, known } = twoServices();
    await bench.pass(40 * 60);
    for (let time = 0; time < 2; time += 1) {
      await learnMinute(bench.ctx);
      expect(await known()).toEqual(['prediction#checkout/us-east-1 v1', 'prediction#payments/us-east-1 v1']);
      await bench.pass(60);
    }
  });

  it('grows when a measure drifts, though no limit is near and no detector finds anything', async () => {
    const calm = await predicted(busy(() => 1));
    const bench = busy((back) => (back < 3 ? 1.1 : 1));
    const drifting = await predicted(bench);
    expect(calm?.drifts).toEqual([]);
    expect(drifting?.drifts).toEqual([
      expect.stringMatching(/^cpuShare drifts upwards against the same hours of the past days: shift 0\.0[345]/),
    ]);
    const rate = (given: Prediction | null) => -Math.log(1 - (given?.horizons[0]?.probability ?? 0));
    expect(rate(drifting) / rate(calm)).toBeCloseTo(2, 2);
    expect(drifting?.secondsToFailure.median).toBeLessThan(0.6 * (calm?.secondsToFailure.median ?? 0));
    expect(titles(bench)).toEqual([]);
    const status = await operate(bench.ctx, { command: 'status' });
    expect(status.ok && status.value.lines.join('\n')).toMatch(/checkout in us-east-1 fails with .*; cpuShare drifts upwards/);
  });

  it.each(['queueDepth', 'diskIo'] as const)('grows with %s, which has no limit that it could be near', async (signal) => {
    const measured = { [signal]: { namespace: 'Shop', metricName: 'Depth' } };
    const bench = regionContext(configOf(shop([checkout({ signals: measured })], [checkoutGroup(1)])));
    const random = new SeededRandom(7);
    for (let back = 7 * 24 * 12; back > 0; back -= 1) {
      const at = bench.clock.now() - back * 300_000;
      bench.cloudwatch.put('Shop', { name: 'Depth', dimensions: {}, at, value: (back < 30 ? 30 : 20) * random.lognormal(1, 0.1) }, at);
    }
    expect((await predicted(bench))?.drifts).toEqual([expect.stringMatching(`^${signal} drifts upwards`)]);
  });

  it('does not grow with what comes back every day, nor with a move of a fiftieth', async () => {
    expect((await predicted(busy((back) => 1 + 0.3 * Math.cos((2 * Math.PI * back) / 24))))?.drifts).toEqual([]);
    expect((await predicted(busy((back) => (back < 3 ? 1.02 : 1), 0.005)))?.drifts).toEqual([]);
  });

  /** A week of CPU around 40 %, times a factor by hours back from now. */
  function busy(factorAt: (hoursBack: number) => number, noise = 0.03): RegionBench {
    const bench = regionContext();
    const random = new SeededRandom(7);
    for (let back = 7 * 24 * 12; back > 0; back -= 1) {
      const at = bench.clock.now() - back * 300_000;
      const value = 40 * factorAt(back / 12) * random.lognormal(1, noise);
      bench.cloudwatch.put('AWS/ECS', { name: 'CPUUtilization', dimensions, at, value }, at);
    }
    return bench;
  }

  it('is told with the times of the week that are riskier than usual', async () => {
    const tuesday = startAt + 18 * hour;
    const weeks = Array.from({ length: 12 }, (_, week) => failure(tuesday - (week + 1) * 7 * 24 * hour));
    const bench = regionContext();
    const ahead = await predicted(bench, weeks);
    expect(ahead?.periods).toMatchObject([{ fromHour: 30, toHour: 36 }]);
    const status = await operate(bench.ctx, { command: 'status' });
    expect(status.ok && status.value.lines.join('\n')).toContain('riskier than usual Tue 06:00 to Tue 12:00 UTC (12 failures where');
  });
});
