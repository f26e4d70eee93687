import { CloudFrontClient } from '@aws-sdk/client-cloudfront';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import { type DnsResolver, observeAnswers } from '../../../adapters/aws/authoritative-answers.ts';
import { AwsCloudFront } from '../../../adapters/aws/cloudfront.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { RecordWeights } from '../../../adapters/aws/record-weights.ts';
import { AwsTrafficControl } from '../../../adapters/aws/traffic-control.ts';
import { MetricVoteCarrier, ObjectVoteCarrier } from '../../../adapters/aws/vote-carriers.ts';
import { createStoreState, MemoryStore } from '../../../adapters/memory/store.ts';
import { failed, type Message, ok } from '../../../core/model/index.ts';
import { type OriginHarness, originContract } from '../contract/origins.ts';
import { answering, awsError, inputsOf, type Script, settings, stillClock } from './fake-send.ts';

const clock = stillClock();
const call = { deadlineAt: clock.now() + 5_000 };
const vote = { voter: 'us-east-1', subject: 'eu-west-1', group: 'g', epoch: 1, drain: true, at: 1, reason: 'r' };

describe('weights', () => {
  const set = (SetIdentifier: string, Weight: number, Name = 'a.example.') => ({
    Name,
    Type: 'A',
    SetIdentifier,
    Weight,
    TTL: 60,
    ResourceRecords: [{ Value: '10.0.0.1' }],
  });
  const weightsOn = (script: Script) => {
    const client = new Route53Client(settings);
    const sent = answering(client, script);
    const weights = new RecordWeights(client, { g: { zoneId: 'Z', records: [{ name: 'A.example', type: 'A' }] } }, clock);
    return { weights, sent };
  };

  test('are read over pages until another name comes', async () => {
    const { weights, sent } = weightsOn((_operation, _input, nth) =>
      nth === 0
        ? {
            ResourceRecordSets: [set('r1', 1)],
            IsTruncated: true,
            NextRecordName: 'a.example.',
            NextRecordType: 'A',
            NextRecordIdentifier: 'r2',
          }
        : { ResourceRecordSets: [set('r2', 2), set('r9', 9, 'b.example.')], IsTruncated: true },
    );
    expect(await weights.shares('g', call)).toMatchObject({ ok: true, value: { weights: { r1: 1, r2: 2 } } });
    expect(inputsOf(sent, 'ListResourceRecordSets')[1]).toMatchObject({ StartRecordIdentifier: 'r2' });
  });

  test('are swapped by one batch that deletes the exact old sets and creates the new', async () => {
    const { weights, sent } = weightsOn((operation) =>
      operation === 'ListResourceRecordSets' ? { ResourceRecordSets: [set('r1', 1), set('r2', 2)] } : {},
    );
    const before = await weights.shares('g', call);
    const swapped = before.ok && (await weights.setWeights(before.value, { r1: 0, r2: 2 }, call));
    expect(swapped).toMatchObject({ ok: true, value: { weights: { r1: 0, r2: 2 } } });
    const [batch] = inputsOf(sent, 'ChangeResourceRecordSets') as { ChangeBatch: { Changes: unknown } }[];
    expect(batch?.ChangeBatch.Changes).toEqual([
      { Action: 'DELETE', ResourceRecordSet: set('r1', 1) },
      { Action: 'DELETE', ResourceRecordSet: set('r2', 2) },
      { Action: 'CREATE', ResourceRecordSet: set('r1', 0) },
      { Action: 'CREATE', ResourceRecordSet: set('r2', 2) },
    ]);
  });

  test('of every name and type of a group are read and written together', async () => {
    const sets = [set('r1', 1), { ...set('r1', 1), Type: 'AAAA' }, set('r1', 1, 'b.example.')];
    const client = new Route53Client(settings);
    const sent = answering(client, (operation, { StartRecordName, StartRecordType }) =>
      operation === 'ListResourceRecordSets'
        ? { ResourceRecordSets: sets.filter((each) => each.Name === StartRecordName && each.Type === StartRecordType) }
        : {},
    );
    const records = [
      { name: 'a.example', type: 'A' as const },
      { name: 'a.example', type: 'AAAA' as const },
      { name: 'b.example', type: 'A' as const },
    ];
    const weights = new RecordWeights(client, { g: { zoneId: 'Z', records } }, clock);
    const before = await weights.shares('g', call);
    expect(before.ok && (await weights.setWeights(before.value, { r1: 0 }, call))).toMatchObject({ ok: true });
    const [batch] = inputsOf(sent, 'ChangeResourceRecordSets') as { ChangeBatch: { Changes: unknown[] } }[];
    expect(batch?.ChangeBatch.Changes).toEqual([
      ...sets.map((ResourceRecordSet) => ({ Action: 'DELETE', ResourceRecordSet })),
      ...sets.map((each) => ({ Action: 'CREATE', ResourceRecordSet: { ...each, Weight: 0 } })),
    ]);
  });

  test('that change between reading and writing are a conflict: Route 53 refuses the batch', async () => {
    const { weights } = weightsOn((operation) =>
      operation === 'ListResourceRecordSets'
        ? { ResourceRecordSets: [set('r1', 1)] }
        : awsError('InvalidChangeBatch', 'the values provided do not match'),
    );
    const before = await weights.shares('g', call);
    expect(before.ok && (await weights.setWeights(before.value, { r1: 0 }, call))).toMatchObject({ ok: false, code: 'conflict' });
  });

  test('the token also changes when something else of a set does', async () => {
    const reads = [set('r1', 1), { ...set('r1', 1), HealthCheckId: 'h' }];
    const { weights } = weightsOn((_operation, _input, nth) => ({ ResourceRecordSets: [reads[nth]] }));
    const [one, two] = [await weights.shares('g', call), await weights.shares('g', call)];
    expect(one.ok && two.ok && one.value.token !== two.value.token).toBe(true);
  });
});

