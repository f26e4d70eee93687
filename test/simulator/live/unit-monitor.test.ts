import { describe, expect, it } from 'vitest';
import { UnitMonitor } from '../../../simulator/live/unit-monitor.ts';

/** Answers a second, by unit in turn; what the monitor said. */
function watch(answers: readonly [unit: string, status: number][]) {
  const monitor = new UnitMonitor();
  return answers
    .map(([unit, status], second) => monitor.note(unit, status, second * 1000)?.reason)
    .filter((reason) => reason !== undefined);
}
const turns = (count: number, statusOf: (unit: string) => number) =>
  Array.from({ length: count }, (_, n): [string, number] => {
    const unit = 'abcd'[n % 4] ?? '';
    return [unit, statusOf(unit)];
  });

describe('the monitor of the units', () => {
  it('names the one unit that fails while the others do not, once a minute', () => {
    const told = watch(turns(100, (unit) => (unit === 'b' ? 500 : 200)));
    expect(told).toEqual([
      'b failed 5 of 5 requests in 30 s, the other units 0 of 13',
      'b failed 8 of 8 requests in 30 s, the other units 0 of 23',
    ]);
  });

  it('names nobody when all fail, when nobody else is there to compare with, and when requests are refused for what they are', () => {
    expect(watch(turns(100, () => 500))).toEqual([]);
    expect(watch(turns(100, () => 500).map(([, status]) => ['a', status]))).toEqual([]);
    expect(watch(turns(100, (unit) => (unit === 'b' ? 404 : 200)))).toEqual([]);
  });

  it('names nobody for a failure now and then', () => {
    expect(watch(turns(100, () => 200).map(([unit, status], n) => [unit, n % 20 === 0 ? 500 : status]))).toEqual([]);
    const aThird = Array.from({ length: 90 }, (_, n): [string, number] => [n % 2 === 0 ? 'a' : 'b', n % 6 === 1 ? 500 : 200]);
    expect(watch(aThird)).toEqual([]);
  });
});
