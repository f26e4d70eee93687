import { type JsonObject, storeKey } from '../../core/model/index.ts';
import type { Clock, Ids, Store, Trace } from '../../core/ports/index.ts';

type Entry = Parameters<Trace['record']>[0];

export interface StreamTraceParts {
  region: string;
  store: Pick<Store, 'append'>;
  clock: Clock;
  ids: Ids;
  log: (message: string, details: JsonObject) => void;
}

const appendMs = 3_000;

/**
 * Every entry goes to the log; one of an incident goes to the incident's stream, too. Entries of one invocation are appended
 * one after another, so that the stream has the order of the decisions. `flush` before the invocation ends: Lambda freezes the rest.
 */
export class StreamTrace implements Trace {
  readonly #parts: StreamTraceParts;
  #last: Promise<void> = Promise.resolve();

  constructor(parts: StreamTraceParts) {
    this.#parts = parts;
  }

  record(entry: Entry): void {
    const { log, clock, region } = this.#parts;
    const at = clock.now();
    const { kind, subject, incident, data, reason } = entry;
    log(kind, { subject, reason, data, ...(incident !== undefined && { incidentId: incident }) });
    if (incident === undefined) return;
    this.#last = this.#last.then(() => this.#append(incident, { at, region, kind, subject, data, reason }));
  }

  flush(): Promise<void> {
    return this.#last;
  }

  /** A stream that cannot be written to is said in the log, and no reason to stop healing. */
  async #append(incident: string, body: JsonObject): Promise<void> {
    const { store, clock, ids, log } = this.#parts;
    const call = { deadlineAt: clock.now() + appendMs };
    const appended = await store.append(storeKey.timeline(incident), { id: ids.next('entry'), body }, call);
    if (!appended.ok) log('TraceNotAppended', { incidentId: incident, reason: appended.reason });
  }
}