describe('votes', () => {
  test('by metric are one standard datum, 1 for drain and 0 for stay', async () => {
    const client = new CloudWatchClient(settings);
    const sent = answering(client, () => ({}));
    const carrier = new MetricVoteCarrier(client, 'Evenkeel', clock);
    await carrier.cast(vote, call);
    await carrier.cast({ ...vote, drain: false }, call);
    const data = (inputsOf(sent, 'PutMetricData') as { MetricData: unknown[] }[]).map((put) => put.MetricData);
    expect(data).toMatchObject([[{ Value: 1, StorageResolution: 60 }], [{ Value: 0 }]]);
  });

  test('by object put the unguessable body, and take it away', async () => {
    const client = new S3Client(settings);
    const sent = answering(client, () => ({}));
    const carrier = new ObjectVoteCarrier(client, () => ({ bucket: 'b', key: 'k', body: 'secret' }), clock);
    await carrier.cast(vote, call);
    await carrier.cast({ ...vote, drain: false }, call);
    expect(sent).toMatchObject([
      { operation: 'PutObject', input: { Body: 'secret' } },
      { operation: 'DeleteObject', input: { Key: 'k' } },
    ]);
  });
});

describe('traffic control', () => {
  const group = { asked: { name: 'n', type: 'A' as const, regions: {} }, nameServers: [], voters: ['us-east-1', 'us-west-2', 'eu-west-1'] };
  const request = {
    phase: 'drain' as const,
    incident: 'i',
    group: 'g',
    subject: 'eu-west-1',
    epoch: 1,
    requester: 'us-east-1',
    reason: 'r',
  };

  test('asks every voter although one cannot be reached, and names that one', async () => {
    const sent: string[] = [];
    const send = async (region: string, _message: Message) => {
      sent.push(region);
      return region === 'us-east-1' ? failed<void>('unavailable', 'down') : ok(undefined);
    };
    const traffic = new AwsTrafficControl({
      region: 'us-east-1',
      groups: { g: group },
      bus: { send, publish: (message) => send('us-east-1', message) },
      ids: { next: () => 'id' },
      clock,
    });
    expect(await traffic.requestDrain(request, call)).toMatchObject({
      ok: false,
      code: 'unavailable',
      retryable: true,
      reason: 'not sent to us-east-1 (down)',
    });
    expect(sent).toEqual(['us-east-1', 'us-west-2']);
  });

  test('a function without carriers or weights can neither vote nor shift', async () => {
    const bus = { send: async () => ok(undefined), publish: async () => ok(undefined) };
    const traffic = new AwsTrafficControl({ region: 'us-east-1', groups: { g: group }, bus, ids: { next: () => 'id' }, clock });
    expect(await traffic.castVote(vote, call)).toMatchObject({ code: 'not-found' });
    expect(await traffic.castVote({ ...vote, voter: 'us-west-2' }, call)).toMatchObject({ code: 'refused' });
    expect(await traffic.shares('g', call)).toMatchObject({ code: 'refused' });
    expect(await traffic.setWeights({ group: 'g', weights: {}, token: '' }, {}, { epoch: 1, leaseUntil: 1 }, call)).toMatchObject({
      code: 'refused',
    });
  });
});

