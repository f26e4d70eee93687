import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../simulator/world/clock.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the virtual clock', () => {
  test('takes events in the order of time, then of their making, for any times', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), async (times) => {
        const clock = new VirtualClock(100);
        const seen: [number, number][] = [];
        for (const [index, time] of times.entries()) clock.at(100 + time, () => seen.push([clock.now(), index]));
        await clock.run(200, async () => undefined);
        const expected = times.map((time, index): [number, number] => [100 + time, index]).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(seen).toEqual(expected);
      }),
    );
  });

  test('runs what events make on the way, in its place', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.at(10, () => {
      seen.push('a');
      clock.at(10, () => seen.push('a again'));
      clock.at(15, () => seen.push('between'));
      clock.at(5, () => seen.push(`late, at ${clock.now()}`));
    });
    clock.at(20, () => seen.push('b'));
    await clock.run(30, settle);
    expect(seen).toEqual(['a', 'a again', 'late, at 10', 'between', 'b']);
  });

  test('settles before the first event and after each one, so that promises are done before the next', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    const worker = async (name: string) => {
      await Promise.resolve();
      for (let n = 0; n < 2; n++) {
        await clock.sleep(10);
        await Promise.resolve().then(() => undefined);
        seen.push(`${name}${n} at ${clock.now()}`);
      }
    };
    void worker('a');
    void worker('b');
    await clock.run(100, settle);
    expect(seen).toEqual(['a0 at 10', 'b0 at 10', 'a1 at 20', 'b1 at 20']);
  });

  test('stops at the given time, both ends included, and goes on from there', async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    for (const time of [10, 11]) clock.at(time, () => seen.push(time));
    await clock.run(10, settle);
    expect([seen, clock.now(), clock.pending]).toEqual([[10], 10, 1]);
    await clock.run(50, settle);
    expect([seen, clock.now(), clock.pending]).toEqual([[10, 11], 50, 0]);
  });

  test('does not run what was called off, before or after', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    const cancel = clock.at(10, () => seen.push('never'));
    const done = clock.at(5, () => seen.push('once'));
    cancel();
    cancel();
    await clock.run(20, settle);
    done();
    expect([seen, clock.pending]).toEqual([['once'], 0]);
  });

  test('a sleep ends at once when its signal aborts, and leaves nothing behind', async () => {
    const clock = new VirtualClock(0);
    const controller = new AbortController();
    const ends: number[] = [];
    void clock.sleep(1000, controller.signal).then(() => ends.push(clock.now()));
    void clock.sleep(5, controller.signal).then(() => ends.push(clock.now()));
    clock.at(7, () => controller.abort());
    await clock.run(10, settle);
    expect([ends, clock.pending]).toEqual([[5, 7], 0]);
    await clock.sleep(1000, controller.signal);
    expect(clock.pending).toBe(0);
  });

  test('keeps its order when most of many events are called off', async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    const cancels = Array.from({ length: 1000 }, (_, n) => clock.at((n * 7919) % 1000, () => seen.push((n * 7919) % 1000)));
    for (const [n, cancel] of cancels.entries()) if (n % 10 !== 0) cancel();
    expect(clock.pending).toBe(100);
    await clock.run(1000, async () => undefined);
    expect(seen).toHaveLength(100);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test('a skewed view tells another time and sleeps the same', async () => {
    const clock = new VirtualClock(1000);
    const skewed = clock.skewed(-300);
    const times: number[] = [];
    void skewed.sleep(50).then(() => times.push(skewed.now(), clock.now()));
    await clock.run(1050, settle);
    skewed.offsetMs = 500;
    expect([...times, skewed.now()]).toEqual([750, 1050, 1550]);
  });

  test('an error in an event ends the run', async () => {
    const clock = new VirtualClock(0);
    clock.at(1, () => {
      throw new Error('broken assumption');
    });
    await expect(clock.run(10, settle)).rejects.toThrow('broken assumption');
  });

  test('refuses a time that never comes', async () => {
    const clock = new VirtualClock(0);
    expect(() => clock.at(Number.NaN, () => undefined)).toThrow('NaN');
    await expect(clock.sleep(Number.POSITIVE_INFINITY)).rejects.toThrow('Infinity');
  });
});
