import { type ISecurityGroup, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import type { StageFunctionProps } from '../functions/stage-function.ts';

type VpcProbe = NonNullable<Config['regions'][number]['vpcProbe']>;

/**
 * Where the probe inside a VPC stands. The VPC is somebody else's: nothing of it is changed, and nothing is looked up, so that synth
 * needs no account. Without a security group of theirs the probe gets one that lets nothing in.
 */
export function vpcNetwork(scope: Construct, { vpcId, subnetIds, securityGroupIds, dualStack }: VpcProbe): StageFunctionProps['network'] {
  // Only the subnets that are named are used; a VPC that is not looked up has to be told of some zone.
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones: ['named-by-subnet'] });
  const subnets = subnetIds.map((id) => Subnet.fromSubnetId(scope, id, id));
  const theirs = securityGroupIds.map((id) => SecurityGroup.fromSecurityGroupId(scope, id, id, { mutable: false }));
  // CDK's own classes miss their interfaces under exactOptionalPropertyTypes: an optional property there may be undefined here.
  const own = () =>
    new SecurityGroup(scope, 'Group', { vpc, description: 'evenkeel probe: out only', allowAllIpv6Outbound: dualStack }) as ISecurityGroup;
  return { vpc, vpcSubnets: { subnets }, securityGroups: theirs.length > 0 ? theirs : [own()], ipv6AllowedForDualStack: dualStack };
}
