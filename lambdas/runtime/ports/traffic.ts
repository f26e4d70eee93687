import { AwsTrafficControl } from '../../../adapters/aws/traffic-control.ts';
import type { VoteCarrier } from '../../../adapters/aws/vote-carriers.ts';
import type { Bus, TrafficControl } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';
import { trafficGroupsOf } from './traffic-groups.ts';

interface Rights {
  /** Only the vote function casts. */
  carriers?: Record<string, VoteCarrier>;
  /** Only graceful shifts have these. */
  weights?: NonNullable<ConstructorParameters<typeof AwsTrafficControl>[0]['weights']>;
  distributions?: NonNullable<ConstructorParameters<typeof AwsTrafficControl>[0]['distributions']>;
}

export function createTraffic({ region, config, clock, ids }: Base, bus: Bus, rights: Rights = {}): TrafficControl {
  return new AwsTrafficControl({ region, groups: trafficGroupsOf(config), bus, ids, clock, ...rights });
}
