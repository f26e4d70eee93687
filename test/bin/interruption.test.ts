import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const command = fileURLToPath(new URL('../../bin/evenkeel.ts', import.meta.url));

/** Runs evenkeel, presses Ctrl-C as soon as it has told of the first thing that is done, and waits for its end. */
async function interrupted(...args: string[]): Promise<{ code: unknown; told: string }> {
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  child.stdout.on('data', (chunk) => {
    told += chunk;
  });
  child.stderr.once('data', () => child.kill('SIGINT'));
  const [code] = await once(child, 'close');
  return { code, told };
}

describe('Ctrl-C', { timeout: 120_000 }, () => {
  it('ends a soak, its workers too, and tells what was done', async () => {
    const { code, told } = await interrupted('soak', '--seeds', '9000', '--workers', '2');
    expect(told).toMatch(/^\d+ seeds, \d+ a minute/);
    const [, done, left] = /^(\d+) seeds[\s\S]*LEFT {7}(\d+) seeds were not run/.exec(told) ?? [];
    expect(Number(done)).toBeGreaterThan(0);
    expect(Number(done) + Number(left)).toBe(9000);
    expect(told).toContain('not passed');
    expect(code).toBe(130);
  });

  it('ends simulate --all and gives no hash over some of the scenarios', async () => {
    const { code, told } = await interrupted('simulate', '--all', '--workers', '1');
    expect(told).toMatch(/^cold-standby +[0-9a-f]{64}$/m);
    expect(told).toMatch(/^LEFT +\d+ scenarios were not run/m);
    expect(told).not.toMatch(/^all /m);
    expect(code).toBe(130);
  });
});
