import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectDrift } from '../../../../core/learn/prediction/drift.ts';
import { certificateExhaustion, timeToExhaustion } from '../../../../core/learn/prediction/exhaustion.ts';
import { failureRisk, highRiskPeriods } from '../../../../core/learn/prediction/failure-risk.ts';
import { gammaCdf, gammaQuantile } from '../../../../core/learn/prediction/gamma.ts';
import { numbers } from '../../plan/forecast/series.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const hourly = (count: number, used: (hour: number) => number) =>
  Array.from({ length: count }, (_, hour) => ({ at: hour * HOUR, used: used(hour) }));

describe('the gamma law', () => {
  it('meets the exponential law and inverts itself', () => {
    expect(gammaCdf(1, 2)).toBeCloseTo(1 - Math.exp(-2), 12);
    expect(gammaCdf(3, 40)).toBeCloseTo(1, 12);
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 200, noNaN: true }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (shape, p) => {
        expect(gammaCdf(shape, gammaQuantile(shape, p))).toBeCloseTo(p, 8);
      }),
    );
  });
});

describe('time to exhaustion', () => {
  it('extends a steady growth to the limit, with an interval around it', () => {
    const found = timeToExhaustion(
      hourly(48, (hour) => 50 + hour + (hour % 3)),
      120,
    );
    expect(found.kind).toBe('expected');
    if (found.kind !== 'expected') return;
    expect(found.seconds / 3600).toBeCloseTo(22, 0);
    expect(found.perHour).toBeCloseTo(1, 1);
    expect(found.secondsLow).toBeLessThanOrEqual(found.seconds);
    expect(found.secondsHigh).toBeGreaterThanOrEqual(found.seconds);
  });

  it('is not misled by a few wild points', () => {
    const clean = timeToExhaustion(
      hourly(48, (hour) => 50 + hour),
      120,
    );
    const wild = timeToExhaustion(
      hourly(48, (hour) => (hour % 17 === 5 ? 0 : 50 + hour)),
      120,
    );
    expect(clean.kind === 'expected' && wild.kind === 'expected' && Math.abs(wild.seconds / clean.seconds - 1)).toBeLessThan(0.1);
  });

  it('sees no end where nothing grows, and knows when it has come', () => {
    expect(
      timeToExhaustion(
        hourly(48, () => 50),
        100,
      ).kind,
    ).toBe('not-in-sight');
    expect(
      timeToExhaustion(
        hourly(48, (hour) => 50 - hour),
        100,
      ).kind,
    ).toBe('not-in-sight');
    expect(timeToExhaustion([{ at: 0, used: 100 }], 100)).toMatchObject({ kind: 'expected', seconds: 0 });
    expect(certificateExhaustion(13)).toMatchObject({ kind: 'expected', seconds: 13 * 86_400 });
    expect(certificateExhaustion(-1)).toMatchObject({ seconds: 0 });
    expect(certificateExhaustion(365).kind).toBe('not-in-sight');
    expect(certificateExhaustion(Number.NaN).kind).toBe('unknown');
  });

  it('is defined for any points, in any order, with gaps and doubles', () => {
    const wild = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE, -Number.MAX_VALUE, -1e99);
    const used = fc.oneof({ weight: 8, arbitrary: fc.double({ min: 0, max: 100 }) }, { weight: 1, arbitrary: wild });
    const point = fc.record({ at: fc.integer({ min: 0, max: 1e9 }), used });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), (points) => {
        const found = timeToExhaustion(points, 90);
        expect(found.reason).not.toBe('');
        if (found.kind !== 'expected') return;
        expect(found.seconds).toBeGreaterThanOrEqual(0);
        expect(found.secondsLow).toBeLessThanOrEqual(found.seconds + 1e-6);
        expect(found.secondsHigh).toBeGreaterThanOrEqual(found.seconds - 1e-6);
      }),
    );
    const beyond = [-Number.MAX_VALUE, Number.MAX_VALUE, Number.MAX_VALUE, Number.MAX_VALUE, 50];
    expect(
      timeToExhaustion(
        beyond.map((used, at) => ({ at, used })),
        90,
      ).kind,
    ).toBe('unknown');
    expect(
      timeToExhaustion(
        hourly(2000, (hour) => hour),
        3000,
      ),
    ).toMatchObject({ kind: 'expected' });
  });
});

