import { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { simulate } from '../../bin/commands/simulate.ts';
import { ProgressLine } from '../../bin/progress-line.ts';

const start = '\r\u001b[K';

/** A line on a terminal that is made up, under a clock that is set by hand. */
function lineOn(isTTY: boolean | undefined) {
  const written: string[] = [];
  const clock = { now: 50_000 };
  const terminal = { ...(isTTY === undefined ? {} : { isTTY }), write: (text: string) => written.push(text) };
  return { written, clock, line: new ProgressLine(terminal, () => clock.now) };
}

describe('a progress line', () => {
  it('says nothing in the first two seconds, and clears nothing then', () => {
    const { written, clock, line } = lineOn(true);
    clock.now += 1_999;
    line.renew('minute 1 of 9');
    line.clear();
    expect(written).toEqual([]);
  });

  it('is renewed five times a second at most, and is gone once it is cleared', () => {
    const { written, clock, line } = lineOn(true);
    for (const [ms, text] of [
      [2_000, 'a'],
      [199, 'b'],
      [1, 'c'],
    ] as const) {
      clock.now += ms;
      line.renew(text);
    }
    line.clear();
    line.clear();
    expect(written).toEqual([`${start}a`, `${start}c`, start]);
  });

  it.each([false, undefined])('says nothing where isTTY is %s', (isTTY) => {
    const { written, clock, line } = lineOn(isTTY);
    clock.now += 60_000;
    line.renew('minute 1 of 9');
    line.clear();
    expect(written).toEqual([]);
  });
});

describe('simulate', () => {
  const { isTTY } = process.stderr;
  afterEach(() => {
    vi.restoreAllMocks();
    process.stderr.isTTY = isTTY;
    process.exitCode = undefined;
  });

  /** What a run with --json writes when every look at the clock finds that three seconds have passed. */
  async function run(onTerminal: boolean): Promise<{ stdout: string; stderr: string[] }> {
    let now = 0;
    const stderr: string[] = [];
    const stdout: string[] = [];
    process.stderr.isTTY = onTerminal;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 3_000;
      return now;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => stderr.push(String(text)) > 0);
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => stdout.push(String(text)) > 0);
    const program = new Command('evenkeel').exitOverride();
    simulate(program);
    await program.parseAsync(['simulate', 'two-regions', '--json'], { from: 'user' });
    vi.restoreAllMocks();
    return { stdout: stdout.join(''), stderr };
  }

  it('counts the simulated minutes on a terminal and clears the line at the end; its report is the same byte for byte', async () => {
    const seen = await run(true);
    const piped = await run(false);
    const { minutes } = JSON.parse(seen.stdout);
    expect(seen.stderr).toEqual([...Array.from({ length: minutes + 1 }, (_, minute) => `${start}minute ${minute} of ${minutes}`), start]);
    expect(piped).toEqual({ stdout: seen.stdout, stderr: [] });
  });
});
