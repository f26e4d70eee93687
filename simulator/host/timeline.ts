import type { JsonObject, TimelineEntry } from '../../core/model/index.ts';
import type { Clock, Trace } from '../../core/ports/index.ts';

export type TimelineListener = (entry: TimelineEntry) => void;

/** Everything that is told of one run, in the order in which it happened. */
export class Timeline {
  readonly entries: TimelineEntry[] = [];
  readonly #listeners: TimelineListener[] = [];

  listen(listener: TimelineListener): void {
    this.#listeners.push(listener);
  }

  record(entry: Omit<TimelineEntry, 'seq'>): void {
    const numbered = { ...entry, seq: this.entries.length };
    this.entries.push(numbered);
    for (const listener of this.#listeners) listener(numbered);
  }
}

/** What the stages of one region write: stamped with true time, so that a region's wrong clock does not shuffle the story. */
export function traceOf(timeline: Timeline, region: string, clock: Clock): Trace {
  return {
    record({ kind, subject, incident, data, reason }) {
      const known: JsonObject = incident === undefined || 'incident' in data ? data : { ...data, incident };
      timeline.record({ at: clock.now(), region, kind, subject, data: known, reason });
    },
  };
}