describe('authoritative answers', () => {
  /** Answers by server and name; a function of how often it was asked. */
  const resolvers = (answer: (server: string, name: string, nth: number) => string[] | string) => {
    let nth = 0;
    return (): DnsResolver => {
      let server = 'system';
      const resolve = async (name: string) => {
        const found = answer(server, name, nth++);
        if (typeof found === 'string') throw Object.assign(new Error(found), { code: found });
        return found;
      };
      return {
        setServers: ([first = '']) => {
          server = first;
        },
        resolve4: resolve,
        resolve6: resolve,
        cancel: () => undefined,
      };
    };
  };
  const asked = { name: 'n', type: 'A' as const, regions: { r1: { values: ['10.0.0.1'] }, r2: { values: [], host: 'lb.r2' } } };

  test('a region answers when any server names it at any of the questions; load balancers are looked up meanwhile', async () => {
    const newResolver = resolvers((server, name, nth) =>
      name === 'lb.r2' ? ['10.0.0.2'] : server === 's1:53' ? ['10.0.0.1'] : nth % 2 ? ['10.0.0.2'] : ['10.0.0.1'],
    );
    const traffic = await observeAnswers({ vantage: 'v', clock, newResolver }, 'g', asked, ['1.1.1.1', '[::1]:53'], call);
    expect(traffic).toMatchObject({ ok: true, value: { regions: ['r1', 'r2'] } });
  });

  test.each([
    ['ENOTFOUND', 'NXDOMAIN'],
    ['ESERVFAIL', 'SERVFAIL'],
    ['EREFUSED', 'REFUSED'],
    ['ETIMEOUT', 'TIMEOUT'],
    ['ENODATA', 'NODATA'],
  ])('%s is shown as %s, and no region answers', async (error, rcode) => {
    const newResolver = resolvers((_server, name) => (name === 'lb.r2' ? [] : error));
    const traffic = await observeAnswers({ vantage: 'v', clock, newResolver }, 'g', asked, ['1.1.1.1'], call);
    expect(traffic).toMatchObject({ ok: true, value: { regions: [], servers: [{ server: '1.1.1.1', regions: [], rcode }] } });
  });

  test('an address that belongs to no region is shown as unknown', async () => {
    const newResolver = resolvers(() => ['10.9.9.9']);
    const traffic = await observeAnswers({ vantage: 'v', clock, newResolver }, 'g', { ...asked, regions: {} }, ['1.1.1.1'], call);
    expect(traffic.ok && traffic.value.regions).toEqual(['unknown:10.9.9.9']);
  });

  test('a server is found by its name', async () => {
    const newResolver = resolvers((server, name) =>
      name === 'ns-1.example' ? ['192.0.2.53'] : server === '192.0.2.53' ? ['10.0.0.1'] : 'EREFUSED',
    );
    const traffic = await observeAnswers({ vantage: 'v', clock, newResolver }, 'g', asked, ['ns-1.example'], call);
    expect(traffic.ok && traffic.value.servers).toEqual([{ server: 'ns-1.example', regions: ['r1'], rcode: 'NOERROR' }]);
  });
});

