import { describe, expect, it } from 'vitest';
import { darkZone, platformFindings } from '../../../core/analyze/alerts/platform-findings.ts';
import type { Capacity, UnitState } from '../../../core/model/index.ts';

const unit = (id: string, over: Partial<UnitState> = {}): UnitState => ({
  ...{ id, zone: 'a', healthy: true, ejected: false, startedAt: 0, ...over },
});
const of = (...units: UnitState[]): Capacity => ({ desired: units.length, min: 1, max: 9, running: units.length, healthy: 0, units });

describe('units that are not healthy', () => {
  it('are found when they should have started by now and are not out by our own hand', () => {
    const capacity = of(
      unit('well'),
      unit('sick', { healthy: false, startedAt: 100 }),
      unit('starting', { healthy: false, startedAt: 101 }),
      unit('out', { healthy: false, ejected: true }),
    );
    expect(platformFindings('checkout', capacity, 100)).toMatchObject([
      { alert: 'node-not-ready', unit: 'sick', reason: '1 of 4 units of checkout are not healthy: sick' },
    ]);
    expect(platformFindings('checkout', of(unit('well')), 100)).toEqual([]);
  });
});

describe('a dark zone', () => {
  const dark = (id: string) => unit(id, { zone: 'b', healthy: false });

  it('is the only one in which no unit of any service is healthy, two at least', () => {
    expect(darkZone([of(unit('1'), dark('2')), of(unit('3'), dark('4'))])).toBe('b');
    expect(darkZone([of(unit('1'), dark('2')), of(unit('3', { zone: 'b' }))])).toBeNull();
    expect(darkZone([of(unit('1'), dark('2'))])).toBeNull();
  });

  it('is none where nothing else is well, where there is no other, and where we have taken the units out', () => {
    expect(darkZone([of(dark('1'), dark('2'))])).toBeNull();
    const other = (id: string) => unit(id, { zone: 'c', healthy: false });
    expect(darkZone([of(unit('1'), dark('2'), dark('3'), other('4'), other('5'))])).toBeNull();
    const out = unit('3', { zone: 'b', healthy: false, ejected: true });
    expect(darkZone([of(unit('1'), dark('2'), out)])).toBeNull();
  });
});