describe('the risk of failure', () => {
  const now = 60 * DAY;
  const weekly = [3, 10, 17, 24, 31, 38, 45, 52, 59].map((day) => day * DAY);
  const at = (risk: ReturnType<typeof failureRisk>, horizon: string) =>
    risk.horizons.find((one) => one.horizon === horizon) ?? { probability: -1, low: -1, high: -1 };

  it('grows with the horizon and with the failures seen', () => {
    const frequent = failureRisk({ failures: weekly, since: 0, now });
    const never = failureRisk({ failures: [], since: 0, now });
    expect(at(frequent, '1h').probability).toBeLessThan(at(frequent, '24h').probability);
    expect(at(frequent, '7d').probability).toBeGreaterThan(0.4);
    expect(at(never, '7d').probability).toBeLessThan(0.1);
    expect(frequent.secondsToFailure.median).toBeLessThan(never.secondsToFailure.median);
  });

  it('is calibrated: over many histories of a known rate, as many weeks fail as it says', () => {
    // Failures of every subject come every m days on average, m drawn anew: the mean forecast must meet the mean outcome.
    const next = numbers(7);
    let [expected, happened] = [0, 0];
    const subjects = 300;
    for (let subject = 0; subject < subjects; subject++) {
      const meanDays = 3 + 40 * next();
      const failures: number[] = [];
      const wait = () => meanDays * Math.log(1 / (1 - next()));
      for (let day = wait(); day < 67; day += wait()) failures.push(day * DAY);
      expected += at(failureRisk({ failures: failures.filter((one) => one <= now), since: 0, now }), '7d').probability;
      if (failures.some((one) => one > now)) happened++;
    }
    expect(Math.abs(expected - happened) / subjects).toBeLessThan(0.08);
  });

  it('includes a supply that runs out, and what makes the present riskier', () => {
    const calm = failureRisk({ failures: [], since: 0, now });
    const disk = timeToExhaustion(
      hourly(48, (hour) => 50 + hour),
      110,
    );
    const full = failureRisk({ failures: [], since: 0, now }, [disk, certificateExhaustion(300)]);
    expect(at(full, '24h').probability).toBeGreaterThan(0.9);
    expect(at(full, '1h').probability).toBeLessThan(0.1);
    expect(full.secondsToFailure.median).toBeLessThan(DAY);
    expect(at(failureRisk({ failures: [], since: 0, now }, [], 20), '24h').probability).toBeGreaterThan(5 * at(calm, '24h').probability);
  });

  it('stays a probability inside its interval for any history', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1e9, max: 1e10 }), { maxLength: 30 }),
        fc.integer({ min: 0, max: 1e10 }),
        fc.double(),
        (failures, end, ratio) => {
          for (const { probability, low, high } of failureRisk({ failures, since: 0, now: end }, [], ratio).horizons) {
            expect(low).toBeGreaterThanOrEqual(0);
            expect(high).toBeLessThanOrEqual(1);
            expect(probability).toBeGreaterThanOrEqual(low - 1e-9);
            expect(probability).toBeLessThanOrEqual(high + 1e-9);
          }
        },
      ),
    );
  });

  it('finds the hours of the week that fail more than others, joined, and none by chance', () => {
    // 1970-01-05 was a Monday; failures on Mondays between 06:00 and 18:00.
    const mondays = Array.from({ length: 10 }, (_, week) => (4 + 7 * week) * DAY);
    const failures = mondays.flatMap((monday) => [monday + 8 * HOUR, monday + 14 * HOUR]);
    expect(highRiskPeriods({ failures, since: 0, now: 80 * DAY })).toMatchObject([{ fromHour: 6, toHour: 18 }]);
    const even = Array.from({ length: 80 }, (_, index) => index * 25 * HOUR);
    expect(highRiskPeriods({ failures: even, since: 0, now: 90 * DAY })).toEqual([]);
    expect(highRiskPeriods({ failures: [], since: 0, now: 0 })).toEqual([]);
  });
});

describe('drift', () => {
  const reference = Array.from({ length: 200 }, (_, index) => 100 + ((index * 37) % 23));

  it('is found by the values, with its direction', () => {
    expect(
      detectDrift(
        reference,
        reference.map((value) => value + 10),
      ),
    ).toMatchObject({ drifting: true, direction: 'up' });
    expect(
      detectDrift(
        reference,
        reference.map((value) => value - 10),
      ),
    ).toMatchObject({ drifting: true, direction: 'down' });
    expect(
      detectDrift(
        reference,
        reference.map((value) => 111 + 3 * (value - 111)),
      ),
    ).toMatchObject({ drifting: true, direction: 'shape' });
  });

  it('is not found where there is none, or too little to tell', () => {
    expect(detectDrift(reference, reference.toReversed()).drifting).toBe(false);
    expect(detectDrift(new Array<number>(50).fill(3), new Array<number>(50).fill(3)).drifting).toBe(false);
    expect(detectDrift(reference, [Number.NaN, 1, 2])).toMatchObject({ drifting: false, direction: 'none' });
  });
});
