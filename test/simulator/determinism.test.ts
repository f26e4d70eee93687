import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { differencesIn, runAllShipped } from '../../bin/all-scenarios.ts';
import { loadMachines, loadScenario, shippedScenarios } from '../../bin/load-scenario.ts';
import type { SoakRequest } from '../../bin/soak-worker.ts';
import type { MachineSet } from '../../simulator/host/machine-files.ts';
import { simulate } from '../../simulator/simulate.ts';
import { runSeed, type SeedResult } from '../../simulator/soak/run-seed.ts';

/** Enough for the first fault to be seen and answered. */
const comparedMinutes = 7;
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the same input gives the same bytes', { timeout: 180_000 }, () => {
  it.each(['region-down', 'g3', 'split-observers'])('%s twice, whatever ran between', async (name) => {
    const { scenario, config } = await loadScenario(name);
    const hashOf = async (seed: number) => (await simulate(scenario, config, { seed, settle, machines: loadMachines() })).hash;
    const first = await hashOf(1);
    const other = await hashOf(2);
    expect(await hashOf(1)).toBe(first);
    expect(other).not.toBe(first);
  });

  it('the first minutes of every shipped scenario, in one thread and shared among three', async () => {
    // Whole, and with two, they take minutes: `evenkeel simulate --all --compare` does it.
    const names = shippedScenarios();
    const alone = await runAllShipped(names, 1, { minutes: comparedMinutes });
    expect(alone.filter(({ hash }) => hash.length !== 64)).toEqual([]);
    expect(await runAllShipped(names.toReversed(), 3, { minutes: comparedMinutes })).toEqual(alone.toReversed());
  });

  it('or it is said which scenario differs, with how many threads', () => {
    const round = (workers: number, hashes: Record<string, string>) => ({
      workers,
      results: Object.entries(hashes).map(([name, hash]) => ({ name, hash, problems: [] })),
    });
    expect(differencesIn([round(1, { a: 'x', b: 'y' }), round(2, { b: 'y', a: 'x' })])).toEqual([]);
    expect(differencesIn([round(1, { a: 'x', b: 'y' }), round(2, { a: 'x', b: 'z' }), round(3, { a: 'x' })])).toEqual([
      'b gives y with 1, z with 2, nothing with 3',
    ]);
  });

  it('on a machine of another language and time zone', async () => {
    const args = [fileURLToPath(new URL('../../bin/evenkeel.ts', import.meta.url)), 'simulate', 'region-down', '--json'];
    const places = [
      { TZ: 'UTC', LC_ALL: 'C' },
      { TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
      { TZ: 'America/St_Johns', LC_ALL: 'de_DE.UTF-8', LANG: 'de_DE.UTF-8' },
    ];
    const runs = places.map((env) => promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env }, maxBuffer: 1e8 }));
    const [first, ...others] = (await Promise.all(runs)).map(({ stdout }) => stdout);
    expect(first).toContain('"hash"');
    for (const other of others) expect(other === first).toBe(true);
  });

  it('in whatever order a folder lists the machine files', async () => {
    const { scenario, config } = await loadScenario('region-down');
    const reversed: MachineSet = new Map([...loadMachines()].toReversed());
    const hashOf = async (machines: MachineSet) => (await simulate(scenario, config, { seed: 1, settle, machines })).hash;
    expect(await hashOf(reversed)).toBe(await hashOf(loadMachines()));
  });

  it('seeds of the soak, in this thread and shared among two workers', async () => {
    const seeds = [1, 2, 3, 4];
    const parts = { machines: loadMachines(), settle };
    const alone: SeedResult[] = [];
    for (const seed of seeds) alone.push(await runSeed(seed, parts));
    const workers = [0, 1].map(() => new Worker(new URL('../../bin/soak-worker.ts', import.meta.url), { workerData: 'soak' }));
    const shared = await Promise.all(
      workers.map((worker, index) => runIn(worker, seeds.filter((seed) => seed % 2 === index).toReversed())),
    );
    await Promise.all(workers.map((worker) => worker.terminate()));
    expect(shared.flat().sort((a, b) => a.seed - b.seed)).toEqual(alone);
  });
});

async function runIn(worker: Worker, seeds: readonly number[]): Promise<SeedResult[]> {
  const results: SeedResult[] = [];
  for (const seed of seeds) {
    worker.postMessage({ kind: 'run', seed } satisfies SoakRequest);
    const [result] = (await once(worker, 'message')) as [SeedResult];
    results.push(result);
  }
  return results;
}
