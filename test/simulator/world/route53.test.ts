import { describe, expect, it } from 'vitest';
import { endpointCheck, metricCheck, type RecordSet, Route53, type Routing, regionShares } from '../../../simulator/world/route53.ts';

const second = 1000;
const minute = 60 * second;

function set(region: string, routing: Routing, checkId?: string): RecordSet {
  return {
    name: 'shop.example.com',
    type: 'A',
    setId: region,
    region,
    routing,
    target: { values: ['192.0.2.1'] },
    ttlSeconds: 60,
    ...(checkId === undefined ? {} : { checkId }),
  };
}

/** A Route 53 whose checks a test turns by hand, one per region. */
function switchboard(regions: string[], routingOf: (region: string) => Routing) {
  const up = new Map(regions.map((region) => [region, true]));
  const route53 = new Route53();
  for (const region of regions) {
    route53.createLeaf(
      endpointCheck({
        id: region,
        intervalSeconds: 10,
        failureThreshold: 1,
        inverted: false,
        createdAt: 0,
        look: () => up.get(region) === true,
      }),
      0,
    );
    route53.changeRecordSets([{ action: 'CREATE', set: set(region, routingOf(region), region) }], 0);
  }
  let now = 0;
  const turn = (changes: Record<string, boolean>) => {
    route53.advance(now);
    for (const [region, value] of Object.entries(changes)) up.set(region, value);
    now += minute;
  };
  const shares = (location?: string) => Object.fromEntries(regionShares(route53.answer('shop.example.com', 'A', now, location)));
  return { route53, turn, shares, answer: () => route53.answer('shop.example.com', 'A', now) };
}

describe('answers', () => {
  it('share out by weight among the healthy and leave the drained out', () => {
    const world = switchboard(['us-east-1', 'eu-west-1'], (region) => ({ kind: 'weighted', weight: region === 'us-east-1' ? 3 : 1 }));
    expect(world.shares()).toEqual({ 'us-east-1': 0.75, 'eu-west-1': 0.25 });
    world.turn({ 'us-east-1': false });
    expect(world.shares()).toEqual({ 'eu-west-1': 1 });
  });

  it('take every region for healthy when all are drained', () => {
    const world = switchboard(['us-east-1', 'eu-west-1'], () => ({ kind: 'weighted', weight: 1 }));
    world.turn({ 'us-east-1': false, 'eu-west-1': false });
    expect(world.shares()).toEqual({ 'us-east-1': 0.5, 'eu-west-1': 0.5 });
    expect(world.answer().failedOpen).toBe(true);
  });

  it('fall back to the sets of weight 0 when no other is healthy', () => {
    const world = switchboard(['us-east-1', 'eu-west-1'], (region) => ({ kind: 'weighted', weight: region === 'us-east-1' ? 1 : 0 }));
    expect(world.shares()).toEqual({ 'us-east-1': 1 });
    world.turn({ 'us-east-1': false });
    expect(world.shares()).toEqual({ 'eu-west-1': 1 });
  });

  it('go to the nearest healthy region by latency', () => {
    const world = switchboard(['us-east-1', 'eu-west-1', 'us-west-2'], () => ({ kind: 'latency' }));
    expect(world.shares('eu-central-1')).toEqual({ 'eu-west-1': 1 });
    world.turn({ 'eu-west-1': false });
    expect(world.shares('eu-central-1')).toEqual({ 'us-east-1': 1 });
  });

  it('are the primary until it fails, and the primary again when both have failed', () => {
    const world = switchboard(['us-east-1', 'eu-west-1'], (region) => ({
      kind: 'failover',
      role: region === 'us-east-1' ? 'primary' : 'secondary',
    }));
    expect(world.shares()).toEqual({ 'us-east-1': 1 });
    world.turn({ 'us-east-1': false });
    expect(world.shares()).toEqual({ 'eu-west-1': 1 });
    world.turn({ 'eu-west-1': false });
    expect(world.shares()).toEqual({ 'us-east-1': 1 });
  });

  it('hold at most eight healthy sets of a multivalue name, all in one answer', () => {
    const regions = Array.from({ length: 10 }, (_, index) => `eu-west-${index}`);
    const world = switchboard(regions, () => ({ kind: 'multivalue' }));
    expect(world.answer()).toMatchObject({ together: true });
    expect(world.answer().choices).toHaveLength(8);
    world.turn({ 'eu-west-0': false });
    expect(Object.keys(world.shares())).not.toContain('eu-west-0');
  });

  it('tell NXDOMAIN from NODATA', () => {
    const { route53 } = switchboard(['us-east-1'], () => ({ kind: 'latency' }));
    expect(route53.answer('other.example.com', 'A', 0).rcode).toBe('NXDOMAIN');
    expect(route53.answer('shop.example.com', 'AAAA', 0).rcode).toBe('NODATA');
  });
});

