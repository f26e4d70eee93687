import { setImmediate } from 'node:timers';
import { parentPort, workerData } from 'node:worker_threads';
import { minimise, runSeed } from '../simulator/soak/run-seed.ts';
import { loadMachines } from './load-scenario.ts';

/** What the main thread asks: run a seed, or find the fewest faults that still break an invariant. */
export type SoakRequest = { kind: 'run'; seed: number } | { kind: 'minimise'; seed: number; checker: string };

const parts = { machines: loadMachines(), settle: () => new Promise<void>((resolve) => setImmediate(resolve)) };

if (workerData === 'soak')
  parentPort?.on('message', (request: SoakRequest) => {
    answer(request).then(
      (reply) => parentPort?.postMessage(reply),
      (error: unknown) =>
        parentPort?.postMessage({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error), seed: request.seed }),
    );
  });

function answer(request: SoakRequest) {
  return request.kind === 'run' ? runSeed(request.seed, parts) : minimise(request.seed, request.checker, parts);
}
