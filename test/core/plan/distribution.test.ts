import { array, assert, constantFrom, double, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadBand, leavesDeadBand, partWay, proposeShares, type Site, sharesWithout, weightsOf } from '../../../core/plan/distribution.ts';

const site = (region: string, over: Partial<Site> = {}): Site => ({
  ...{ region, share: 0.25, health: 1, responseMs: 100, costFactor: 1, ceiling: 1 },
  ...over,
});
const sum = (shares: Record<string, number>) => Object.values(shares).reduce((total, each) => total + each, 0);
const part = (min: number) => double({ min, max: 1, noNaN: true });

const sites = array(
  record({
    share: part(0.01),
    health: constantFrom(0, 0.3, 0.8, 1),
    responseMs: constantFrom(0, 1, 40, 250, 900),
    costFactor: constantFrom(0.5, 1, 1.4),
    ceiling: part(0),
  }),
  { minLength: 1, maxLength: 6 },
).map((drawn) => {
  const total = drawn.reduce((all, each) => all + each.share, 0);
  return drawn.map((each, index): Site => ({ ...each, region: `r${index}`, share: each.share / total }));
});

describe('proposed shares', () => {
  it('sum to one, or to what the regions that are not sick carry, and nobody gets more than it carries', () => {
    assert(
      property(sites, (drawn) => {
        const shares = proposeShares(drawn);
        const room = drawn.reduce((all, each) => all + (each.health > 0 ? each.ceiling : 0), 0);
        expect(sum(shares)).toBeCloseTo(Math.min(1, room), 9);
        for (const each of drawn) {
          expect(shares[each.region]).toBeLessThanOrEqual(each.ceiling + 1e-9);
          if (each.health === 0) expect(shares[each.region]).toBe(0);
        }
      }),
    );
  });

  it('never fall for a region that gets healthier, and never rise for one that gets slower or dearer', () => {
    assert(
      property(sites, integer({ min: 0, max: 5 }), (drawn, index) => {
        const chosen = drawn[index % drawn.length];
        if (chosen === undefined) return;
        const shareAs = (over: Partial<Site>) =>
          proposeShares(drawn.map((each) => (each === chosen ? { ...each, ...over } : each)))[chosen.region] ?? 0;
        const now = shareAs({});
        expect(shareAs({ health: Math.min(1, chosen.health + 0.2) })).toBeGreaterThanOrEqual(now - 1e-9);
        if (chosen.responseMs > 0) expect(shareAs({ responseMs: chosen.responseMs * 2 })).toBeLessThanOrEqual(now + 1e-9);
        expect(shareAs({ costFactor: chosen.costFactor * 2 })).toBeLessThanOrEqual(now + 1e-9);
      }),
    );
  });

  it('are in proportion to worth below the ceilings: twice as slow, or twice as dear, is 0.7 of it', () => {
    const shares = proposeShares([site('near'), site('far', { responseMs: 200 }), site('dear', { costFactor: 2 })]);
    expect((shares.far ?? 0) / (shares.near ?? 1)).toBeCloseTo(Math.SQRT1_2);
    expect(shares.dear).toBeCloseTo(shares.far ?? 0);
  });

  it('go to the others when a region is full', () => {
    expect(proposeShares([site('small', { ceiling: 0.1 }), site('a'), site('b')])).toEqual({ small: 0.1, a: 0.45, b: 0.45 });
  });
});

describe('leaving a region', () => {
  it('takes away what was asked for, and nothing more', () => {
    assert(
      property(sites, part(0.01), (drawn, share) => {
        const from = drawn[0];
        const shares = from === undefined ? null : sharesWithout(drawn, from.region, share);
        if (from === undefined || shares === null) return;
        expect(shares[from.region]).toBeCloseTo(from.share * (1 - share), 9);
        expect(sum(shares)).toBeCloseTo(1, 9);
        for (const each of drawn.slice(1)) expect(shares[each.region]).toBeLessThanOrEqual(each.ceiling + 1e-9);
      }),
    );
  });

  it('comes to nothing when the others have no room', () => {
    const all = [site('left', { share: 0.5 }), site('full', { share: 0.5, ceiling: 0.6 })];
    expect(sharesWithout(all, 'left', 0.5)).toBeNull();
    expect(sharesWithout(all, 'left', 0.2)).toEqual({ left: 0.4, full: 0.6 });
  });
});

describe('the dead band', () => {
  it('keeps shares of which none would change by more than five points', () => {
    const all = [site('a', { share: 0.5 }), site('b', { share: 0.5 })];
    expect(leavesDeadBand(all, { a: 0.5 - deadBand, b: 0.5 + deadBand })).toBe(false);
    expect(leavesDeadBand(all, { a: 0.44, b: 0.56 })).toBe(true);
  });
});

describe('weights', () => {
  it('are whole numbers up to 255 that stand for the shares, and whoever takes no part keeps its own', () => {
    assert(
      property(sites, (drawn) => {
        const before = { ...Object.fromEntries(drawn.map(({ region, share }) => [region, share * 100])), drained: 50 };
        const shares = Object.fromEntries(drawn.map(({ region, share }) => [region, share]));
        const weights = weightsOf(before, shares);
        expect(Math.max(...Object.values(weights))).toBe(255);
        expect(Object.values(weights).every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
        const taking = drawn.reduce((all, { region }) => all + (weights[region] ?? 0), 0);
        for (const { region, share } of drawn) expect((weights[region] ?? 0) / taking).toBeCloseTo(share, 1);
        expect((weights.drained ?? 0) / taking).toBeCloseTo(0.5, 1);
      }),
    );
  });

  it('go part of the way in a ramp', () => {
    const all = [site('a', { share: 0.5 }), site('b', { share: 0.5 })];
    expect(partWay(all, { a: 0.3, b: 0.7 }, 0.5)).toEqual({ a: 0.4, b: 0.6 });
    expect(partWay(all, { a: 0.3, b: 0.7 }, 1)).toEqual({ a: 0.3, b: 0.7 });
  });
});
