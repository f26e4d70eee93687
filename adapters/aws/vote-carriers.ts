import { type CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Result, Vote } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

/** How a vote reaches the child health check that Route 53 watches. Casting the same vote again is casting it once. */
export interface VoteCarrier {
  cast(vote: Vote, call: Call): Promise<Result<unknown>>;
}

/** The one metric that the vote alarms watch: statistic Maximum, period 60 s, breaching at 1. */
export const voteMetric = { name: 'DrainVote', statistic: 'Maximum', periodSeconds: 60 } as const;

export function voteDimensions(vote: Pick<Vote, 'group' | 'subject' | 'voter'>): Record<string, string> {
  return { group: vote.group, subject: vote.subject, voter: vote.voter };
}

/** Carrier `metric`: one datum, 1 for drain and 0 for stay, in the voter's region. Sent once a minute and at once on a change. */
export class MetricVoteCarrier implements VoteCarrier {
  readonly #client: CloudWatchClient;
  readonly #namespace: string;
  readonly #clock: Clock;

  constructor(client: CloudWatchClient, namespace: string, clock: Clock) {
    this.#client = client;
    this.#namespace = namespace;
    this.#clock = clock;
  }

  cast(vote: Vote, call: Call): Promise<Result<unknown>> {
    const command = new PutMetricDataCommand({
      Namespace: this.#namespace,
      MetricData: [
        {
          MetricName: voteMetric.name,
          Dimensions: Object.entries(voteDimensions(vote)).map(([Name, Value]) => ({ Name, Value })),
          Timestamp: new Date(this.#clock.now()),
          Value: vote.drain ? 1 : 0,
          Unit: 'None',
          StorageResolution: 60,
        },
      ],
    });
    return attempt('cloudwatch:PutMetricData', this.#clock, call, (options) => this.#client.send(command, options));
  }
}

export interface VoteObject {
  bucket: string;
  key: string;
  /** What the inverted HTTPS_STR_MATCH check looks for; nobody can guess it. */
  body: string;
}

/** Carrier `object`: the object is there while the vote is to drain. A dead voter leaves nothing new behind, which reads as no vote. */
export class ObjectVoteCarrier implements VoteCarrier {
  readonly #client: S3Client;
  readonly #objectOf: (group: string, subject: string) => VoteObject;
  readonly #clock: Clock;

  constructor(client: S3Client, objectOf: (group: string, subject: string) => VoteObject, clock: Clock) {
    this.#client = client;
    this.#objectOf = objectOf;
    this.#clock = clock;
  }

  cast(vote: Vote, call: Call): Promise<Result<unknown>> {
    const { bucket: Bucket, key: Key, body: Body } = this.#objectOf(vote.group, vote.subject);
    if (!vote.drain) {
      const command = new DeleteObjectCommand({ Bucket, Key });
      return attempt('s3:DeleteObject', this.#clock, call, (options) => this.#client.send(command, options));
    }
    const command = new PutObjectCommand({ Bucket, Key, Body, ContentType: 'text/plain', CacheControl: 'no-store' });
    return attempt('s3:PutObject', this.#clock, call, (options) => this.#client.send(command, options));
  }
}
