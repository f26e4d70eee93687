import { describe, expect, it } from 'vitest';
import { OutageWatch } from '../../../simulator/live/outage.ts';

describe('the outage', () => {
  it('is the longest time without a good answer since the watch began', () => {
    const watch = new OutageWatch(1_000);
    for (const at of [1_500, 2_400, 60_000, 60_900]) watch.good(at);
    expect(watch.longest).toEqual({ from: 2_400, to: 60_000 });
  });

  it('begins with the watch when nothing was answered after it', () => {
    const watch = new OutageWatch(1_000);
    expect(watch.longest).toBeNull();
    watch.good(900);
    watch.good(31_000);
    expect(watch.longest).toEqual({ from: 1_000, to: 31_000 });
  });
});
