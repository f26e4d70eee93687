import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../../core/config/schema.ts';
import { nextEpochOf } from '../../../core/knowledge/epochs.ts';

const regions = ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-south-1', 'sa-east-1'];
const configOf = (count: number) => ({ regions: regions.slice(0, count).map((name) => ({ name })) }) as Config;

describe('the next epoch', () => {
  it('is above the last, by no more than there are regions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(), fc.nat({ max: 4 }), (count, above, place) => {
        const next = nextEpochOf(configOf(count), regions[place % count] ?? '', above);
        expect(next).toBeGreaterThan(above);
        expect(next).toBeLessThanOrEqual(above + count);
      }),
    );
  });

  it('is never the same for two regions, whatever each of them has seen', () => {
    fc.assert(
      // They saw nearly the same: far apart they would differ by luck.
      fc.property(fc.integer({ min: 2, max: 5 }), fc.nat(), fc.integer({ min: -5, max: 5 }), (count, a, apart) => {
        const config = configOf(count);
        expect(nextEpochOf(config, regions[0] ?? '', a)).not.toBe(nextEpochOf(config, regions[1] ?? '', Math.max(0, a + apart)));
      }),
    );
  });
});
