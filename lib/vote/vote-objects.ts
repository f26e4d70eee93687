import { createHmac } from 'node:crypto';
import { RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { regionsOfGroup } from '../../core/config/derive.ts';
import type { Config } from '../../core/config/schema.ts';
import type { VoteObjects } from '../functions/environments.ts';
import { namesOf } from '../names.ts';
import { acknowledge } from '../observability/acknowledge.ts';

/** True when some group votes by object. */
export function votesByObject(config: Config): boolean {
  return config.trafficGroups.some(({ carrier }) => carrier === 'object');
}

/**
 * Keys and bodies that nobody can guess, the same in every synthesis: made from a secret that `npm run deploy` keeps in the context.
 * Throws without one, for a guessed object would be a forged vote.
 */
export function voteObjectsOf(config: Config, voter: string, secret: string | undefined): VoteObjects {
  if (secret === undefined || secret.length < 32) {
    throw new Error(
      `votes by object need the context value evenkeel:voteSecret of at least 32 characters, got ${secret === undefined ? 'none' : `${secret.length}`}; npm run deploy makes one`,
    );
  }
  const draw = (text: string) => createHmac('sha256', secret).update(`${config.name}/${text}`).digest('hex').slice(0, 40);
  const groups = config.trafficGroups.filter(({ carrier }) => carrier === 'object');
  const entries = groups.flatMap((group) =>
    regionsOfGroup(config, group.name)
      .filter((subject) => subject !== voter)
      .map((subject): [string, { key: string; body: string }] => {
        const name = `${group.name}/${subject}`;
        return [name, { key: `votes/${draw(`key/${voter}/${name}`)}`, body: draw(`body/${voter}/${name}`) }];
      }),
  );
  return {
    bucketName: `${namesOf(config).base}-votes-${voter}-${draw(`bucket/${voter}`).slice(0, 8)}`,
    objects: Object.fromEntries(entries),
  };
}

/** The regional address that Route 53's checkers ask. */
export function voteHost(bucketName: string, region: string): string {
  return `${bucketName}.s3.${region}.amazonaws.com`;
}

/**
 * The bucket of a voter's objects, in the voter's region. The only thing of evenkeel that is public, and only where it is asked for:
 * its objects can be read by whoever knows their name, for that is how a Route 53 checker reads them. It cannot be listed.
 */
export class VoteObjectBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, { bucketName }: VoteObjects) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      // The health checks of the traffic stack ask it by name.
      bucketName,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      blockPublicAccess: new BlockPublicAccess({
        blockPublicAcls: true,
        ignorePublicAcls: true,
        blockPublicPolicy: false,
        restrictPublicBuckets: false,
      }),
      // Somebody else could take the name of a bucket that is gone, and vote.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: 'CheckersRead',
        principals: [new AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: [this.bucket.arnForObjects('votes/*')],
      }),
    );
    acknowledge(
      this.bucket,
      'AwsSolutions-S1',
      'It holds votes and no data; sixteen checkers asking every ten seconds would only fill a log.',
    );
    acknowledge(this.bucket, 'AwsSolutions-S2', 'Route 53 checkers read without credentials; the key of an object is a 160-bit secret.');
  }
}
