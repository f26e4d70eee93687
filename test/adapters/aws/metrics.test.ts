import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { describe, expect, test } from 'vitest';
import { AwsMetricSink } from '../../../adapters/aws/metric-sink.ts';
import { AwsMetricSource } from '../../../adapters/aws/metric-source.ts';
import type { MetricDatum } from '../../../core/model/index.ts';
import { answering, awsError, inputsOf, type Script, settings, stillClock } from './fake-send.ts';

interface Put {
  MetricData: { MetricName: string; Values: number[]; Dimensions: { Name: string; Value: string }[] }[];
}

function metricsOn(script: Script) {
  const client = new CloudWatchClient(settings);
  const sent = answering(client, script);
  const clock = stillClock();
  return {
    sink: new AwsMetricSink({ client, namespace: 'Evenkeel', clock, folded: ['endpoint'] }),
    source: new AwsMetricSource(client, clock),
    puts: () => inputsOf(sent, 'PutMetricData') as Put[],
    call: { deadlineAt: clock.now() + 5_000 },
    at: clock.now(),
  };
}

const datum = (at: number, name: string, value: number, dimensions: Record<string, string> = {}): MetricDatum => ({
  name,
  dimensions,
  at,
  value,
  unit: 'Count',
});

describe('the metric sink', () => {
  test('publishes per service and region: values of its endpoints become values of one series', async () => {
    const { sink, puts, call, at } = metricsOn(() => ({}));
    const data = ['a', 'b', 'c'].map((endpoint, n) => datum(at + n, 'Latency', n, { service: 's', region: 'r', endpoint }));
    await sink.publish(data, call);
    expect(puts()[0]?.MetricData).toMatchObject([
      {
        MetricName: 'Latency',
        Values: [0, 1, 2],
        Dimensions: [
          { Name: 'region', Value: 'r' },
          { Name: 'service', Value: 's' },
        ],
      },
    ]);
  });

  test('sends 1,000 data a request and 150 values a datum', async () => {
    const { sink, puts, call, at } = metricsOn(() => ({}));
    await sink.publish(
      [...Array(1_001).keys()].map((n) => datum(at, `m${n}`, n)),
      call,
    );
    expect(puts().map((put) => put.MetricData.length)).toEqual([1_000, 1]);
    const many = metricsOn(() => ({}));
    await many.sink.publish(
      [...Array(200).keys()].map((n) => datum(at, 'm', n)),
      many.call,
    );
    expect(many.puts()[0]?.MetricData.map((one) => one.Values.length)).toEqual([150, 50]);
  });

  test('leaves out what CloudWatch would refuse the whole request for', async () => {
    const { sink, puts, call, at } = metricsOn(() => ({}));
    const result = await sink.publish([datum(at, 'm', Number.NaN), datum(at, 'm', 1)], call);
    expect(result).toMatchObject({ code: 'invalid', reason: 'left out 1 of 2 data: m is NaN' });
    expect(puts()[0]?.MetricData).toMatchObject([{ Values: [1] }]);
  });

  test('stops at a refused request and says how much was published', async () => {
    const { sink, puts, call, at } = metricsOn((_operation, _input, nth) => (nth === 1 ? awsError('AccessDenied') : {}));
    const result = await sink.publish(
      [...Array(2_500).keys()].map((n) => datum(at, `m${n}`, n)),
      call,
    );
    expect(result).toMatchObject({ code: 'refused', retryable: false });
    expect(!result.ok && result.reason).toContain('1000 of 2500 data were published');
    expect(puts()).toHaveLength(2);
  });
});

describe('the metric source', () => {
  const query = { namespace: 'N', name: 'm', dimensions: {}, statistic: 'p99', periodSeconds: 60, from: 61_000, to: 179_000 };

  test('reads every page and puts the points in order', async () => {
    const { source, call } = metricsOn((_operation, _input, nth) => ({
      MetricDataResults: [
        { Label: 'm', Timestamps: [new Date(2_000 - nth * 1_000)], Values: [nth], StatusCode: nth === 0 ? 'PartialData' : 'Complete' },
      ],
      ...(nth === 0 && { NextToken: 'more' }),
    }));
    expect(await source.read(query, call)).toEqual({
      ok: true,
      value: [
        {
          label: 'm',
          points: [
            { at: 1_000, value: 1 },
            { at: 2_000, value: 0 },
          ],
        },
      ],
    });
  });

  test.each([
    ['Forbidden', 'refused'],
    ['InternalError', 'unavailable'],
  ])('%s inside an answer of status 200 is %s', async (StatusCode, code) => {
    const { source, call } = metricsOn(() => ({ MetricDataResults: [{ StatusCode, Messages: [{ Value: 'no' }] }] }));
    expect(await source.read(query, call)).toMatchObject({ ok: false, code });
  });
});
