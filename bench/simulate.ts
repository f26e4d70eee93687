import { setImmediate } from 'node:timers';
import { loadMachines, loadScenario } from '../bin/load-scenario.ts';
import { simulate } from '../simulator/simulate.ts';
import { runSeed } from '../simulator/soak/run-seed.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const timedScenarios = ['region-down', 'o25'];
const warmUpSeeds = 5;
const timedSeeds = 40;

/** Simulated minutes a second of two scenarios, and standard seeds a minute, all on one core. CPU time beside the clock's, since others may compete. */
export async function run() {
  const machines = loadMachines();
  const scenarios: Record<string, unknown> = {};
  for (const name of timedScenarios) {
    process.stderr.write(`simulating ${name}\n`);
    const { scenario, config } = await loadScenario(name);
    const { wallMs, cpuMs } = await measured(() => simulate(scenario, config, { seed: scenario.seed, settle, machines }));
    scenarios[name] = {
      minutes: scenario.minutes,
      wallMs,
      cpuMs,
      simulatedMinutesPerSecond: Math.round((scenario.minutes / wallMs) * 1000),
    };
  }
  return { scenarios, seeds: await timeSeeds(machines) };
}

async function timeSeeds(machines: ReturnType<typeof loadMachines>) {
  const parts = { machines, settle };
  for (let seed = 1; seed <= warmUpSeeds; seed++) await runSeed(seed, parts);
  process.stderr.write(`running ${timedSeeds} seeds\n`);
  const { wallMs, cpuMs } = await measured(async () => {
    for (let seed = 1; seed <= timedSeeds; seed++) await runSeed(seed, parts);
  });
  return {
    seeds: timedSeeds,
    msPerSeed: wallMs / timedSeeds,
    cpuMsPerSeed: cpuMs / timedSeeds,
    seedsPerMinutePerCore: Math.round((timedSeeds / cpuMs) * 60_000),
  };
}

async function measured(work: () => Promise<unknown>): Promise<{ wallMs: number; cpuMs: number }> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallMs: Math.round(performance.now() - startedAt), cpuMs: Math.round((user + system) / 1000) };
}
