import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { describe, expect, it } from 'vitest';
import { attachChanges, attachedState, detachChanges } from '../../bin/deploy/records.ts';
import { trafficGroup } from '../../core/config/schema/traffic-group.ts';

const checkIds = { 'us-east-1': 'check-use1', 'eu-west-1': 'check-euw1' };
const addresses = { 'us-east-1': '192.0.2.10', 'eu-west-1': '198.51.100.10' };

function group(routing: 'weighted' | 'latency' | 'failover' | 'multivalue' = 'weighted') {
  return trafficGroup.parse({
    name: 'checkout',
    zone: { id: 'Z0EXAMPLE', name: 'example.com' },
    ttlSeconds: 60,
    records: [
      {
        name: 'checkout.example.com',
        routing,
        regions: {
          'us-east-1': { values: [addresses['us-east-1']], ...(routing === 'failover' && { role: 'primary' }) },
          'eu-west-1': { values: [addresses['eu-west-1']], ...(routing === 'failover' && { role: 'secondary' }) },
        },
      },
    ],
  });
}

function set(region: keyof typeof addresses, more: Partial<ResourceRecordSet> = {}): ResourceRecordSet {
  return {
    Name: 'checkout.example.com.',
    Type: 'A',
    SetIdentifier: region,
    Weight: 100,
    TTL: 60,
    ResourceRecords: [{ Value: addresses[region] }],
    ...more,
  };
}

/** What Route 53 holds after a batch; it refuses a delete of what is not there and a create of what is. */
function apply(existing: readonly ResourceRecordSet[], changes: readonly Change[]): ResourceRecordSet[] {
  let sets = [...existing];
  for (const { Action, ResourceRecordSet: change } of changes) {
    const at = sets.findIndex((each) => JSON.stringify(each) === JSON.stringify(change));
    if (Action === 'DELETE') {
      expect(at).not.toBe(-1);
      sets = sets.toSpliced(at, 1);
    } else {
      expect(sets.some(({ SetIdentifier }) => SetIdentifier === change?.SetIdentifier)).toBe(false);
      if (change !== undefined) sets.push(change);
    }
  }
  return sets;
}

function attach(existing: readonly ResourceRecordSet[], routing?: 'weighted' | 'latency' | 'failover' | 'multivalue'): Change[] {
  const plan = attachChanges(group(routing), existing, checkIds);
  if (!plan.ok) throw new Error(plan.obstacle);
  return plan.changes;
}

describe('attaching', () => {
  it('creates a set for each region, on its check, where there is no record yet', () => {
    const made = apply([], attach([]));
    expect(made).toEqual([set('us-east-1', { HealthCheckId: 'check-use1' }), set('eu-west-1', { HealthCheckId: 'check-euw1' })]);
    expect(attachedState(group(), made, checkIds)).toBe('all');
  });

  it('replaces a simple record in the one batch that creates the new ones: there is no moment without an answer', () => {
    const simple: ResourceRecordSet = {
      Name: 'Checkout.example.com.',
      Type: 'A',
      TTL: 300,
      ResourceRecords: [{ Value: '192.0.2.10' }, { Value: '198.51.100.10' }],
    };
    const changes = attach([simple]);
    expect(changes.map(({ Action }) => Action)).toEqual(['DELETE', 'CREATE', 'CREATE']);
    expect(changes[0]?.ResourceRecordSet).toBe(simple);
  });

  it('adopts weighted records under other identifiers, and keeps the weight that stands under ours', () => {
    const theirs = [set('us-east-1', { SetIdentifier: 'blue', Weight: 10 }), set('eu-west-1', { Weight: 7 })];
    const made = apply(theirs, attach(theirs));
    expect(made.map(({ SetIdentifier, Weight, HealthCheckId }) => [SetIdentifier, Weight, HealthCheckId]).sort()).toEqual([
      ['eu-west-1', 7, 'check-euw1'],
      ['us-east-1', 100, 'check-use1'],
    ]);
  });

  it('is done when nothing is different, however Route 53 writes names', () => {
    const alias = trafficGroup.parse({
      name: 'web',
      zone: { id: 'Z0EXAMPLE', name: 'example.com' },
      records: [
        { name: 'web.example.com', regions: { 'us-east-1': { alias: { dnsName: 'LB.us-east-1.elb.amazonaws.com', zoneId: 'Z1' } } } },
      ],
    });
    const there: ResourceRecordSet = {
      Name: 'web.example.com.',
      Type: 'A',
      SetIdentifier: 'us-east-1',
      Weight: 100,
      AliasTarget: { HostedZoneId: 'Z1', DNSName: 'lb.us-east-1.elb.amazonaws.com.', EvaluateTargetHealth: false },
      HealthCheckId: 'check-use1',
    };
    expect(attachedState(alias, [there], checkIds)).toBe('all');
    const evaluating = {
      ...there,
      AliasTarget: { HostedZoneId: 'Z1', DNSName: 'lb.us-east-1.elb.amazonaws.com.', EvaluateTargetHealth: true },
    };
    const plan = attachChanges(alias, [evaluating], checkIds);
    expect(plan.ok && plan.changes.at(-1)?.ResourceRecordSet?.AliasTarget?.EvaluateTargetHealth).toBe(false);
  });

  it.each([
    ['latency', 'Region', ['us-east-1', 'eu-west-1']],
    ['failover', 'Failover', ['PRIMARY', 'SECONDARY']],
    ['multivalue', 'MultiValueAnswer', [true, true]],
  ] as const)('writes %s records', (routing, field, values) => {
    const made = apply([], attach([], routing));
    expect(made.map((each) => each[field])).toEqual(values);
    expect(made.every(({ Weight }) => Weight === undefined)).toBe(true);
  });

  it('takes over no record that answers with something the configuration does not name', () => {
    const plan = attachChanges(group(), [set('us-east-1', { ResourceRecords: [{ Value: '192.0.2.99' }] })], checkIds);
    expect(plan).toEqual({
      ok: false,
      obstacle: 'A checkout.example.com (us-east-1) answers with 192.0.2.99, which the configuration does not name',
    });
  });

  it('attaches nothing while a region has no check', () => {
    expect(attachChanges(group(), [], { 'us-east-1': 'check-use1' })).toMatchObject({ ok: false });
  });
});

describe('detaching', () => {
  it('leaves the same answers without our checks, and the check of somebody else where it is', () => {
    const attached = apply([], attach([]));
    const bare = apply(attached, detachChanges(group(), attached, checkIds));
    expect(bare).toEqual([set('us-east-1'), set('eu-west-1')]);
    expect(attachedState(group(), bare, checkIds)).toBe('none');
    const foreign = [set('us-east-1', { HealthCheckId: 'theirs' })];
    expect(detachChanges(group(), foreign, checkIds)).toEqual([]);
  });

  it('sees half an attach as partly', () => {
    expect(attachedState(group(), [set('us-east-1', { HealthCheckId: 'check-use1' }), set('eu-west-1')], checkIds)).toBe('partly');
  });

  it('touches no other name and no other type', () => {
    const others = [set('us-east-1', { Name: 'other.example.com.', HealthCheckId: 'check-use1' }), set('us-east-1', { Type: 'AAAA' })];
    expect(detachChanges(group(), others, checkIds)).toEqual([]);
    expect(attach(others).every(({ Action }) => Action === 'CREATE')).toBe(true);
  });
});
