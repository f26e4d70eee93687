import { expect, test } from 'vitest';
import { MemoryMetricSink, MemoryMetricSource } from '../../../adapters/memory/metrics.ts';
import type { MetricDatum } from '../../../core/model/index.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';
import { CloudWatch } from '../../../simulator/world/cloudwatch.ts';
import { drain } from './drain.ts';

const call = { deadlineAt: 1e12 };
const query = { namespace: 'n', name: 'm', dimensions: {}, statistic: 'Sum', periodSeconds: 60, from: 0, to: 600_000 };

function datum(value: number): MetricDatum {
  return { name: 'm', dimensions: {}, at: 0, value, unit: 'Count' };
}

test('data come as late as the world says, or never', async () => {
  const clock = new VirtualClock(0);
  const world = new CloudWatch();
  const sink = new MemoryMetricSink(world, 'n', clock, ({ value }) => (value === 4 ? null : value * 1000));
  const source = new MemoryMetricSource(world, clock);
  const sums: unknown[] = [];
  expect(await sink.publish([datum(1), datum(2), datum(4)], call)).toMatchObject({ ok: true });
  for (let second = 0; second < 4; second++) {
    await clock.run(second * 1000, drain);
    const read = await source.read(query, call);
    sums.push(read.ok && (read.value[0]?.points[0]?.value ?? null));
  }
  expect(sums).toEqual([null, 1, 3, 3]);
});

test('a statistic that CloudWatch does not have is invalid', async () => {
  const source = new MemoryMetricSource(new CloudWatch(), new VirtualClock(0));
  for (const statistic of ['Median', 'p101', 'p', ''])
    expect(await source.read({ ...query, statistic }, call)).toMatchObject({ ok: false, code: 'invalid' });
  expect(await source.read({ ...query, statistic: 'p99.9' }, call)).toMatchObject({ ok: true });
});