describe('endpoint checks', () => {
  const check = (inverted: boolean, look: (at: number, checker: number) => boolean) =>
    endpointCheck({ id: 'c', intervalSeconds: 10, failureThreshold: 3, inverted, createdAt: 0, look });

  it('stay healthy while more than 18 % of the checkers see the endpoint well', () => {
    const three = check(false, (_, checker) => checker < 3);
    three.advance(10 * minute, () => {});
    expect(three.healthy).toBe(true);
    const two = check(false, (_, checker) => checker < 2);
    two.advance(10 * minute, () => {});
    expect(two.healthy).toBe(false);
  });

  it('start as unhealthy when inverted, until the checkers have spoken', () => {
    const inverted = check(true, () => false);
    expect(inverted.healthy).toBe(false);
    const changes: number[] = [];
    inverted.advance(minute, (at) => changes.push(at));
    expect(inverted.healthy).toBe(true);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toBeLessThanOrEqual(30 * second);
  });

  it('turn about 30 s after a vote object says drain, and hold through a missed look', () => {
    let drains = false;
    const vote = check(true, () => drains);
    vote.advance(3 * minute, () => {});
    expect(vote.healthy).toBe(true);
    drains = true;
    const changes: number[] = [];
    vote.advance(5 * minute, (at) => changes.push(at - 3 * minute));
    expect(changes).toHaveLength(1);
    expect(changes[0]).toBeGreaterThanOrEqual(20 * second);
    expect(changes[0]).toBeLessThanOrEqual(35 * second);
  });

  it('come to the same whether time goes by in one step or in many', () => {
    const look = (at: number) => Math.floor(at / 37_000) % 2 === 0;
    const once = check(false, look);
    const often = check(false, look);
    const changes: [number[], number[]] = [[], []];
    once.advance(20 * minute, (at) => changes[0].push(at));
    for (let at = 0; at <= 20 * minute; at += 1700) often.advance(at, (when) => changes[1].push(when));
    often.advance(20 * minute, (at) => changes[1].push(at));
    expect(changes[1]).toEqual(changes[0]);
  });
});

describe('metric checks', () => {
  const check = (data: Map<number, number>, missing: 'ignore' | 'breaching') =>
    metricCheck({
      id: 'm',
      periodSeconds: 60,
      rule: { evaluationPeriods: 1, datapointsToAlarm: 1, evaluationRange: 3, treatMissingData: missing },
      insufficientData: missing === 'ignore' ? 'LastKnownStatus' : 'Unhealthy',
      createdAt: 0,
      statistic: (periodStart) => data.get(periodStart) ?? null,
      breaches: (value) => value >= 1,
    });

  it('turn within one to two minutes of the datum', () => {
    const data = new Map([
      [0, 0],
      [minute, 1],
    ]);
    const changes: [number, boolean][] = [];
    check(data, 'ignore').advance(10 * minute, (at, healthy) => changes.push([at, healthy]));
    expect(changes).toEqual([[2.5 * minute, false]]);
  });

  it('keep the last known status while the data are missing', () => {
    const vote = check(new Map([[0, 1]]), 'ignore');
    vote.advance(60 * minute, () => {});
    expect(vote.healthy).toBe(false);
  });

  it('call silence unhealthy where missing data breach', () => {
    const data = new Map([[0, 0]]);
    const heartbeat = check(data, 'breaching');
    heartbeat.advance(1.5 * minute, () => {});
    expect(heartbeat.healthy).toBe(true);
    heartbeat.advance(10 * minute, () => {});
    expect(heartbeat.healthy).toBe(false);
  });
});

