import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EvenkeelRegion, type EvenkeelRegionProps } from '../regional/evenkeel-region.ts';

export type RegionStackProps = EvenkeelRegionProps & StackProps;

/** Everything that one region runs. */
export class RegionStack extends Stack {
  constructor(scope: Construct, id: string, { config, region, data, voteSecret, ...props }: RegionStackProps) {
    super(scope, id, { description: `evenkeel ${config.name} in ${region}`, ...props });
    new EvenkeelRegion(this, 'Region', { config, region, data, ...(voteSecret !== undefined && { voteSecret }) });
  }
}
