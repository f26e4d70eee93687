import type { Flow, Machine, State } from './machine.ts';
import type { HistoryEvent } from './types.ts';

/** Every state of a machine, in the order of the file: `Body`, `Body/0/Vote drain`; a Map's processor stands under an asterisk. */
export function statesOf(machine: Machine): string[] {
  return allStates(machine).map(({ path }) => path);
}

/**
 * Every way by which a run can leave the straight line, in the order of the file: `Body#catch/0`, `Body/0/Verify#retry/1`,
 * `Body/0/Check#choice/0`, `Body/0/Check#default`. Events name them in `taken`.
 */
export function branchesOf(machine: Machine): string[] {
  return allStates(machine).flatMap((state) => {
    if (state.type === 'Choice') return [...state.choices.map(({ id }) => id), ...(state.otherwise ? [state.otherwise.id] : [])];
    return 'catch' in state ? [...state.retry, ...state.catch].map(({ id }) => id) : [];
  });
}

/** The states of a machine, those inside Parallel and Map included. */
export function allStates(flow: Flow): State[] {
  return [...flow.states.values()].flatMap((state) => {
    if (state.type === 'Parallel') return [state, ...state.branches.flatMap(allStates)];
    if (state.type === 'Map') return [state, ...allStates(state.processor)];
    return [state];
  });
}

/** Collects what runs have taken of the machines: hand `observe` to the engine. */
export class Coverage {
  readonly #taken = new Map<string, Set<string>>();

  readonly observe = (event: HistoryEvent): void => {
    const taken = this.#taken.get(event.machine) ?? new Set<string>();
    this.#taken.set(event.machine, taken);
    if (event.path !== undefined) taken.add(event.path);
    if (event.taken !== undefined) taken.add(event.taken);
  };

  /** States and branches that no run has taken. @param name under which the machine is registered */
  missing(name: string, machine: Machine): string[] {
    const taken = this.#taken.get(name) ?? new Set();
    return [...statesOf(machine), ...branchesOf(machine)].filter((id) => !taken.has(id));
  }
}
