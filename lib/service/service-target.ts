import { CfnResource, Stack, Token } from 'aws-cdk-lib';
import type { IAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import type { IBaseService } from 'aws-cdk-lib/aws-ecs';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { ConfigInput } from '../../core/config/schema.ts';

type DeploymentInput = NonNullable<ConfigInput['services'][number]['deployments']>[string];

export interface UnitsOptions {
  /**
   * Units that it never goes below.
   * @default 1
   */
  minUnits?: number;
  /**
   * Units that it never goes above.
   * @default 10
   */
  maxUnits?: number;
  /**
   * Units that run in normal times.
   * @default 2
   */
  baselineUnits?: number;
}

/** What is healed: a service on ECS, an Auto Scaling group, or a Lambda function behind an alias. */
export class ServiceTarget {
  /** The service's and its cluster's names have to be given where they are made: the configuration lies beside the functions' code. */
  static ecs(service: IBaseService, options: UnitsOptions = {}): ServiceTarget {
    const cluster = nameOf(service.cluster, 'AWS::ECS::Cluster', 'clusterName', service.cluster.clusterName);
    return new ServiceTarget(service, {
      ...units(options),
      kind: 'ecs',
      cluster,
      service: nameOf(service, 'AWS::ECS::Service', 'serviceName', service.serviceName),
    });
  }

  static autoScalingGroup(group: IAutoScalingGroup, options: UnitsOptions = {}): ServiceTarget {
    return new ServiceTarget(group, {
      ...units(options),
      kind: 'asg',
      group: nameOf(group, 'AWS::AutoScaling::AutoScalingGroup', 'autoScalingGroupName', group.autoScalingGroupName),
    });
  }

  static lambda(lambda: IFunction, options: UnitsOptions & { /** @default 'live' */ alias?: string } = {}): ServiceTarget {
    const { alias = 'live', ...bounds } = options;
    return new ServiceTarget(lambda, {
      ...units(bounds),
      kind: 'lambda',
      function: nameOf(lambda, 'AWS::Lambda::Function', 'functionName', lambda.functionName),
      alias,
    });
  }

  /** The region that it runs in. */
  readonly region: string;
  readonly deployment: DeploymentInput;

  private constructor(resource: IBaseService | IAutoScalingGroup | IFunction, deployment: DeploymentInput) {
    this.region = Stack.of(resource).region;
    this.deployment = deployment;
  }
}

function units({ minUnits = 1, maxUnits = 10, baselineUnits = 2 }: UnitsOptions) {
  return { minUnits, maxUnits, baselineUnits };
}

/** The name as it was given: CDK hands out a reference, even to a name that it knows. Throws when AWS is to make the name. */
function nameOf(resource: IConstruct, type: string, property: string, reference: string): string {
  if (!Token.isUnresolved(reference)) return reference;
  const made = resource.node.findAll().find((child) => CfnResource.isCfnResource(child) && child.cfnResourceType === type);
  const given: unknown = made === undefined ? undefined : Reflect.get(made, property);
  if (typeof given === 'string' && !Token.isUnresolved(given)) return given;
  throw new Error(
    `${resource.node.path} has a name that is only known at deploy time: give it a ${property}, since evenkeel's configuration is written at synth`,
  );
}