/** A distribution as CloudFront keeps it, with an origin group of two: the ETag changes with every change, Status says whether it is everywhere. */
function distribution(deployMs = 60_000) {
  const time = stillClock();
  const client = new CloudFrontClient(settings);
  let order = ['a', 'b'];
  let changes = 0;
  let changedAt = 0;
  const change = (next: string[]) => {
    [order, changes, changedAt] = [next, changes + 1, time.now()];
  };
  const sent = answering(client, (operation, input) => {
    const members = { Quantity: 2, Items: order.map((OriginId) => ({ OriginId })) };
    const DistributionConfig = { Comment: 'kept', OriginGroups: { Quantity: 1, Items: [{ Id: 'og', Members: members }] } };
    const Status = time.now() - changedAt < deployMs ? 'InProgress' : 'Deployed';
    if (operation === 'GetDistribution') return { ETag: `E${changes}`, Distribution: { Status, DistributionConfig } };
    if (input.IfMatch !== `E${changes}`) return awsError('InvalidIfMatchVersion');
    change([...order].reverse());
    return {};
  });
  const groups = { g: { distribution: 'D', originGroup: 'og', origins: { 'us-east-1': 'a', 'eu-west-1': 'b' } } };
  const control = new AwsCloudFront(client, groups, time);
  const guard = new FenceGuard(new MemoryStore(createStoreState(), time), time);
  const bus = { publish: async () => ok(undefined), send: async () => ok(undefined) };
  const ids = { next: () => 'id' };
  const traffic = new AwsTrafficControl({ region: 'us-east-1', groups: {}, bus, ids, clock: time, distributions: { control, guard } });
  const harness: OriginHarness = {
    ...{ traffic, group: 'g', first: 'us-east-1', second: 'eu-west-1', deployMs, now: () => time.now() },
    advance: async (ms) => {
      time.at += ms;
    },
    meddle: async () => change(order),
  };
  return { harness, sent, control, time };
}

describe('CloudFront', () => {
  test.each(originContract.map((each) => [each.name, each.run] as const))('%s', async (_name, run) => {
    await run(distribution().harness);
  });

  test('writes the whole configuration back under the ETag, with only the order changed', async () => {
    const { harness, sent, time } = distribution();
    const before = await harness.traffic.origins('g', { deadlineAt: time.now() + 5_000 });
    if (!before.ok) throw new Error(before.reason);
    const fence = { epoch: 1, leaseUntil: time.now() + 60_000 };
    await harness.traffic.setOrigins(before.value, 'eu-west-1', fence, { deadlineAt: time.now() + 5_000 });
    expect(inputsOf(sent, 'UpdateDistribution')).toEqual([
      {
        ...{ Id: 'D', IfMatch: 'E0' },
        DistributionConfig: {
          Comment: 'kept',
          OriginGroups: { Quantity: 1, Items: [{ Id: 'og', Members: { Quantity: 2, Items: [{ OriginId: 'b' }, { OriginId: 'a' }] } }] },
        },
      },
    ]);
  });

  test('a function without the right is refused', async () => {
    const bus = { publish: async () => ok(undefined), send: async () => ok(undefined) };
    const traffic = new AwsTrafficControl({ region: 'us-east-1', groups: {}, bus, ids: { next: () => 'id' }, clock });
    expect(await traffic.origins('g', call)).toMatchObject({ code: 'refused' });
    const order = { group: 'g', order: ['a', 'b'], deployed: true, token: 'E1' };
    expect(await traffic.setOrigins(order, 'a', { epoch: 1, leaseUntil: 1 }, call)).toMatchObject({ code: 'refused' });
  });
});
