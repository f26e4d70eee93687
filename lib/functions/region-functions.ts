import { type IManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { machineNames } from '../execute/machine-kinds.ts';
import { namesOf, pascal } from '../names.ts';
import { createBoundary } from '../permissions/boundary.ts';
import { deniesOf } from '../permissions/denies.ts';
import type { Place } from '../permissions/scopes.ts';
import { type Grant, grantsOf } from '../permissions/statements.ts';
import { vpcNetwork } from '../probe/vpc-network.ts';
import { type DeployedFunction, deployedFunctions, functionShapes } from './catalogue.ts';
import { environmentsOf, type VoteObjects } from './environments.ts';
import { StageFunction, type StageFunctionProps } from './stage-function.ts';

export interface RegionFunctionsProps {
  config: Config;
  region: string;
  tableArn: string;
  deadLetters: IQueue;
  /** The queue whose slots the probe takes. */
  slotQueues: readonly IQueue[];
  /** Those of the probe inside the VPC, where the region has one. */
  vpcSlotQueues: readonly IQueue[];
  votes: (VoteObjects & { bucketArn: string }) | null;
}

/** Which machines a function starts; the others it only hears of. */
const starts: Partial<Record<DeployedFunction, readonly string[]>> = {
  // A degraded dependency that is well again, a distribution that follows what was proven: their machines' functions alone may change them.
  plan: ['respond', 'script', 'shift'],
  sweep: machineNames.filter((name) => name === 'respond' || name.startsWith('undo')),
};

/** All functions of a region: one role each, under one boundary. */
export class RegionFunctions extends Construct {
  readonly boundary: IManagedPolicy;
  readonly aliases: Record<DeployedFunction, IFunction>;
  /** The second probe of a region that has `vpcProbe`: the same code with the same rights, inside the VPC. */
  readonly vpcProbe?: IFunction;

  constructor(scope: Construct, id: string, props: RegionFunctionsProps) {
    super(scope, id);
    const { config, region, votes } = props;
    this.boundary = createBoundary(this);
    const environments = environmentsOf(config, region, votes);
    const made = deployedFunctions.map((name): [DeployedFunction, IFunction] => {
      const taken = name === 'probe' ? [takesSlots(props.slotQueues)] : [];
      return [name, this.#stage(props, pascal(name), name, environments[name], taken)];
    });
    // fromEntries forgets that every name is there: deployedFunctions are all of them.
    this.aliases = Object.fromEntries(made) as Record<DeployedFunction, IFunction>;
    const inside = config.regions.find(({ name }) => name === region)?.vpcProbe;
    if (inside === undefined) return;
    const network = vpcNetwork(new Construct(this, 'Inside'), inside);
    const environment = { ...environments.probe, PROBE_PLACE: 'vpc' };
    this.vpcProbe = this.#stage(props, 'VpcProbe', 'probe', environment, [takesSlots(props.vpcSlotQueues)], network);
  }

  #stage(
    { config, region, tableArn, deadLetters, votes }: RegionFunctionsProps,
    id: string,
    name: DeployedFunction,
    environment: Record<string, string>,
    taken: Grant[],
    network?: StageFunctionProps['network'],
  ): IFunction {
    const place: Omit<Place, 'role'> = {
      config,
      region,
      tableArn,
      machines: starts[name] ?? [],
      ...(votes !== null && { voteBucketArn: votes.bucketArn }),
    };
    const { alias } = new StageFunction(this, id, {
      shape: functionShapes[name],
      ...{ config, environment, deadLetters },
      grants: [...grantsOf(name, place), ...taken],
      denies: deniesOf(name, place),
      boundary: this.boundary,
      rolePath: namesOf(config).rolePath,
      ...(network !== undefined && { network }),
    });
    return alias;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
function takesSlots(queues: readonly IQueue[]): Grant {
  const resources = queues.map(({ queueArn }) => queueArn);
  const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'];
  return { statement: new PolicyStatement({ actions, resources }), resources };
}
