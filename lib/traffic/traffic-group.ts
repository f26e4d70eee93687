import type { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { VoteChecks } from './vote-checks.ts';

export interface TrafficGroupProps {
  /** The configuration that the regions run; `parseConfig` makes one. */
  config: Config;
  /** Which of its traffic groups. */
  group: string;
  /**
   * Secret that the keys and bodies of vote objects are made from.
   * @default - none: the group votes by metric
   */
  voteSecret?: string;
}

/** The health checks of one traffic group, for records of your own: hang `checkIds[region]` on the record that answers with the region. */
export class TrafficGroup extends VoteChecks {
  constructor(scope: Construct, id: string, { config, group: name, ...rest }: TrafficGroupProps) {
    const group = config.trafficGroups.find((each) => each.name === name);
    if (group === undefined) {
      throw new Error(
        `there is no traffic group ${JSON.stringify(name)}; the configuration has ${config.trafficGroups.map((each) => each.name).join(', ') || 'none'}`,
      );
    }
    super(scope, id, { config, group, ...rest });
  }
}
