import type { EventDetail, Execution } from './execution.ts';
import type { State } from './machine.ts';
import type { Scope } from './scope.ts';
import type { HistoryEventType, Json } from './types.ts';
import type { Variables } from './variables.ts';

/** Where a flow runs: the execution itself, one branch of a Parallel, one iteration of a Map. */
export class Frame {
  readonly execution: Execution;
  readonly scope: Scope;
  readonly variables: Variables;
  /** `Map` of the context object, inside an iteration. */
  readonly mapItem: Json | undefined;
  #lastId: number;

  constructor(execution: Execution, scope: Scope, variables: Variables, mapItem?: Json, lastId = 0) {
    this.execution = execution;
    this.scope = scope;
    this.variables = variables;
    this.mapItem = mapItem;
    this.#lastId = lastId;
  }

  inner(scope: Scope, variables: Variables, mapItem?: Json): Frame {
    return new Frame(this.execution, scope, variables, mapItem ?? this.mapItem, this.#lastId);
  }

  record(type: HistoryEventType, state: State | undefined, detail: EventDetail = {}): number {
    const id = this.execution.record(this.#lastId, type, state, detail);
    if (id > 0) this.#lastId = id;
    return id;
  }

  /** Waits while the region is lost. @returns whether the flow may go on. */
  async ready(): Promise<boolean> {
    const { gate } = this.execution.engine;
    while (gate.closed) await gate.opened();
    return !this.scope.cancelled;
  }
}
