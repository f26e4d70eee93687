import { describe, expect, test } from 'vitest';
import { list, statementsOfRole } from './access.ts';
import { resourcesOf, synthesised, worldOf } from './synthesised.ts';

const inside = {
  vpcId: 'vpc-0123456789abcdef0',
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  securityGroupIds: [] as string[],
  dualStack: true,
};

function regionStack(vpcProbe: typeof inside) {
  const config = worldOf(2);
  const [first, ...rest] = config.regions;
  if (first === undefined) throw new Error('a world has regions');
  const templates = synthesised({ ...config, regions: [{ ...first, vpcProbe }, ...rest] });
  const [withProbe, without] = [templates['evenkeel-world-us-east-1'], templates['evenkeel-world-eu-west-1']];
  if (withProbe === undefined || without === undefined) throw new Error('there are two region stacks');
  return { withProbe, without };
}

const { withProbe, without } = regionStack(inside);
const probes = (template: typeof withProbe) =>
  Object.entries(resourcesOf(template, 'AWS::Lambda::Function')).filter(([, { Properties }]) =>
    JSON.stringify(Properties.Environment).includes('PROBE_PLACE'),
  );
const [, inner] = probes(withProbe).find(([, { Properties }]) => Properties.VpcConfig !== undefined) ?? [];

describe('the probe inside a VPC', () => {
  test('stands in the given subnets, with IPv6 where the VPC has it, and in a group that lets nothing in', () => {
    expect(inner?.Properties.VpcConfig).toMatchObject({ SubnetIds: inside.subnetIds, Ipv6AllowedForDualStack: true });
    expect(inner?.Properties.Environment).toMatchObject({ Variables: { PROBE_PLACE: 'vpc' } });
    const [group] = Object.values(resourcesOf(withProbe, 'AWS::EC2::SecurityGroup'));
    expect(group?.Properties).toMatchObject({ VpcId: 'vpc-0123456789abcdef0' });
    expect(group?.Properties).not.toHaveProperty('SecurityGroupIngress');
    expect(JSON.stringify(group?.Properties.SecurityGroupEgress)).toContain('::/0');
  });

  test('takes a security group that is given, and changes nothing of it', () => {
    const given = regionStack({ ...inside, securityGroupIds: ['sg-0123456789abcdef0'], dualStack: false }).withProbe;
    expect(resourcesOf(given, 'AWS::EC2::SecurityGroup')).toEqual({});
    const [, found] = probes(given).find(([, { Properties }]) => Properties.VpcConfig !== undefined) ?? [];
    expect(found?.Properties.VpcConfig).toMatchObject({ SecurityGroupIds: ['sg-0123456789abcdef0'], Ipv6AllowedForDualStack: false });
  });

  test('has the rights of the other probe, its own queues and the network interfaces of its VPC', () => {
    const actionsOf = (role: unknown) =>
      [
        ...new Set(
          statementsOfRole(withProbe, JSON.parse(JSON.stringify(role))['Fn::GetAtt'][0]).flatMap(({ Effect, Action }) =>
            Effect === 'Allow' ? list(Action) : [],
          ),
        ),
      ].sort();
    const [, outer] = probes(withProbe).find(([, { Properties }]) => Properties.VpcConfig === undefined) ?? [];
    const extra = actionsOf(inner?.Properties.Role).filter((action) => !actionsOf(outer?.Properties.Role).includes(action));
    expect(extra).toEqual([
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ]);
    // What its boundary leaves out it has not: Lambda would not make the function.
    const boundaries = Object.values(resourcesOf(withProbe, 'AWS::IAM::ManagedPolicy')).map(({ Properties }) => JSON.stringify(Properties));
    const boundary = boundaries.find((each) => each.includes('any role of evenkeel')) ?? '';
    for (const action of extra) expect(boundary).toContain(`"${action}"`);
    const sources = Object.values(resourcesOf(withProbe, 'AWS::Lambda::EventSourceMapping'));
    expect(sources).toHaveLength(2 * Object.keys(resourcesOf(without, 'AWS::Lambda::EventSourceMapping')).length);
  });

  test('is in no region that does not ask for it', () => {
    expect(probes(withProbe)).toHaveLength(2);
    expect(probes(without)).toHaveLength(1);
  });
});
