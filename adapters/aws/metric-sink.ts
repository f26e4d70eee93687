import { type CloudWatchClient, type MetricDatum as CloudWatchDatum, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { failed, type MetricDatum, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock, MetricSink } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

export interface AwsMetricSinkParts {
  client: CloudWatchClient;
  namespace: string;
  clock: Clock;
  /**
   * Dimensions that are folded away before publishing. A custom metric costs 0.30 USD a series a month, so endpoints,
   * addresses and units become values of their service's series; their detail is in the table and the logs.
   */
  folded: readonly string[];
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
const dataPerRequest = 1000;
const valuesPerDatum = 150;
const dimensionsMax = 30;
const oldestMs = 14 * 24 * 3600_000;
const furthestAheadMs = 2 * 3600_000;

/** MetricSink over PutMetricData, as few requests as fit. Data that CloudWatch would refuse is left out and named in the failure. */
export class AwsMetricSink implements MetricSink {
  readonly #parts: AwsMetricSinkParts;

  constructor(parts: AwsMetricSinkParts) {
    this.#parts = parts;
  }

  async publish(data: MetricDatum[], call: Call): Promise<Result<void>> {
    const now = this.#parts.clock.now();
    const problems = data.flatMap((datum) => whyRefused(datum, now) ?? []);
    const folded = foldData(
      data.filter((datum) => whyRefused(datum, now) === null),
      this.#parts.folded,
    );
    for (let from = 0; from < folded.length; from += dataPerRequest) {
      const put = await this.#put(folded.slice(from, from + dataPerRequest), call);
      if (!put.ok) return { ...put, reason: `${put.reason} (${from} of ${folded.length} data were published)` };
    }
    return problems.length === 0 ? ok(undefined) : failed('invalid', `left out ${problems.length} of ${data.length} data: ${problems[0]}`);
  }

  #put(MetricData: CloudWatchDatum[], call: Call): Promise<Result<unknown>> {
    const command = new PutMetricDataCommand({ Namespace: this.#parts.namespace, MetricData });
    return attempt('cloudwatch:PutMetricData', this.#parts.clock, call, (options) => this.#parts.client.send(command, options));
  }
}

/** One bad datum makes CloudWatch refuse the whole request. */
function whyRefused(datum: MetricDatum, now: number): string | null {
  if (!Number.isFinite(datum.value)) return `${datum.name} is ${datum.value}`;
  if (Object.keys(datum.dimensions).length > dimensionsMax) return `${datum.name} has more than ${dimensionsMax} dimensions`;
  if (now - datum.at > oldestMs) return `${datum.name} is more than two weeks old`;
  if (datum.at - now > furthestAheadMs) return `${datum.name} is more than two hours in the future`;
  return null;
}

/** Data of one series and second become one datum with several values, so that percentiles stay true. */
function foldData(data: readonly MetricDatum[], folded: readonly string[]): CloudWatchDatum[] {
  const series = new Map<string, CloudWatchDatum & { Values: number[] }>();
  const full: CloudWatchDatum[] = [];
  for (const datum of data) {
    const dimensions = Object.entries(datum.dimensions)
      .filter(([name, value]) => !folded.includes(name) && value !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1));
    const second = Math.floor(datum.at / 1000) * 1000;
    const key = JSON.stringify([datum.name, datum.unit, second, dimensions]);
    const open = series.get(key);
    if (open && open.Values.length < valuesPerDatum) {
      open.Values.push(datum.value);
      continue;
    }
    if (open) full.push(open);
    series.set(key, {
      MetricName: datum.name,
      Dimensions: dimensions.map(([Name, Value]) => ({ Name, Value })),
      Timestamp: new Date(second),
      Unit: datum.unit,
      Values: [datum.value],
    });
  }
  return [...full, ...series.values()];
}
