import { Worker } from 'node:worker_threads';

/** Simulations make short-lived objects by the million: a large young generation lets most of them die before they are copied. */
const youngGenerationMb = 64;

/** One worker thread that answers one request at a time. */
export class Hand<Request> {
  readonly #worker: Worker;

  /** @param job what the file is started as (`workerData`); it does nothing when it is merely imported */
  constructor(file: URL, job: string) {
    this.#worker = new Worker(file, { workerData: job, resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb } });
  }

  /** Rejects when the thread dies, also when it is dismissed. */
  ask<Reply>(request: Request): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new Error('the worker thread has ended'));
      this.#worker.once('error', reject);
      this.#worker.once('exit', gone);
      this.#worker.once('message', (reply) => {
        this.#worker.off('error', reject);
        this.#worker.off('exit', gone);
        resolve(reply);
      });
      this.#worker.postMessage(request);
    });
  }

  dismiss(): Promise<number> {
    return this.#worker.terminate();
  }
}
