import { describe, expect, it } from 'vitest';
import { type DnsFault, zoneAnswers } from '../../../simulator/live/zone.ts';
import type { Answer, RecordSet } from '../../../simulator/world/route53.ts';

const set = (region: string, address: string): RecordSet => ({
  name: 'shop.example.com',
  type: 'A',
  setId: region,
  region,
  routing: { kind: 'weighted', weight: 1 },
  target: { values: [address] },
  ttlSeconds: 1,
});
const routed: Answer = {
  rcode: 'NOERROR',
  ttlSeconds: 1,
  together: false,
  failedOpen: false,
  choices: [
    { set: set('us-east-1', '127.0.1.10'), share: 0.75 },
    { set: set('eu-west-1', '127.0.2.10'), share: 0.25 },
  ],
};

function zone({ random = 0, ipv6 = true, fault = null }: { random?: number; ipv6?: boolean; fault?: DnsFault | null } = {}) {
  return zoneAnswers({
    zones: ['example.com', 'amazonaws.com'],
    names: new Map([['api.eu-west-1.example.com', '127.0.2.11']]),
    moving: new Set(['shop.example.com']),
    route53: { answer: (_, type) => (type === 'A' ? routed : { ...routed, rcode: 'NODATA', choices: [] }) },
    ipv6,
    now: () => 0,
    random: () => random,
    faultOf: () => fault,
  });
}

describe('the zone', () => {
  it('answers a moving name with one region, drawn by its share', () => {
    expect(zone({ random: 0.74 })({ name: 'shop.example.com', type: 'A' })?.answers).toMatchObject([{ data: '127.0.1.10', ttl: 1 }]);
    expect(zone({ random: 0.76 })({ name: 'shop.example.com', type: 'A' })?.answers).toMatchObject([{ data: '127.0.2.10', ttl: 1 }]);
  });

  it('has AAAA for a name that stays only where there is IPv6', () => {
    const question = { name: 'api.eu-west-1.example.com', type: 'AAAA' };
    expect(zone()(question)?.answers).toMatchObject([{ type: 'AAAA', data: '::ffff:127.0.2.11' }]);
    expect(zone({ ipv6: false })(question)).toMatchObject({ rcode: 'NOERROR', answers: [], authorities: [{ type: 'SOA' }] });
  });

  it('tells a name without such records, a name above others and a name that is not apart', () => {
    expect(zone()({ name: 'shop.example.com', type: 'AAAA' })).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(zone()({ name: 'api.eu-west-1.example.com', type: 'MX' })).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(zone()({ name: 'eu-west-1.example.com', type: 'A' })).toMatchObject({ rcode: 'NOERROR', answers: [] });
    expect(zone()({ name: 'nobody.example.com', type: 'A' })).toMatchObject({
      rcode: 'NXDOMAIN',
      authorities: [{ type: 'SOA', name: 'example.com' }],
    });
    expect(zone()({ name: 'example.org', type: 'A' })).toMatchObject({ rcode: 'REFUSED' });
  });

  it.each<[DnsFault, unknown]>([
    ['nodata', { rcode: 'NOERROR', answers: [] }],
    ['nxdomain', { rcode: 'NXDOMAIN' }],
    ['servfail', { rcode: 'SERVFAIL' }],
    ['refused', { rcode: 'REFUSED' }],
  ])('does what the fault %s says', (fault, expected) => {
    expect(zone({ fault })({ name: 'api.eu-west-1.example.com', type: 'A' })).toMatchObject(expected as object);
  });

  it('says nothing at all under the fault timeout', () => {
    expect(zone({ fault: 'timeout' })({ name: 'api.eu-west-1.example.com', type: 'A' })).toBeNull();
  });
});
