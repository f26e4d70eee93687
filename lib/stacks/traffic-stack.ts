import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { pascal } from '../names.ts';
import { TrafficGroup } from '../traffic/traffic-group.ts';

export interface TrafficStackProps extends StackProps {
  config: Config;
  /**
   * Where the keys and bodies of vote objects come from.
   * @default - none: every group votes by metric
   */
  voteSecret?: string;
}

/** The health checks of all traffic groups. Their ids are outputs, for records that others own and for `npm run deploy`. */
export class TrafficStack extends Stack {
  constructor(scope: Construct, id: string, { config, voteSecret, ...props }: TrafficStackProps) {
    super(scope, id, { description: `evenkeel ${config.name}: health checks that votes move`, ...props });
    for (const group of config.trafficGroups) {
      new TrafficGroup(this, pascal(group.name), { config, group: group.name, ...(voteSecret !== undefined && { voteSecret }) });
    }
  }
}
