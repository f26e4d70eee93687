import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deviatingPeers } from '../../../../core/analyze/detect/peers.ts';

const readings = (values: Record<string, number>) => Object.entries(values).map(([peer, value]) => ({ peer, value }));

describe('deviatingPeers', () => {
  it('names the one of three regions that stands apart', () => {
    const [first, ...rest] = deviatingPeers(readings({ 'eu-west-1': 52, 'us-east-1': 180, 'us-west-2': 49 }));
    expect(first?.peer).toBe('us-east-1');
    expect(first?.deviations).toBeGreaterThan(3.5);
    expect(first?.score).toBeGreaterThan(0.5);
    expect(first?.score).toBeLessThan(1);
    expect(first?.reason).toContain('us-east-1 shows 180, its 2 peers 50.5 in the middle');
    expect(rest).toEqual([]);
  });

  it('finds a peer below the others too, and several in order', () => {
    const found = deviatingPeers(readings({ a: 100, b: 101, c: 99, d: 100, e: 20, f: 400 }));
    expect(found.map(({ peer }) => peer)).toEqual(['f', 'e']);
    expect(found[1]?.deviations).toBeLessThan(0);
  });

  it('takes small differences between very still peers for alike', () => {
    expect(deviatingPeers(readings({ a: 100, b: 100, c: 100, d: 105 }))).toEqual([]);
  });

  it('cannot say which of two is wrong, and leaves unreadable peers out', () => {
    expect(deviatingPeers(readings({ a: 1, b: 1000 }))).toEqual([]);
    expect(deviatingPeers(readings({ a: 1, b: 1000, c: Number.NaN }))).toEqual([]);
  });

  it('lets differences below what matters pass', () => {
    const shares = readings({ a: 0, b: 0, c: 0, d: 0.01 });
    expect(deviatingPeers(shares).length).toBe(1);
    expect(deviatingPeers(shares, 0.05)).toEqual([]);
  });

  it('does not depend on the order of the readings', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 3, maxLength: 8 });
    fc.assert(
      fc.property(values, (list) => {
        const all = list.map((value, i) => ({ peer: `p${i}`, value }));
        const names = (found: { peer: string }[]) => found.map(({ peer }) => peer).sort();
        expect(names(deviatingPeers([...all].reverse()))).toEqual(names(deviatingPeers(all)));
      }),
    );
  });
});
