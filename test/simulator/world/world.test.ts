import { describe, expect, it } from 'vitest';
import type { ProbeRequest, Sample } from '../../../core/model/index.ts';
import { checkout, checkoutGroup, shop } from '../../../simulator/scenarios/shop.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';
import { type FaultInput, faultSchema } from '../../../simulator/world/fault.ts';
import { SequentialIds } from '../../../simulator/world/ids.ts';
import { SeededRandom } from '../../../simulator/world/random.ts';
import { SimulatedProber } from '../../../simulator/world/simulated-prober.ts';
import { type MinuteOfTraffic, World } from '../../../simulator/world/world.ts';
import { parsed, smallShop } from '../small-shop.ts';

const minute = 60_000;

function worldOf(config = smallShop()) {
  const minutes: MinuteOfTraffic[] = [];
  const world = new World({ config, startAt: 0, ids: new SequentialIds('world'), onMinute: (each) => minutes.push(each) });
  const begin = (fault: FaultInput) => {
    const begun = faultSchema.parse(fault);
    world.begin(begun, begun.at * minute);
    return begun;
  };
  const drain = (subject: string, at: number, drained = true) => {
    for (const voter of ['us-east-1', 'eu-west-1', 'us-west-2'].filter((region) => region !== subject))
      world.castVote({ voter, subject, group: 'checkout', epoch: 1, drain: drained, at: at * minute, reason: 'test' }, at * minute);
  };
  const lastMinute = (until: number) => {
    world.advance(until * minute);
    const last = minutes.findLast((each) => each.service === 'checkout');
    if (last === undefined) throw new Error('no minute is over');
    return last;
  };
  return { world, begin, drain, lastMinute, minutes };
}

describe('clients', () => {
  it('are shared out by the answers and all served in a calm world', () => {
    const { lastMinute } = worldOf();
    const last = lastMinute(3);
    expect(last.perSecond['us-east-1']).toBeCloseTo(100, 5);
    expect(last.failedShare).toBe(0);
  });

  it('leave a drained region within the TTL of the changed answer, but for those who overstay', () => {
    const { drain, lastMinute } = worldOf();
    drain('us-east-1', 2);
    expect(lastMinute(3).perSecond['us-east-1']).toBeGreaterThan(50);
    const after = lastMinute(5);
    expect(after.perSecond['us-east-1']).toBeGreaterThan(0);
    expect(after.perSecond['us-east-1']).toBeLessThan(2);
    expect(lastMinute(20).perSecond['us-east-1']).toBe(0);
  });

  it('overstay for as long as the fault says', () => {
    const { begin, drain, lastMinute } = worldOf();
    begin({ at: 0, kind: 'dns-overstay', where: {}, with: { share: 0.2, seconds: 3600 } });
    drain('us-east-1', 2);
    expect(lastMinute(50).perSecond['us-east-1']).toBeCloseTo(20, 1);
    expect(lastMinute(70).perSecond['us-east-1']).toBe(0);
  });
});

