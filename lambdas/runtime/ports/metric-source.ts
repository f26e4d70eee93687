import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { AwsMetricSource } from '../../../adapters/aws/metric-source.ts';
import type { MetricSource } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';

export function createMetricSource({ region, clock }: Base): MetricSource {
  return new AwsMetricSource(new CloudWatchClient(clientConfig(region)), clock);
}
