import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decideAddress } from '../../../core/knowledge/address-policy.ts';

describe('an address', () => {
  test.each(['8.8.8.8', '52.94.5.1', '2600:1f18::1'])('%s of the public internet is allowed', (address) => {
    expect(decideAddress(address, [])).toEqual({ allowed: true });
  });

  test.each([
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['169.254.1.1', 'link-local'],
    ['fe80::1', 'link-local'],
    ['169.254.169.254', 'instance metadata'],
    ['169.254.170.2', 'instance metadata'],
    ['fd00:ec2::254', 'instance metadata'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.0.1', 'private'],
    ['fd12::1', 'private'],
    ['fec0::1', 'private'],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['::ffff:8.8.8.8', 'IPv4-mapped'],
    ['::ffff:127.0.0.1', 'IPv4-mapped'],
    ['64:ff9b::a9fe:a9fe', 'NAT64'],
    ['2002:7f00:1::', '6to4'],
    ['2001:0:1::', 'Teredo'],
    ['0.0.0.0', 'unspecified'],
    ['0.1.2.3', 'unspecified'],
    ['::', 'unspecified'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['255.255.255.255', 'broadcast'],
    ['240.0.0.1', 'reserved'],
    ['2001:db8::1', 'reserved'],
  ])('%s is refused as %s', (address, meaning) => {
    expect(decideAddress(address, [])).toMatchObject({ allowed: false, reason: expect.stringContaining(meaning) });
  });

  test('inside an allowed block is allowed, outside of it is not', () => {
    expect(decideAddress('127.0.0.11', ['10.0.0.0/8', '127.0.0.0/8']).allowed).toBe(true);
    expect(decideAddress('fd00::1', ['fd00::/8']).allowed).toBe(true);
    expect(decideAddress('10.0.0.1', ['127.0.0.0/8', 'fd00::/8']).allowed).toBe(false);
  });

  test('that holds credentials needs its exact address: a block around it is not enough', () => {
    expect(decideAddress('169.254.169.254', ['169.254.0.0/16']).allowed).toBe(false);
    expect(decideAddress('fd00:ec2::254', ['fd00::/8']).allowed).toBe(false);
    expect(decideAddress('169.254.169.254', ['169.254.169.254/32']).allowed).toBe(true);
  });

  test('that wraps an IPv4 address is not allowed by the block of that address', () => {
    expect(decideAddress('::ffff:127.0.0.1', ['127.0.0.0/8']).allowed).toBe(false);
    expect(decideAddress('::ffff:127.0.0.1', ['::ffff:0:0/96']).allowed).toBe(true);
  });

  test('that is none is refused', () => {
    expect(decideAddress('localhost', []).allowed).toBe(false);
  });

  test('in a mapped form is refused whatever it wraps', () => {
    fc.assert(fc.property(fc.ipV4(), (address) => !decideAddress(`::ffff:${address}`, []).allowed));
  });
});