describe('viewers of a distribution', () => {
  const cloudFront = { distributionId: 'E0EXAMPLE', originGroup: 'regions', origins: { 'us-east-1': 'east', 'us-west-2': 'west' } };
  const behind = () => worldOf(parsed(shop([checkout({})], [checkoutGroup(1, { carrier: 'object', cloudFront })])));

  it('go to the preferred origin, whatever the name answers', () => {
    const { lastMinute, drain } = behind();
    const share = ({ perSecond }: MinuteOfTraffic, region: string) =>
      (perSecond[region] ?? 0) / Object.values(perSecond).reduce((sum, each) => sum + each, 0);
    expect(share(lastMinute(3), 'us-east-1')).toBeCloseTo(0.8 / 3 + 0.2, 2);
    drain('us-east-1', 3);
    expect(share(lastMinute(8), 'us-east-1')).toBeCloseTo(0.2, 1);
  });

  it('are well again once a change of the order is deployed, and not before', () => {
    const { world, begin, drain, lastMinute } = behind();
    begin({ at: 1, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1' } });
    drain('us-east-1', 2);
    expect(lastMinute(8).failedShare).toBeGreaterThan(0.2);
    world.distributions.prefer('checkout', 'us-west-2', 8 * minute);
    expect(lastMinute(10).failedShare).toBeGreaterThan(0.2);
    expect(lastMinute(14).failedShare).toBeLessThan(0.02);
  });
});

describe('votes', () => {
  it('of a quorum take a region out of the answers, those of one voter do not', () => {
    const { world, drain } = worldOf();
    world.castVote(
      { voter: 'eu-west-1', subject: 'us-east-1', group: 'checkout', epoch: 1, drain: true, at: minute, reason: 'test' },
      minute,
    );
    expect(world.answered('checkout', 5 * minute).size).toBe(3);
    drain('us-east-1', 5);
    expect([...world.answered('checkout', 7 * minute).keys()]).toEqual(['eu-west-1', 'us-west-2']);
    drain('us-east-1', 8, false);
    expect(world.answered('checkout', 10 * minute).size).toBe(3);
  });

  it('of a voter whose S3 cannot be reached read as no vote', () => {
    const { world, begin, drain } = worldOf();
    drain('us-east-1', 1);
    expect(world.answered('checkout', 3 * minute).size).toBe(2);
    begin({ at: 3, kind: 'api-down', where: { service: 's3', region: 'eu-west-1' } });
    expect(world.answered('checkout', 5 * minute).size).toBe(3);
  });

  it('by metric move within one to two minutes and stay while the voter is silent', () => {
    const config = smallShop();
    for (const group of config.trafficGroups) group.carrier = 'metric';
    const { world, begin, drain } = worldOf(config);
    drain('us-east-1', 1.2);
    expect(world.answered('checkout', 2 * minute).size).toBe(3);
    expect(world.answered('checkout', 3.2 * minute).size).toBe(2);
    begin({ at: 4, kind: 'metrics-silent', where: { region: 'eu-west-1' } });
    expect(world.answered('checkout', 30 * minute).size).toBe(2);
  });
});

describe('a service', () => {
  it('turns requests away when it gets more than it can carry, and gets slow before', () => {
    const { world, begin, lastMinute } = worldOf();
    const calmMs = () => world.service('checkout', 'us-east-1')?.serving.serviceMs ?? 0;
    world.advance(minute);
    const before = calmMs();
    begin({ at: 2, kind: 'load', where: { service: 'checkout' }, with: { factor: 1.8 } });
    world.advance(4 * minute);
    expect(calmMs()).toBeGreaterThan(3 * before);
    expect(lastMinute(4).failedShare).toBe(0);
    begin({ at: 5, kind: 'load', where: { service: 'checkout' }, with: { factor: 3 } });
    expect(lastMinute(8).failedShare).toBeGreaterThan(0.5);
  });

  it('fails with a hard dependency, and not without it when it is degraded on purpose', () => {
    const { world, begin, lastMinute } = worldOf(smallShop({ dependsOn: [{ aws: 'dynamodb' }], degradeFlag: '/shop/checkout' }));
    begin({ at: 1, kind: 'dns', where: { service: 'dynamodb', region: 'us-east-1' }, with: { dependentsShare: 0.9 } });
    expect(lastMinute(3).failedShare).toBeCloseTo(0.3, 5);
    world.flags.set('checkout/us-east-1 /shop/checkout', 'degraded');
    expect(lastMinute(5).failedShare).toBe(0);
  });

  it('gets new units after their start-up time, and none while capacity is refused', () => {
    const { world, begin } = worldOf();
    const here = world.service('checkout', 'us-east-1');
    if (here === undefined) throw new Error('checkout runs nowhere');
    here.capacity.desired = 6;
    world.advance(10_000);
    expect(here.healthyUnits(10_000)).toBe(4);
    world.advance(2 * minute);
    expect(here.healthyUnits(2 * minute)).toBe(6);
    begin({ at: 3, kind: 'capacity-refused', where: { region: 'us-east-1' } });
    here.capacity.desired = 8;
    world.advance(6 * minute);
    expect(here.capacity.units).toHaveLength(6);
  });

  it('loses memory to a leak until its units die and start again', () => {
    const { world, begin } = worldOf();
    begin({ at: 1, kind: 'leak', where: { service: 'checkout', region: 'us-east-1' }, with: { minutesToFull: 10 } });
    const here = world.service('checkout', 'us-east-1');
    world.advance(9 * minute);
    expect(
      here?.memoryShare(here.capacity.units[0] ?? { id: '', zone: '', startedAt: 0, healthyAt: 0, ejected: false }, 9 * minute),
    ).toBeGreaterThan(0.8);
    world.advance(11.2 * minute);
    expect(here?.healthyUnits(11.2 * minute)).toBe(0);
    world.advance(13 * minute);
    expect(here?.healthyUnits(13 * minute)).toBe(4);
  });

  it('fails on a bad release from its minute on, until the version before serves again', () => {
    const { world, begin, lastMinute } = worldOf();
    begin({ at: 1, kind: 'bad-release', where: { service: 'checkout', region: 'us-east-1' }, with: { share: 0.3, afterMinutes: 4 } });
    expect(lastMinute(5).failedShare).toBe(0);
    expect(lastMinute(7).failedShare).toBeCloseTo(0.1, 5);
    for (const release of world.releases.services['checkout/us-east-1']?.releases ?? [])
      release.state = release.id === 'v1' ? 'current' : 'previous';
    expect(lastMinute(9).failedShare).toBe(0);
  });

  it('keeps failing a share of its requests at a sick address until the unit is ejected', () => {
    const { world, begin, lastMinute } = worldOf(smallShop({}, {}, 4));
    begin({ at: 1, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1', address: 2 }, with: { share: 0.24 } });
    expect(lastMinute(3).failedShare).toBeCloseTo(0.24 / 12, 5);
    for (const unit of world.service('checkout', 'us-east-1')?.capacity.units ?? []) if (unit.id === '192.0.2.12') unit.ejected = true;
    expect(lastMinute(5).failedShare).toBe(0);
  });

  it('loses the addresses of a dark zone, not the region', () => {
    const { begin, lastMinute } = worldOf(smallShop({}, {}, 3));
    begin({ at: 1, kind: 'zone-down', where: { region: 'us-east-1', zone: 'b' } });
    expect(lastMinute(3).failedShare).toBeCloseTo(1 / 9, 2);
  });
});

describe('a resource that runs short', () => {
  const short = { at: 1, kind: 'resource-short' as const, where: { service: 'checkout', region: 'us-east-1' } };

  it('fails its share of the requests until the script that cures it has run, and no other script does', () => {
    const { world, begin } = worldOf();
    begin({ ...short, with: { errorShare: 0.2, curedBy: 'reset-pool' } });
    const here = world.service('checkout', 'us-east-1');
    world.advance(2 * minute);
    expect(here?.failingShare()).toBeCloseTo(0.2, 5);
    world.runScript('flush-cache', 'checkout', 'us-east-1', 2 * minute);
    expect(here?.shortSignals()).toEqual({ poolShare: 0.97 });
    world.runScript('reset-pool', 'checkout', 'us-east-1', 2 * minute);
    world.advance(3 * minute);
    expect(here?.shortSignals()).toEqual({});
    expect(here?.failingShare()).toBe(0);
  });
});

describe('a rollout whose units never become healthy', () => {
  it('does not end until they can, and then takes its time', () => {
    const { world, begin } = worldOf();
    const where = { service: 'checkout', region: 'us-east-1' };
    const stuck = begin({ at: 1, kind: 'units-never-healthy', where });
    begin({ at: 2, kind: 'bad-release', where });
    world.advance(20 * minute);
    const serving = () => world.releases.services['checkout/us-east-1']?.releases.find((each) => each.state === 'current')?.id;
    expect(serving()).toBe('v1');
    world.end(stuck, 20 * minute);
    world.advance(22 * minute);
    expect(serving()).toBe('v2');
  });
});

describe('CloudWatch', () => {
  it('gets what the load balancers and services publish, late or never when its telemetry is struck', () => {
    const signals = { errorRate: { namespace: 'Shop', metricName: 'ErrorRate' } };
    const { world, begin } = worldOf(smallShop({ signals }));
    const read = (now: number) =>
      world
        .cloudwatch('us-east-1')
        .read(
          { namespace: 'Shop', name: 'ErrorRate', dimensions: {}, statistic: 'Average', periodSeconds: 60, from: 0, to: 60 * minute },
          now * minute,
        )[0]?.points.length ?? 0;
    world.advance(5 * minute);
    expect(read(5)).toBe(5);
    begin({ at: 5, kind: 'metrics-silent', where: { region: 'us-east-1' }, with: { lateSeconds: 600 } });
    world.advance(10 * minute);
    expect(read(10)).toBe(5);
    expect(read(20)).toBe(10);
  });
});

describe('the simulated prober', () => {
  const request = (over: Partial<ProbeRequest> = {}): ProbeRequest => ({
    subject: { service: 'checkout', region: 'us-east-1', endpoint: 'health' },
    dimension: 'liveness',
    kind: 'http',
    host: 'checkout.us-east-1.example.com',
    dns: { types: ['A'], servers: [] },
    http: [{ url: 'https://checkout.us-east-1.example.com/health', method: 'GET', headers: {}, conditions: ['[STATUS] == 200'] }],
    conditions: [],
    thresholds: { warningMs: 1000, criticalMs: 3000 },
    lookupThresholds: { warningMs: 100, criticalMs: 200 },
    timeoutMs: 5000,
    allowAddresses: [],
    limits: { bodyBytes: 1, headerBytes: 1, headers: 1, redirects: 0, addresses: 16 },
    ...over,
  });

  async function probe(faults: FaultInput[], vantage: string, asked = request(), config = smallShop()): Promise<Sample[]> {
    const { world, begin } = worldOf(config);
    for (const fault of faults) begin(fault);
    const clock = new VirtualClock(minute);
    const prober = new SimulatedProber({ world, clock, ids: new SequentialIds('test'), random: new SeededRandom(1) });
    let samples: Sample[] = [];
    void prober.probe(asked, vantage, 5000).then((taken) => {
      samples = taken;
    });
    await clock.run(2 * minute, () => new Promise((resolve) => setImmediate(resolve)));
    return samples;
  }

  it('takes one sample per address, all well in a calm world, and slower ones from farther away', async () => {
    const near = await probe([], 'us-east-1', request(), smallShop({}, {}, 4));
    const far = await probe([], 'eu-west-1', request(), smallShop({}, {}, 4));
    expect(near.map((sample) => sample.verdict)).toEqual(['pass', 'pass', 'pass', 'pass']);
    expect(near[0]?.phasesMs.connect).toBeLessThan(10);
    expect(far[0]?.phasesMs.connect).toBeGreaterThan(50);
    expect(near[0]?.certificateDays).toBeGreaterThan(30);
  });

  it.each([
    ['a region that cannot be reached', { kind: 'region-unreachable', where: { region: 'us-east-1' } }, 'no answer within'],
    ['a partition', { kind: 'partition', where: { region: 'eu-west-1', peer: 'us-east-1' }, with: { oneWay: true } }, 'no answer within'],
    ['refused connections', { kind: 'endpoint-down', where: { service: 'checkout', region: 'us-east-1' } }, 'refused'],
    ['errors', { kind: 'http-errors', where: { service: 'checkout' } }, '503'],
    ['an expired certificate', { kind: 'certificate-expired', where: { service: 'checkout', region: 'us-east-1' } }, 'certificate'],
    ['a name that does not resolve', { kind: 'dns', where: { service: 'checkout', region: 'us-east-1' } }, 'NODATA'],
    ['a broken vantage', { kind: 'observer-broken', where: { region: 'eu-west-1' } }, 'no answer within'],
    ['a crawling service', { kind: 'latency', where: { service: 'checkout' }, with: { addMs: 20_000 } }, 'no answer within'],
  ] satisfies [string, Omit<FaultInput, 'at'>, string][])('fails for %s and says why', async (_, fault, why) => {
    const samples = await probe([{ at: 0.5, ...fault } as FaultInput], 'eu-west-1');
    expect(samples).toMatchObject([{ verdict: 'fail', status: 'critical', reason: expect.stringContaining(why) }]);
  });

  it('sees a region that is cut off as well from inside', async () => {
    const samples = await probe([{ at: 0.5, kind: 'region-unreachable', where: { region: 'us-east-1' } }], 'us-east-1');
    expect(samples).toMatchObject([{ verdict: 'pass' }]);
  });

  it('sees the name of an AWS service fail with its code', async () => {
    const asked = request({
      subject: { service: 'aws-dynamodb', region: 'us-east-1', endpoint: 'dns' },
      kind: 'dns',
      host: 'dynamodb.us-east-1.amazonaws.com',
      http: [],
    });
    const samples = await probe(
      [{ at: 0.5, kind: 'dns', where: { service: 'dynamodb', region: 'us-east-1' }, with: { rcode: 'servfail' } }],
      'eu-west-1',
      asked,
    );
    expect(samples).toMatchObject([{ verdict: 'fail', rcode: 'SERVFAIL' }]);
  });
});
