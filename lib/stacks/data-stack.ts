import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { RegionData } from '../regional/region-data.ts';

export interface DataStackProps extends StackProps {
  config: Config;
  region: string;
}

/** The region's table and key, in a stack of their own: whatever happens to the rest, it stays. */
export class DataStack extends Stack {
  readonly data: RegionData;

  constructor(scope: Construct, id: string, { config, region, ...props }: DataStackProps) {
    super(scope, id, { description: `evenkeel ${config.name}: what it knows in ${region}`, terminationProtection: true, ...props });
    this.data = new RegionData(this, 'Data', { config, region });
  }
}
