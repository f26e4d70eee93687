import assert from 'node:assert/strict';
import type { MetricDatum, MetricQuery } from '../../../core/model/index.ts';
import type { MetricSink, MetricSource } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

export interface MetricsHarness extends Harness {
  /** Publishes to `namespace`; folds no dimension away. */
  sink: MetricSink;
  source: MetricSource;
  namespace: string;
}

const minuteMs = 60_000;
const dimensions = { service: 'checkout', region: 'eu-west-1' };

/** The start of a minute that is over, `minutes` ago. */
function minuteBack(h: Harness, minutes: number): number {
  return Math.floor(h.now() / minuteMs) * minuteMs - minutes * minuteMs;
}

function datum(at: number, value: number, fields: Partial<MetricDatum> = {}): MetricDatum {
  return { name: 'ProbeLatency', dimensions, at, value, unit: 'Milliseconds', ...fields };
}

function query(h: MetricsHarness, statistic: string, fields: Partial<MetricQuery> = {}): MetricQuery {
  const from = minuteBack(h, 10);
  return {
    namespace: h.namespace,
    name: 'ProbeLatency',
    dimensions,
    statistic,
    periodSeconds: 60,
    from,
    to: from + 10 * minuteMs,
    ...fields,
  };
}

async function points(h: MetricsHarness, statistic: string, fields: Partial<MetricQuery> = {}): Promise<{ at: number; value: number }[]> {
  const [series, ...others] = assertOk(await h.source.read(query(h, statistic, fields), soon(h)));
  assert.deepEqual(others, []);
  return series?.points ?? [];
}

export const metricsContract: ContractCase<MetricsHarness>[] = [
  {
    name: 'a metric that nobody published is one series without points',
    async run(h) {
      const series = assertOk(await h.source.read(query(h, 'Average', { name: 'Nothing' }), soon(h)));
      assert.deepEqual(
        series.map((each) => each.points),
        [[]],
      );
    },
  },
  {
    name: 'the values of a period come as each statistic that is asked for',
    async run(h) {
      const at = minuteBack(h, 5);
      assertOk(
        await h.sink.publish(
          [30, 10, 20, 40].map((value, n) => datum(at + n * 1000, value)),
          soon(h),
        ),
      );
      for (const [statistic, value] of [
        ['Average', 25],
        ['Sum', 100],
        ['Minimum', 10],
        ['Maximum', 40],
        ['SampleCount', 4],
      ] as const)
        assert.deepEqual(await points(h, statistic), [{ at, value }], statistic);
    },
  },
  {
    name: 'points come oldest first, and a period without data has none',
    async run(h) {
      const times = [2, 7, 4].map((minutes) => minuteBack(h, minutes));
      for (const at of times) assertOk(await h.sink.publish([datum(at, at % 1000)], soon(h)));
      assert.deepEqual(
        (await points(h, 'Sum')).map((point) => point.at),
        times.toSorted((a, b) => a - b),
      );
    },
  },
  {
    name: 'a longer period folds the values of its minutes',
    async run(h) {
      const start = Math.floor(minuteBack(h, 20) / (5 * minuteMs)) * 5 * minuteMs;
      assertOk(await h.sink.publish([datum(start, 1), datum(start + minuteMs, 2), datum(start + 5 * minuteMs, 4)], soon(h)));
      const fields = { periodSeconds: 300, from: start, to: start + 10 * minuteMs };
      assert.deepEqual(await points(h, 'Sum', fields), [
        { at: start, value: 3 },
        { at: start + 5 * minuteMs, value: 4 },
      ]);
    },
  },
  {
    name: 'only what lies in the asked time is answered',
    async run(h) {
      const at = minuteBack(h, 5);
      assertOk(await h.sink.publish([datum(at - minuteMs, 1), datum(at, 2), datum(at + minuteMs, 3)], soon(h)));
      assert.deepEqual(await points(h, 'Sum', { from: at, to: at + minuteMs }), [{ at, value: 2 }]);
    },
  },
  {
    name: 'metrics are told apart by name, dimensions and namespace; the order of dimensions does not matter',
    async run(h) {
      const at = minuteBack(h, 5);
      const swapped = { region: 'eu-west-1', service: 'checkout' };
      assertOk(
        await h.sink.publish(
          [datum(at, 1), datum(at, 2, { dimensions: { service: 'payments', region: 'eu-west-1' } }), datum(at, 4, { name: 'Other' })],
          soon(h),
        ),
      );
      assertOk(await h.sink.publish([datum(at, 8, { dimensions: swapped })], soon(h)));
      assert.deepEqual(await points(h, 'Sum'), [{ at, value: 9 }]);
      assert.deepEqual(await points(h, 'Sum', { dimensions: swapped }), [{ at, value: 9 }]);
      assert.deepEqual(await points(h, 'Sum', { dimensions: { service: 'checkout' } }), []);
      assert.deepEqual(await points(h, 'Sum', { namespace: 'Evenkeel/Elsewhere' }), []);
    },
  },
  {
    name: 'data that cannot be published is left out and named, the rest is published',
    async run(h) {
      const at = minuteBack(h, 5);
      const bad = [datum(at, Number.NaN), datum(at - 15 * 24 * 3_600_000, 1), datum(h.now() + 3 * 3_600_000, 1)];
      for (const each of bad) assertFailed(await h.sink.publish([each, datum(at, 1)], soon(h)), 'invalid');
      assert.deepEqual(await points(h, 'Sum'), [{ at, value: 3 }]);
    },
  },
  {
    name: 'nothing to publish is ok',
    async run(h) {
      assertOk(await h.sink.publish([], soon(h)));
    },
  },
  {
    name: 'a call past its deadline times out and nothing is published',
    async run(h) {
      assertFailed(await h.sink.publish([datum(minuteBack(h, 5), 1)], tooLate(h)), 'timeout');
      assertFailed(await h.source.read(query(h, 'Sum'), tooLate(h)), 'timeout');
      assert.deepEqual(await points(h, 'Sum'), []);
    },
  },
];
