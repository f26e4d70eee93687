import type { MetricsWorld } from '../../adapters/memory/metrics.ts';
import type { MetricDatum, MetricQuery, Series } from '../../core/model/index.ts';

/** One period of one metric, folded as CloudWatch folds it; values are kept (to a limit) for percentiles. */
interface Period {
  sum: number;
  count: number;
  minimum: number;
  maximum: number;
  values: number[];
}

interface Metric {
  periods: Map<number, Period>;
  /** No period began earlier. */
  earliest: number;
  /** Data on their way: stamped long ago, seen only from `arrivesAt` on. */
  late: { datum: Pick<MetricDatum, 'at' | 'value'>; arrivesAt: number }[];
}

/** Metrics are kept at their finest standard resolution; a longer period is folded from these when it is read. */
const resolutionMs = 60_000;
const valuesMax = 200;
/** Periods kept per metric: a bit more than a day. */
const periodsMax = 1600;

/** The metrics of one region. Data may arrive late or never; a period without data has no point. */
export class CloudWatch implements MetricsWorld {
  readonly #metrics = new Map<string, Metric>();

  /** `arrivesAt` is when readers see it: at once when it is not later than `at`. */
  put(namespace: string, datum: Pick<MetricDatum, 'name' | 'dimensions' | 'at' | 'value'>, arrivesAt: number): void {
    const key = metricKey(namespace, datum.name, datum.dimensions);
    let metric = this.#metrics.get(key);
    if (metric === undefined) {
      metric = { periods: new Map(), earliest: Number.POSITIVE_INFINITY, late: [] };
      this.#metrics.set(key, metric);
    }
    if (arrivesAt > datum.at) metric.late.push({ datum: { at: datum.at, value: datum.value }, arrivesAt });
    else fold(metric, datum);
  }

  read(query: MetricQuery, now: number): Series[] {
    const metric = this.#settled(metricKey(query.namespace, query.name, query.dimensions), now);
    if (metric === undefined) return [];
    const stepMs = query.periodSeconds * 1000;
    const points: { at: number; value: number }[] = [];
    for (let at = Math.floor(Math.max(query.from, metric.earliest) / stepMs) * stepMs; at < query.to; at += stepMs) {
      const value = statisticOf(metric, at, stepMs, query.statistic);
      if (value !== null) points.push({ at, value });
    }
    return [{ label: query.name, points }];
  }

  /** The Maximum of the one-minute period that began at `periodStart`, as far as data had arrived by `now`; null: none. */
  maximum(namespace: string, name: string, dimensions: Record<string, string>, periodStart: number, now: number): number | null {
    return this.#settled(metricKey(namespace, name, dimensions), now)?.periods.get(periodStart)?.maximum ?? null;
  }

  #settled(key: string, now: number): Metric | undefined {
    const metric = this.#metrics.get(key);
    if (metric === undefined || metric.late.length === 0) return metric;
    for (const { datum, arrivesAt } of metric.late) if (arrivesAt <= now) fold(metric, datum);
    metric.late = metric.late.filter(({ arrivesAt }) => arrivesAt > now);
    return metric;
  }
}

/** One key per metric; dimensions in any order are the same metric. */
function metricKey(namespace: string, name: string, dimensions: Record<string, string>): string {
  let key = `${namespace} ${name}`;
  for (const dimension of Object.keys(dimensions).sort()) key += ` ${dimension}=${dimensions[dimension]}`;
  return key;
}

function fold(metric: Metric, datum: Pick<MetricDatum, 'at' | 'value'>): void {
  const start = Math.floor(datum.at / resolutionMs) * resolutionMs;
  const period = metric.periods.get(start);
  if (period === undefined) {
    metric.earliest = Math.min(metric.earliest, start);
    metric.periods.set(start, { sum: datum.value, count: 1, minimum: datum.value, maximum: datum.value, values: [datum.value] });
    if (metric.periods.size > periodsMax) metric.periods.delete(metric.periods.keys().next().value ?? start);
    return;
  }
  period.sum += datum.value;
  period.count++;
  period.minimum = Math.min(period.minimum, datum.value);
  period.maximum = Math.max(period.maximum, datum.value);
  if (period.values.length < valuesMax) period.values.push(datum.value);
}

function statisticOf(metric: Metric, from: number, lengthMs: number, statistic: string): number | null {
  const periods: Period[] = [];
  for (let at = from; at < from + lengthMs; at += resolutionMs) {
    const period = metric.periods.get(at);
    if (period !== undefined) periods.push(period);
  }
  if (periods.length === 0) return null;
  const count = periods.reduce((sum, period) => sum + period.count, 0);
  const total = periods.reduce((sum, period) => sum + period.sum, 0);
  switch (statistic) {
    case 'Sum':
      return total;
    case 'Average':
      return total / count;
    case 'Minimum':
      return Math.min(...periods.map((period) => period.minimum));
    case 'Maximum':
      return Math.max(...periods.map((period) => period.maximum));
    case 'SampleCount':
      return count;
    default:
      return percentile(
        periods.flatMap((period) => period.values),
        statistic,
      );
  }
}

/** Nearest rank; `statistic` is written `p99` or `p99.9`. */
function percentile(values: number[], statistic: string): number {
  const rank = Number(statistic.slice(1));
  if (!statistic.startsWith('p') || !(rank > 0 && rank <= 100)) throw new Error(`CloudWatch has no statistic ${JSON.stringify(statistic)}`);
  const sorted = values.sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((rank / 100) * sorted.length) - 1)] ?? Number.NaN;
}
