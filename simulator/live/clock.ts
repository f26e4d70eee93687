import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../core/ports/index.ts';

/**
 * The real clock, or one that runs `speed` times as fast from the moment it is made: evenkeel's waits, deadlines and the model of
 * Route 53 all go by it, sockets do not. Figures of a run with another speed than 1 are no measurement.
 */
export class LiveClock implements Clock {
  readonly speed: number;
  readonly #startedAt = Date.now();

  constructor(speed = 1) {
    this.speed = speed;
  }

  now(): number {
    return this.speed === 1 ? Date.now() : this.#startedAt + Math.round((Date.now() - this.#startedAt) * this.speed);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    // An abort ends the wait; it is no failure.
    await delay(Math.max(0, ms / this.speed), undefined, signal === undefined ? {} : { signal }).catch(() => {});
  }

  /** Calls `run` every `ms` until the answered function is called. A run that takes longer than that delays the next one. */
  every(ms: number, run: () => Promise<void> | void): () => void {
    const end = new AbortController();
    const loop = async () => {
      for (let due = this.now() + ms; !end.signal.aborted; due = Math.max(due + ms, this.now())) {
        await this.sleep(due - this.now(), end.signal);
        if (!end.signal.aborted) await run();
      }
    };
    void loop();
    return () => end.abort();
  }
}
