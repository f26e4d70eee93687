import { EmbeddedMetricSink } from '../../../adapters/aws/embedded-metrics.ts';
import type { MetricSink } from '../../../core/ports/index.ts';

/** For what publishes every minute. The line must stand by itself in the log: `console` would wrap it. */
export function createEmbeddedMetrics(env: { METRIC_NAMESPACE: string }): MetricSink {
  return new EmbeddedMetricSink(env.METRIC_NAMESPACE, (line) => process.stdout.write(`${line}\n`));
}
