import { type Environment, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { namesOf } from '../names.ts';
import { DataStack } from './data-stack.ts';
import { RegionStack } from './region-stack.ts';
import { TrafficStack } from './traffic-stack.ts';

export interface EvenkeelStacksOptions {
  /**
   * Secret that the keys and bodies of vote objects are made from; at least 32 characters.
   * @default - the context value evenkeel:voteSecret; not needed while every group votes by metric
   */
  voteSecret?: string;
}

export interface EvenkeelStacks {
  data: DataStack[];
  regions: RegionStack[];
  /** Absent when the configuration has no traffic group, or a single region. */
  traffic?: TrafficStack;
}

/** The whole application: two stacks in every region, and one for the health checks. */
export function createEvenkeelStacks(scope: Construct, config: Config, options: EvenkeelStacksOptions = {}): EvenkeelStacks {
  const { base } = namesOf(config);
  const secret: unknown = options.voteSecret ?? scope.node.tryGetContext('evenkeel:voteSecret');
  const voteSecret = typeof secret === 'string' ? { voteSecret: secret } : {};
  const data = config.regions.map(
    ({ name: region, account }) => new DataStack(scope, `${base}-data-${region}`, { config, region, env: envOf(region, account) }),
  );
  const regions = config.regions.map(({ name: region, account }, index) => {
    const own = data[index];
    if (own === undefined) throw new Error(`${region} has no data stack`);
    return new RegionStack(scope, `${base}-${region}`, { config, region, data: own.data, env: envOf(region, account), ...voteSecret });
  });
  const stacks: EvenkeelStacks = { data, regions };
  const [home] = config.regions;
  if (config.trafficGroups.length > 0 && config.regions.length > 1 && home !== undefined) {
    // Route 53 is global; its stack has to be somewhere, and only its deployment needs that place.
    stacks.traffic = new TrafficStack(scope, `${base}-checks`, { config, env: envOf(home.name, home.account), ...voteSecret });
  }
  for (const stack of [...data, ...regions, ...(stacks.traffic ? [stacks.traffic] : [])]) Tags.of(stack).add('evenkeel', config.name);
  return stacks;
}

function envOf(region: string, account: string | undefined): Environment {
  return { region, ...(account !== undefined && { account }) };
}
