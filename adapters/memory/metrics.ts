import { failed, type MetricDatum, type MetricQuery, ok, type Result, type Series } from '../../core/model/index.ts';
import type { Call, Clock, MetricSink, MetricSource } from '../../core/ports/index.ts';
import { overdue } from './deadline.ts';

/** One region's metrics, kept by the world. */
export interface MetricsWorld {
  /** `arrivesAt`: when readers see it. */
  put(namespace: string, datum: MetricDatum, arrivesAt: number): void;
  read(query: MetricQuery, now: number): Series[];
}

/** How late a datum can be read, ms; null: it is lost although it was accepted. */
export type Lateness = (datum: MetricDatum) => number | null;

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
const dimensionsMax = 30;
const ageMsMax = 14 * 24 * 3_600_000;
const aheadMsMax = 2 * 3_600_000;

const statistics = /^(Average|Sum|Minimum|Maximum|SampleCount|p(100|\d{1,2}(\.\d+)?))$/;

/** Publishes to one namespace. Data that CloudWatch would refuse is left out and named in the failure. */
export class MemoryMetricSink implements MetricSink {
  readonly #world: MetricsWorld;
  readonly #namespace: string;
  readonly #clock: Clock;
  readonly #lateness: Lateness;

  constructor(world: MetricsWorld, namespace: string, clock: Clock, lateness: Lateness = () => 0) {
    this.#world = world;
    this.#namespace = namespace;
    this.#clock = clock;
    this.#lateness = lateness;
  }

  async publish(data: MetricDatum[], call: Call): Promise<Result<void>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const now = this.#clock.now();
    const problems: string[] = [];
    for (const datum of data) {
      const problem = whyRefused(datum, now);
      const lateMs = problem === null ? this.#lateness(datum) : null;
      if (problem !== null) problems.push(problem);
      if (lateMs !== null) this.#world.put(this.#namespace, { ...datum, dimensions: { ...datum.dimensions } }, now + lateMs);
    }
    return problems.length === 0 ? ok(undefined) : failed('invalid', `left out ${problems.length} of ${data.length} data: ${problems[0]}`);
  }
}

function whyRefused(datum: MetricDatum, now: number): string | null {
  if (!Number.isFinite(datum.value)) return `${datum.name} is ${datum.value}`;
  if (Object.keys(datum.dimensions).length > dimensionsMax) return `${datum.name} has more than ${dimensionsMax} dimensions`;
  if (now - datum.at > ageMsMax) return `${datum.name} is more than two weeks old`;
  if (datum.at - now > aheadMsMax) return `${datum.name} is more than two hours in the future`;
  return null;
}

/** Always answers one series; a metric without data has no points. */
export class MemoryMetricSource implements MetricSource {
  readonly #world: MetricsWorld;
  readonly #clock: Clock;

  constructor(world: MetricsWorld, clock: Clock) {
    this.#world = world;
    this.#clock = clock;
  }

  async read(query: MetricQuery, call: Call): Promise<Result<Series[]>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    if (!statistics.test(query.statistic)) return failed('invalid', `CloudWatch has no statistic ${query.statistic}`);
    const [series] = this.#world.read(query, this.#clock.now());
    return ok([series ?? { label: query.name, points: [] }]);
  }
}
