import { parentPort, workerData } from 'node:worker_threads';
import { simulate } from '../simulator/simulate.ts';
import { settle } from './commands/simulate.ts';
import { loadMachines, loadScenario } from './load-scenario.ts';

/** What the main thread asks: a shipped scenario, whole or its first minutes. */
export interface ScenarioRequest {
  name: string;
  minutes?: number;
}

/** How it came out; what can be compared between threads and machines. */
export interface ScenarioResult {
  name: string;
  /** Not met, or violated, in sentences. */
  problems: string[];
  hash: string;
}

const machines = loadMachines();

async function runShipped({ name, minutes }: ScenarioRequest): Promise<ScenarioResult> {
  const { scenario, config } = await loadScenario(name);
  const cut = minutes === undefined ? scenario : { ...scenario, minutes: Math.min(minutes, scenario.minutes) };
  const { unmet, violations, hash } = await simulate(cut, config, { seed: scenario.seed, settle, machines });
  return { name, problems: [...unmet, ...violations.map(({ checker, reason }) => `${checker}: ${reason}`)], hash };
}

if (workerData === 'scenario')
  parentPort?.on('message', (request: ScenarioRequest) => {
    runShipped(request).then(
      (reply) => parentPort?.postMessage(reply),
      (error: unknown) => parentPort?.postMessage({ name: request.name, problems: [String(error)], hash: '' } satisfies ScenarioResult),
    );
  });
