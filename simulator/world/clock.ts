import type { Clock } from '../../core/ports/index.ts';

interface Event {
  at: number;
  sequence: number;
  cancelled: boolean;
  run: () => void;
}

/** Cancelled events may stay in the heap until there are this many and they are more than half of it. */
const cancelledMax = 64;

/**
 * The clock of a simulated world. Time stands still until `run`; then one event at a time is taken in the order of
 * (time, sequence), so that a run is a function of its seed alone.
 */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  #cancelled = 0;
  #heap: Event[] = [];

  /** @param startMs epoch milliseconds at which the world begins */
  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      if (!signal) {
        this.#push(this.#now + ms, resolve);
        return;
      }
      const abort = () => {
        this.#cancel(event);
        resolve();
      };
      const event = this.#push(this.#now + ms, () => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  /** Runs `fn` at `timeMs`, or at once (as the next event) when that has passed. Answers the way to call it off. */
  at(timeMs: number, fn: () => void): () => void {
    const event = this.#push(timeMs, fn);
    return () => this.#cancel(event);
  }

  /**
   * Takes the events up to and including `untilMs`: runs one, waits for `settle`, takes the next. Afterwards it is `untilMs`.
   * @param settle resolves when no promise of the simulation can go on by itself; given from outside, because it needs a real timer
   */
  async run(untilMs: number, settle: () => Promise<void>): Promise<void> {
    await settle();
    for (let event = this.#take(untilMs); event; event = this.#take(untilMs)) {
      this.#now = event.at;
      event.run();
      await settle();
    }
    this.#now = Math.max(this.#now, untilMs);
  }

  /** Events that are still to come. */
  get pending(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** The same time as seen by a host whose clock is off by `offsetMs`. */
  skewed(offsetMs: number): SkewedClock {
    return new SkewedClock(this, offsetMs);
  }

  #push(timeMs: number, run: () => void): Event {
    if (!Number.isFinite(timeMs)) throw new Error(`an event at ${timeMs} would never come: give a finite time`);
    const event: Event = { at: Math.max(timeMs, this.#now), sequence: this.#sequence++, cancelled: false, run };
    this.#heap.push(event);
    siftUp(this.#heap, this.#heap.length - 1);
    return event;
  }

  #cancel(event: Event): void {
    if (event.cancelled) return;
    event.cancelled = true;
    this.#cancelled++;
    if (this.#cancelled < cancelledMax || this.#cancelled * 2 <= this.#heap.length) return;
    // A sorted array is a heap.
    this.#heap = this.#heap.filter((kept) => !kept.cancelled).sort((a, b) => (before(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }

  #take(untilMs: number): Event | undefined {
    for (let first = this.#heap[0]; first && first.at <= untilMs; first = this.#heap[0]) {
      removeFirst(this.#heap);
      if (!first.cancelled) {
        // Calling it off from now on is too late and must not count as one that lies in the heap.
        first.cancelled = true;
        return first;
      }
      this.#cancelled--;
    }
    return undefined;
  }
}

/** One region's view of the world's time. `offsetMs` may change while it runs: that is the fault `clock-skew`. */
export class SkewedClock implements Clock {
  offsetMs: number;
  readonly #base: Clock;

  constructor(base: Clock, offsetMs: number) {
    this.#base = base;
    this.offsetMs = offsetMs;
  }

  now(): number {
    return this.#base.now() + this.offsetMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#base.sleep(ms, signal);
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

function siftUp(heap: Event[], from: number): void {
  const event = heap[from];
  let index = from;
  while (event && index > 0) {
    const parentIndex = (index - 1) >> 1;
    const parent = heap[parentIndex];
    if (!parent || before(parent, event)) break;
    heap[index] = parent;
    heap[parentIndex] = event;
    index = parentIndex;
  }
}

function removeFirst(heap: Event[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const leftIndex = 2 * index + 1;
    const left = heap[leftIndex];
    if (!left) break;
    const right = heap[leftIndex + 1];
    const [child, childIndex] = right && before(right, left) ? [right, leftIndex + 1] : [left, leftIndex];
    if (before(last, child)) break;
    heap[index] = child;
    index = childIndex;
  }
  heap[index] = last;
}
