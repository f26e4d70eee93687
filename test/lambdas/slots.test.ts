import { describe, expect, test } from 'vitest';
import { runSlot, slotsOf } from '../../lambdas/runtime/slots.ts';

const minute = Date.parse('2026-11-22T12:00:00Z');

function queued(...offsets: number[]) {
  return { Records: offsets.map((offsetSeconds) => ({ body: JSON.stringify({ minute: '2026-11-22T12:00:00Z', offsetSeconds }) })) };
}

/** Time that passes only by sleeping and probing. */
function clockAt(start: number) {
  let now = start;
  return {
    now: () => now,
    async sleep(ms: number) {
      now += ms;
    },
  };
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

  test('while nothing fails a slot is one look', async () => {
    const looks: number[] = [];
    await runSlot(clockAt(minute), minute, minute + 20_000, async (at) => ({ failing: looks.push(at) < 0 }));
    expect(looks).toEqual([minute]);
  });

  test('while something fails it looks every five seconds until the next slot takes over', async () => {
    const looks: number[] = [];
    await runSlot(clockAt(minute), minute, minute + 20_000, async (at) => ({ failing: looks.push(at) > 0 }));
    expect(looks.map((at) => (at - minute) / 1000)).toEqual([0, 5, 10, 15]);
  });

  test('it stops looking more often as soon as all is well', async () => {
    const looks: number[] = [];
    await runSlot(clockAt(minute), minute, minute + 20_000, async (at) => ({ failing: looks.push(at) < 2 }));
    expect(looks).toHaveLength(2);
  });
});
