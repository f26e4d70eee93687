import { AccountPrincipal, CompositePrincipal, type IManagedPolicy, Policy, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { accountsOf, namesOf, operatorRoleName } from '../names.ts';
import { acknowledgeResources } from '../observability/acknowledge.ts';
import { deniesOf } from '../permissions/denies.ts';
import { grantsOf } from '../permissions/statements.ts';

export interface OperatorRoleProps {
  config: Config;
  region: string;
  tableArn: string;
  boundary: IManagedPolicy;
}

/**
 * What `evenkeel op` acts as: buses, tables and keys take nobody who is not a role of ours, the account's administrators included. Who may
 * assume it is for the IAM of the accounts to say; the order is written down with the name of whoever did.
 */
export class OperatorRole extends Construct {
  constructor(scope: Construct, id: string, { config, region, tableArn, boundary }: OperatorRoleProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      description: `Gives orders to evenkeel ${config.name} in ${region}.`,
      // The command line finds it by name.
      roleName: operatorRoleName(config, region),
      path: namesOf(config).rolePath,
      assumedBy: new CompositePrincipal(...accountsOf(config).map((account) => new AccountPrincipal(account))),
      permissionsBoundary: boundary,
    });
    const place = { config, region, tableArn, machines: ['failback', 'rollout', 'shift'] };
    const grants = grantsOf('operator', place);
    const policy = new Policy(this, 'Policy', {
      roles: [role],
      statements: [...grants.map(({ statement }) => statement), ...deniesOf('operator', place)],
    });
    for (const { resources, broad } of grants) acknowledgeResources(policy, resources, broad ?? '');
  }
}
