import { describe, expect, test } from 'vitest';
import { slotsOf } from '../../lambdas/runtime/slots.ts';

const minute = Date.parse('2026-11-22T12:00:00Z');

function queued(...offsets: number[]) {
  return { Records: offsets.map((offsetSeconds) => ({ body: JSON.stringify({ minute: '2026-11-22T12:00:00Z', offsetSeconds }) })) };
}

describe('slots of the probe', () => {
  test('a slot lies so many seconds after the minute of its event', () => {
    expect(slotsOf(queued(0, 20, 40), minute + 41_000)).toEqual([minute, minute + 20_000, minute + 40_000]);
  });

  test('an event of the schedule, or one that asks for a look, is a slot at its own time', () => {
    const scheduled = { 'detail-type': 'Scheduled Event', source: 'aws.events', time: '2026-11-22T12:00:00Z', detail: {} };
    expect(slotsOf(scheduled, minute + 900)).toEqual([minute]);
    expect(slotsOf(scheduled, minute + 61_000)).toEqual([]);
  });

  test('a slot older than a minute is dropped, not made up for', () => {
    expect(slotsOf(queued(0, 20), minute + 70_000)).toEqual([minute + 20_000]);
  });

  test.each([
    ['no records', {}],
    ['a body that is no slot', { Records: [{ body: '{"minute":"yesterday","offsetSeconds":0}' }] }],
    ['an offset before the minute', queued(-20)],
  ])('an event with %s is refused', (_, event) => {
    expect(() => slotsOf(event, minute)).toThrow();
  });
});
