import { expect, test } from 'vitest';
import { EmbeddedMetricSink } from '../../../adapters/aws/embedded-metrics.ts';
import type { MetricDatum } from '../../../core/model/index.ts';

const at = Date.parse('2026-11-22T12:00:10Z');
const datum = (value: number, service = 'checkout', later = 0): MetricDatum => ({
  name: 'ProbeSuccess',
  dimensions: { Application: 'shop', Service: service, Vantage: 'us-east-1' },
  at: at + later,
  value,
  unit: 'Percent',
});

test('data of one series and minute are one line, as CloudWatch reads it from the log', async () => {
  const lines: string[] = [];
  const sink = new EmbeddedMetricSink('evenkeel/shop', (line) => lines.push(line));
  expect(await sink.publish([datum(100), datum(50, 'checkout', 2_000), datum(100, 'payments')])).toEqual({ ok: true, value: undefined });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    {
      _aws: {
        Timestamp: at,
        CloudWatchMetrics: [
          {
            Namespace: 'evenkeel/shop',
            Dimensions: [['Application', 'Service', 'Vantage']],
            Metrics: [{ Name: 'ProbeSuccess', Unit: 'Percent' }],
          },
        ],
      },
      Application: 'shop',
      Service: 'checkout',
      Vantage: 'us-east-1',
      ProbeSuccess: [100, 50],
    },
    expect.objectContaining({ Service: 'payments', ProbeSuccess: [100] }),
  ]);
});

test('a line takes a hundred values, another minute is another line, and what is not finite is said', async () => {
  const lines: string[] = [];
  const sink = new EmbeddedMetricSink('evenkeel/shop', (line) => lines.push(line));
  const many = Array.from({ length: 101 }, () => datum(100));
  expect(await sink.publish([...many, datum(100, 'checkout', 60_000), datum(Number.NaN)])).toMatchObject({
    code: 'invalid',
    reason: 'left out 1 of 103 data that are not finite',
  });
  expect(lines.map((line) => JSON.parse(line).ProbeSuccess.length)).toEqual([100, 1, 1]);
});
