import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, ProjectionType, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { AccountPrincipal, AnyPrincipal, Effect, PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { accountsOf, arnOf, namesOf, otherAccountsOf, ownRolePatterns } from '../names.ts';

export interface RegionDataProps {
  config: Config;
  region: string;
}

/** Attribute and index names of the table; those of adapters/aws/store-keys.ts, which a test holds them against. */
export const storeTable = { partition: 'pk', sort: 'key', ttl: 'ttl', familyIndex: 'family', family: 'family' } as const;

/** What must outlive everything else: the region's table and the key that it rests under. Both are retained. */
export class RegionData extends Construct {
  readonly table: Table;
  readonly key: Key;

  constructor(scope: Construct, id: string, { config, region }: RegionDataProps) {
    super(scope, id);
    this.key = new Key(this, 'Key', {
      description: `evenkeel ${config.name}: table, topic and queues`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(30),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.key.addToResourcePolicy(throughServices(config, region));
    // Alarms speak to the topic, and rules to its subscribers, under names of their own.
    this.key.grantEncryptDecrypt(new ServicePrincipal('cloudwatch.amazonaws.com'));
    this.table = new Table(this, 'Table', {
      tableName: namesOf(config).table,
      partitionKey: { name: storeTable.partition, type: AttributeType.STRING },
      sortKey: { name: storeTable.sort, type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: storeTable.ttl,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      ...peersElsewhere(config, region),
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.table.addGlobalSecondaryIndex({
      indexName: storeTable.familyIndex,
      partitionKey: { name: storeTable.family, type: AttributeType.STRING },
      sortKey: { name: storeTable.sort, type: AttributeType.STRING },
      projectionType: ProjectionType.ALL,
    });
  }
}

/** Peers of the same account need no more than their own policies; those of other accounts have to be let in by the table, too. */
function peersElsewhere(config: Config, region: string): { resourcePolicy?: PolicyDocument } {
  const accounts = otherAccountsOf(config, region);
  if (accounts.length === 0) return {};
  const table = arnOf(config, 'dynamodb', region, `table/${namesOf(config).table}`);
  const statement = new PolicyStatement({
    sid: 'PeersKeepTheirJournalsHere',
    principals: accounts.map((account) => new AccountPrincipal(account)),
    // What lib/permissions/port-actions.ts says of peerStores; a test holds the two against each other.
    actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    resources: [table, `${table}/index/${storeTable.familyIndex}`],
    conditions: { ArnLike: { 'aws:PrincipalArn': ownRolePatterns(config) } },
  });
  return { resourcePolicy: new PolicyDocument({ statements: [statement] }) };
}

/**
 * Our roles, those of the peers included, may use the key through the services that hold our data, as AWS's own keys do it:
 * no role of this account then needs a right to any key, and none can use this one for anything else.
 */
function throughServices(config: Config, region: string): PolicyStatement {
  return new PolicyStatement({
    effect: Effect.ALLOW,
    principals: [new AnyPrincipal()],
    actions: [
      'kms:Decrypt',
      'kms:DescribeKey',
      'kms:Encrypt',
      'kms:GenerateDataKey',
      'kms:ReEncryptFrom',
      'kms:ReEncryptTo',
      'kms:CreateGrant',
    ],
    resources: ['*'],
    conditions: {
      StringEquals: {
        'kms:CallerAccount': accountsOf(config),
        'kms:ViaService': [`dynamodb.${region}.amazonaws.com`, `sns.${region}.amazonaws.com`],
      },
      ArnLike: { 'aws:PrincipalArn': ownRolePatterns(config) },
    },
  });
}
