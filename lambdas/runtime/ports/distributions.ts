import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { AwsCloudFront } from '../../../adapters/aws/cloudfront.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import type { Base } from '../context.ts';

/** The distributions of all groups that name an origin group. */
export function createDistributions({ config, region, store, clock }: Base) {
  const groups = Object.fromEntries(
    config.trafficGroups.flatMap(({ name, cloudFront }) => {
      if (cloudFront?.originGroup === undefined) return [];
      const { distributionId: distribution, originGroup, origins } = cloudFront;
      return [[name, { distribution, originGroup, origins }]];
    }),
  );
  return { control: new AwsCloudFront(new CloudFrontClient(clientConfig(region)), groups, clock), guard: new FenceGuard(store, clock) };
}
