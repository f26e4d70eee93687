import { describe, expect, it } from 'vitest';
import { Incarnation } from '../../../simulator/host/incarnation.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A port that counts what reached it. */
function countingPort() {
  const port = {
    calls: 0,
    async write(): Promise<string> {
      port.calls++;
      return 'written';
    },
  };
  return port;
}

describe('an incarnation', () => {
  it('never hears the answer to a call that it was waiting for when it died', async () => {
    const process = new Incarnation();
    let answered = false;
    const port = process.guard({ slow: () => settle().then(() => 'late') }, 'store');
    void port.slow().then(() => {
      answered = true;
    });
    process.kill();
    await settle();
    await settle();
    expect(answered).toBe(false);
  });

  it('tells whoever waits for its work that it died', async () => {
    const process = new Incarnation();
    const work = process.live(new Promise<string>(() => {}), () => 'died');
    process.kill();
    expect(await work).toBe('died');
    expect(await process.live(Promise.resolve('done'), () => 'died')).toBe('died');
  });

  it.each([
    ['before', 1],
    ['after', 2],
  ] as const)('dies %s the effect of the call that was counted', async (stage, effects) => {
    const process = new Incarnation();
    const inner = countingPort();
    const port = process.guard(inner, 'capacity');
    const other = process.guard(countingPort(), 'store');
    let died = 0;
    process.killAt(2, 'capacity', stage, () => died++);
    await other.write();
    expect(await port.write()).toBe('written');
    void port.write();
    void port.write();
    await settle();
    expect([process.alive, died, inner.calls]).toEqual([false, 1, effects]);
  });
});
