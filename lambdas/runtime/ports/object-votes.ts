import { S3Client } from '@aws-sdk/client-s3';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { ObjectVoteCarrier, type VoteCarrier, type VoteObject } from '../../../adapters/aws/vote-carriers.ts';
import type { Clock } from '../../../core/ports/index.ts';

interface ObjectEnv {
  VOTE_BUCKET: string;
  VOTE_OBJECTS: Record<string, { key: string; body: string }>;
}

/** Votes as objects in the voter's own bucket; loaded only where a group is configured to. */
export function createObjectVotes(region: string, env: ObjectEnv, clock: Clock): VoteCarrier {
  const objectOf = (group: string, subject: string): VoteObject => {
    const known = env.VOTE_OBJECTS[`${group}/${subject}`];
    if (known === undefined) throw new Error(`VOTE_OBJECTS names no object for ${group}/${subject}: deploy again`);
    return { bucket: env.VOTE_BUCKET, ...known };
  };
  return new ObjectVoteCarrier(new S3Client(clientConfig(region)), objectOf, clock);
}
