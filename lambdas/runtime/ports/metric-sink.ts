import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { AwsMetricSink } from '../../../adapters/aws/metric-sink.ts';
import type { MetricSink } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';

/** Core publishes few series already; nothing has to be folded away. */
export function createMetricSink({ region, clock }: Base, env: { METRIC_NAMESPACE: string }): MetricSink {
  return new AwsMetricSink({ client: new CloudWatchClient(clientConfig(region)), namespace: env.METRIC_NAMESPACE, clock, folded: [] });
}
