import { findService } from '../../config/derive.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { within } from '../../ports/within.ts';

const callMs = 8_000;

/** One value a minute, oldest first. */
export interface VersionMetrics {
  errorShare: number[];
  meanMs: number[];
  p99Ms: number[];
}

/**
 * What Lambda measures of one version behind an alias that divides its callers, from `from` to now: metrics by ExecutedVersion
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html). Null: it is no function, or nothing can be read.
 */
export async function readVersionMetrics(
  ctx: StageContext,
  service: string,
  version: string,
  from: number,
): Promise<VersionMetrics | null> {
  const deployment = findService(ctx.config, service)?.deployments[ctx.region];
  if (deployment?.kind !== 'lambda') return null;
  const { function: name, alias } = deployment;
  const dimensions = { FunctionName: name, Resource: `${name}:${alias}`, ExecutedVersion: version };
  const read = async (metric: string, statistic: string): Promise<Map<number, number>> => {
    const query = { namespace: 'AWS/Lambda', name: metric, dimensions, statistic, periodSeconds: 60, from, to: ctx.ports.clock.now() };
    const series = await ctx.ports.metricSource.read(query, within(ctx.ports.clock, callMs));
    return new Map((series.ok ? (series.value[0]?.points ?? []) : []).map((point) => [point.at, point.value]));
  };
  const [invocations, errors, mean, p99] = await Promise.all([
    read('Invocations', 'Sum'),
    read('Errors', 'Sum'),
    read('Duration', 'Average'),
    read('Duration', 'p99'),
  ]);
  return {
    errorShare: [...invocations].flatMap(([at, count]) => (count === 0 ? [] : [(errors.get(at) ?? 0) / count])),
    meanMs: [...mean.values()],
    p99Ms: [...p99.values()],
  };
}
