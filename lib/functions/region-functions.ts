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
import { grantsOf } from '../permissions/statements.ts';
import { type DeployedFunction, deployedFunctions, functionShapes } from './catalogue.ts';
import { environmentsOf, type VoteObjects } from './environments.ts';
import { StageFunction } from './stage-function.ts';

export interface RegionFunctionsProps {
  config: Config;
  region: string;
  tableArn: string;
  deadLetters: IQueue;
  /** The queue whose slots the probe takes. */
  slotQueues: readonly IQueue[];
  votes: (VoteObjects & { bucketArn: string }) | null;
}

/** Which machines a function starts; the others it only hears of. */
const starts: Partial<Record<DeployedFunction, readonly string[]>> = {
  plan: ['respond'],
  sweep: machineNames.filter((name) => name === 'respond' || name.startsWith('undo')),
};

/** All functions of a region: one role each, under one boundary. */
export class RegionFunctions extends Construct {
  readonly boundary: IManagedPolicy;
  readonly aliases: Record<DeployedFunction, IFunction>;

  constructor(scope: Construct, id: string, props: RegionFunctionsProps) {
    super(scope, id);
    const { config, region, votes } = props;
    this.boundary = createBoundary(this);
    const environments = environmentsOf(config, region, votes);
    const made = deployedFunctions.map((name): [DeployedFunction, IFunction] => {
      const place: Place = {
        config,
        region,
        tableArn: props.tableArn,
        machines: starts[name] ?? [],
        ...(votes !== null && { voteBucketArn: votes.bucketArn }),
      };
      const stage = new StageFunction(this, pascal(name), {
        shape: functionShapes[name],
        config,
        environment: environments[name],
        grants: [...grantsOf(name, place), ...(name === 'probe' ? [takesSlots(props.slotQueues)] : [])],
        denies: deniesOf(name, place),
        boundary: this.boundary,
        rolePath: namesOf(config).rolePath,
        deadLetters: props.deadLetters,
      });
      return [name, stage.alias];
    });
    // fromEntries forgets that every name is there: deployedFunctions are all of them.
    this.aliases = Object.fromEntries(made) as Record<DeployedFunction, IFunction>;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
function takesSlots(queues: readonly IQueue[]) {
  const resources = queues.map(({ queueArn }) => queueArn);
  const actions = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'];
  return { statement: new PolicyStatement({ actions, resources }), resources };
}
