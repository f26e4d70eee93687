import { type CloudWatchClient, type MetricDataResult, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import type { MetricQuery, Result, Series } from '../../core/model/index.ts';
import type { Call, Clock, MetricSource } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

/** A page has up to 100,800 points; a query that needs more than this is a mistake. */
const pagesMax = 20;

/** MetricSource over GetMetricData, all pages, oldest point first. A metric that nobody published is a series without points. */
export class AwsMetricSource implements MetricSource {
  readonly #client: CloudWatchClient;
  readonly #clock: Clock;

  constructor(client: CloudWatchClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  read(query: MetricQuery, call: Call): Promise<Result<Series[]>> {
    return attempt('cloudwatch:GetMetricData', this.#clock, call, async (options) => {
      const series: Series = { label: query.name, points: [] };
      let pages = 0;
      for await (const page of paginateGetMetricData({ client: this.#client }, requestOf(query), options)) {
        for (const result of page.MetricDataResults ?? []) addPoints(series, result);
        pages++;
        if (pages === pagesMax) throw new Error(`${query.namespace} ${query.name} has more than ${pagesMax} pages`);
      }
      series.points.sort((a, b) => a.at - b.at);
      return [series];
    });
  }
}

/** Times are aligned to the period, as CloudWatch itself answers quickest. */
function requestOf(query: MetricQuery) {
  const periodMs = query.periodSeconds * 1000;
  return {
    StartTime: new Date(Math.floor(query.from / periodMs) * periodMs),
    EndTime: new Date(Math.ceil(query.to / periodMs) * periodMs),
    ScanBy: 'TimestampAscending' as const,
    MetricDataQueries: [
      {
        Id: 'query',
        MetricStat: {
          Metric: {
            Namespace: query.namespace,
            MetricName: query.name,
            Dimensions: Object.entries(query.dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period: query.periodSeconds,
          Stat: query.statistic,
        },
      },
    ],
  };
}

/** `Forbidden` and `InternalError` come inside an answer of status 200. */
function addPoints(series: Series, result: MetricDataResult): void {
  const { StatusCode: status } = result;
  if (status === 'Forbidden' || status === 'InternalError') {
    const error = new Error(result.Messages?.map((message) => message.Value).join('; ') || `GetMetricData answered ${status}`);
    error.name = status;
    throw error;
  }
  if (result.Label) series.label = result.Label;
  for (const [index, timestamp] of (result.Timestamps ?? []).entries()) {
    const value = result.Values?.[index];
    if (value !== undefined) series.points.push({ at: timestamp.getTime(), value });
  }
}