describe('calculated checks', () => {
  it('are healthy while at least the threshold of children is', () => {
    const changes: string[] = [];
    let up = [true, true, true];
    const route53 = new Route53({ onStatusChange: ({ check, healthy }) => changes.push(`${check} ${healthy}`) });
    for (const child of [0, 1, 2])
      route53.createLeaf(
        endpointCheck({
          id: `c${child}`,
          intervalSeconds: 10,
          failureThreshold: 3,
          inverted: false,
          createdAt: 0,
          look: () => up[child] === true,
        }),
        0,
      );
    expect(route53.createCalculated({ id: 'all', threshold: 2, children: ['c0', 'c1', 'c2'] }, 0).ok).toBe(true);
    up = [false, true, true];
    route53.advance(minute);
    expect(route53.healthy('all')).toBe(true);
    up = [false, false, true];
    route53.advance(2 * minute);
    expect(route53.healthy('all')).toBe(false);
    expect(changes).toEqual(['c0 false', 'c1 false', 'all false']);
  });

  it('refuse a threshold outside 1..children and an unknown child', () => {
    const route53 = new Route53();
    expect(route53.createCalculated({ id: 'a', threshold: 1, children: ['nobody'] }, 0)).toMatchObject({ ok: false, code: 'invalid' });
    expect(route53.createCalculated({ id: 'a', threshold: 1, children: [] }, 0)).toMatchObject({ ok: false, code: 'invalid' });
  });
});

describe('the control plane', () => {
  it('can be down for hours while answers go on and checks are evaluated', () => {
    let up = true;
    const route53 = new Route53({ apiAvailable: (at) => at < minute });
    route53.createLeaf(
      endpointCheck({ id: 'us-east-1', intervalSeconds: 10, failureThreshold: 3, inverted: false, createdAt: 0, look: () => up }),
      0,
    );
    const east = set('us-east-1', { kind: 'weighted', weight: 1 }, 'us-east-1');
    const west = set('us-west-2', { kind: 'weighted', weight: 1 });
    route53.changeRecordSets(
      [east, west].map((each) => ({ action: 'CREATE' as const, set: each })),
      0,
    );
    route53.advance(7 * 60 * minute);
    up = false;
    expect(route53.changeRecordSets([{ action: 'DELETE', set: east }], 7 * 60 * minute)).toMatchObject({ ok: false, code: 'unavailable' });
    expect(Object.fromEntries(regionShares(route53.answer('shop.example.com', 'A', 8 * 60 * minute)))).toEqual({ 'us-west-2': 1 });
  });

  it('changes a batch only when each DELETE names the set exactly as it is, and then all of it', () => {
    const { route53, shares } = switchboard(['us-east-1', 'eu-west-1'], () => ({ kind: 'weighted', weight: 1 }));
    const old = set('us-east-1', { kind: 'weighted', weight: 1 }, 'us-east-1');
    const next = set('us-east-1', { kind: 'weighted', weight: 3 }, 'us-east-1');
    const swap = [
      { action: 'DELETE' as const, set: old },
      { action: 'CREATE' as const, set: next },
    ];
    expect(route53.changeRecordSets(swap, 0).ok).toBe(true);
    expect(shares()).toEqual({ 'us-east-1': 0.75, 'eu-west-1': 0.25 });
    expect(route53.changeRecordSets(swap, 0)).toMatchObject({ ok: false, code: 'conflict' });
    expect(shares()).toEqual({ 'us-east-1': 0.75, 'eu-west-1': 0.25 });
  });
});
