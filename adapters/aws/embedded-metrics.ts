import { failed, type MetricDatum, ok, type Result } from '../../core/model/index.ts';
import type { MetricSink } from '../../core/ports/index.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const valuesPerLine = 100;

/**
 * MetricSink over log lines that CloudWatch turns into metrics (the embedded metric format): no request and no right of its own, and a
 * ninth of what PutMetricData costs once a minute. The series costs the same either way; data of one series and minute share a line.
 */
export class EmbeddedMetricSink implements MetricSink {
  readonly #namespace: string;
  readonly #write: (line: string) => void;

  /** @param write puts one line, without its end, where the function's log is read from */
  constructor(namespace: string, write: (line: string) => void) {
    this.#namespace = namespace;
    this.#write = write;
  }

  async publish(data: MetricDatum[]): Promise<Result<void>> {
    const sound = data.filter(({ value }) => Number.isFinite(value));
    for (const series of Map.groupBy(sound, seriesOf).values())
      for (let from = 0; from < series.length; from += valuesPerLine) this.#line(series.slice(from, from + valuesPerLine));
    const left = data.length - sound.length;
    return left === 0 ? ok(undefined) : failed('invalid', `left out ${left} of ${data.length} data that are not finite`);
  }

  #line(data: readonly MetricDatum[]): void {
    const [first] = data;
    if (first === undefined) return;
    const { name, unit, at, dimensions } = first;
    const metrics = { Namespace: this.#namespace, Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: name, Unit: unit }] };
    const values = data.map(({ value }) => value);
    this.#write(JSON.stringify({ _aws: { Timestamp: at, CloudWatchMetrics: [metrics] }, ...dimensions, [name]: values }));
  }
}

const minuteMs = 60_000;

function seriesOf({ name, unit, at, dimensions }: MetricDatum): string {
  return JSON.stringify([name, unit, Math.floor(at / minuteMs), dimensions]);
}
