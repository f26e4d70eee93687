import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { CreateBucketCommand, GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { AwsMetricSource } from '../../../adapters/aws/metric-source.ts';
import { RecordWeights } from '../../../adapters/aws/record-weights.ts';
import { AwsTrafficControl } from '../../../adapters/aws/traffic-control.ts';
import { MetricVoteCarrier, ObjectVoteCarrier, type VoteCarrier, voteDimensions, voteMetric } from '../../../adapters/aws/vote-carriers.ts';
import type { TrafficHarness } from '../../adapters/contract/traffic-control.ts';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';
import { freshBuses } from './inboxes.ts';
import { freshStore } from './tables.ts';
import { freshName, randomIds, realTime, systemClock } from './time.ts';

const subject = 'us-west-2';
const group = 'checkout';

export interface NameServer {
  /** `address:port` of a server that answers with every region's address; MiniStack itself serves no DNS. */
  server: string;
}

const groupName = 'checkout.example.test';

export function addressOf(index: number): string {
  return `192.0.2.${index + 1}`;
}

/** A group over three regions with weighted records in a zone of its own; votes go by `carrier`. */
export async function trafficHarness(context: StageContext, dns: NameServer, carrier: 'metric' | 'object'): Promise<TrafficHarness> {
  const [region, peer] = context.regions;
  const settings = emulatorClient(context.proxy.endpoint, region);
  const route53 = new Route53Client(settings);
  const regions = [region, peer, subject];
  const zoneId = await weightedZone(route53, regions);
  const { bus, received } = await freshBuses(context, regions);
  const asked = {
    name: groupName,
    type: 'A' as const,
    regions: Object.fromEntries(regions.map((name, index) => [name, { values: [addressOf(index)] }])),
  };
  const control = new RecordWeights(route53, { [group]: { zoneId, records: [{ name: groupName, type: 'A' }] } }, systemClock);
  const { cast, carried } = carrier === 'metric' ? metricVotes(context) : await objectVotes(context);
  return {
    ...realTime,
    group,
    region,
    peer,
    subject,
    received,
    carried,
    traffic: new AwsTrafficControl({
      region,
      groups: { [group]: { asked, nameServers: [dns.server], voters: [region, peer] } },
      bus,
      ids: randomIds,
      clock: systemClock,
      carriers: { [group]: cast },
      weights: { control, guard: new FenceGuard(await freshStore(context), systemClock) },
    }),
    meddle: (where, weight) => change(route53, zoneId, 'UPSERT', regions.indexOf(where), where, weight),
  };
}

async function weightedZone(route53: Route53Client, regions: readonly string[]): Promise<string> {
  const { HostedZone } = await route53.send(new CreateHostedZoneCommand({ Name: 'example.test', CallerReference: freshName('zone') }));
  const zoneId = HostedZone?.Id ?? '';
  for (const [index, region] of regions.entries()) await change(route53, zoneId, 'CREATE', index, region, 100);
  return zoneId;
}

async function change(
  route53: Route53Client,
  HostedZoneId: string,
  Action: 'CREATE' | 'UPSERT',
  index: number,
  region: string,
  Weight: number,
): Promise<void> {
  const ResourceRecordSet = {
    Name: groupName,
    Type: 'A' as const,
    SetIdentifier: region,
    Weight,
    TTL: 60,
    ResourceRecords: [{ Value: addressOf(index) }],
  };
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] } }));
}

interface Votes {
  cast: VoteCarrier;
  carried(): Promise<boolean | null>;
}

/** Within one minute the alarm's Maximum keeps the drain; the Minimum shows that it was taken back. */
function metricVotes(context: StageContext): Votes {
  const [voter] = context.regions;
  const client = new CloudWatchClient(emulatorClient(context.proxy.endpoint, voter));
  const namespace = `Evenkeel/${freshName('votes')}`;
  const source = new AwsMetricSource(client, systemClock);
  return {
    cast: new MetricVoteCarrier(client, namespace, systemClock),
    async carried() {
      const to = Date.now() + 60_000;
      const query = {
        namespace,
        name: voteMetric.name,
        dimensions: voteDimensions({ group, subject, voter }),
        statistic: 'Minimum',
        periodSeconds: 60,
        from: to - 600_000,
        to,
      };
      const read = await source.read(query, { deadlineAt: Date.now() + 5_000 });
      if (!read.ok) throw new Error(read.reason);
      const values = read.value.flatMap((series) => series.points.map((point) => point.value));
      return values.length === 0 ? null : !values.includes(0);
    },
  };
}

/** No object is no vote; whether one was ever cast only the carrier knows. */
async function objectVotes(context: StageContext): Promise<Votes> {
  const client = new S3Client(emulatorClient(context.proxy.endpoint, context.regions[0]));
  const place = { bucket: freshName('votes'), key: `${group}/${subject}`, body: freshName('unguessable') };
  await client.send(new CreateBucketCommand({ Bucket: place.bucket }));
  const carrier = new ObjectVoteCarrier(client, () => place, systemClock);
  let wasCast = false;
  return {
    cast: {
      async cast(vote, call) {
        const result = await carrier.cast(vote, call);
        wasCast ||= result.ok;
        return result;
      },
    },
    async carried() {
      const found = await client.send(new GetObjectCommand({ Bucket: place.bucket, Key: place.key })).catch((error: unknown) => {
        if (error instanceof NoSuchKey) return null;
        throw error;
      });
      if (found === null) return wasCast ? false : null;
      return (await found.Body?.transformToString()) === place.body;
    },
  };
}
