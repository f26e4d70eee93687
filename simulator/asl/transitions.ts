import type { Flow, State } from './machine.ts';

/** The names of the states that may follow this one in its flow: by Next, Default, a Choice rule or a Catch. */
export function successorsOf(state: State): string[] {
  const next = 'next' in state && state.next !== undefined ? [state.next] : [];
  if (state.type === 'Choice') return [...state.choices.map((rule) => rule.next), ...(state.otherwise ? [state.otherwise.next] : [])];
  return 'catch' in state ? [...next, ...state.catch.map((rule) => rule.next)] : next;
}

/** The states that can follow `from`, itself left out unless it is in a loop. No path goes through a state that `avoids` names. */
export function reachableFrom(flow: Flow, from: string[], avoids: (state: State) => boolean): State[] {
  const found = new Map<string, State>();
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const state = flow.states.get(name);
    if (!state || found.has(name) || avoids(state)) continue;
    found.set(name, state);
    open.push(...successorsOf(state));
  }
  return [...found.values()];
}
