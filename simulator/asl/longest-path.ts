import type { Template } from './expression.ts';
import type { Flow, Machine, State } from './machine.ts';
import { reachableFrom, successorsOf } from './transitions.ts';

/** An upper bound of the history events of any run, and the loops for which the file gives none. */
export interface PathBound {
  events: number;
  /** Each a list of the paths of the states in the loop, with what is missing. */
  unbounded: { states: string[]; reason: string }[];
}

/**
 * Bounds the longest path through a machine in history events, every retry and every turn of every loop taken. A loop has to hold a
 * Choice that looks at a counter (`$round >= 20`) or at a deadline (a comparison with `$millis()` or a name with "deadline" in it);
 * with a deadline its turns are limited by the machine's TimeoutSeconds over the shortest Wait in the loop.
 */
export function boundLongestPath(machine: Machine): PathBound {
  const unbounded: PathBound['unbounded'] = [];
  // ExecutionStarted and the end.
  return { events: 2 + flowEvents(machine, machine.timeoutSeconds, unbounded), unbounded };
}

function flowEvents(flow: Flow, timeoutSeconds: number | undefined, unbounded: PathBound['unbounded']): number {
  const groups = loopsOf(flow);
  const costs = new Map<State[], number>();
  for (const group of new Set(groups.values())) {
    const once = group.reduce((sum, state) => sum + stateEvents(state, timeoutSeconds, unbounded), 0);
    costs.set(group, once * turns(group, timeoutSeconds, unbounded));
  }
  const longest = new Map<State[], number>();
  const from = (name: string): number => {
    const group = groups.get(name) ?? [];
    const known = longest.get(group);
    if (known !== undefined) return known;
    const onward = group.flatMap(successorsOf).filter((next) => groups.get(next) !== group);
    const total = (costs.get(group) ?? 0) + Math.max(0, ...onward.map(from));
    longest.set(group, total);
    return total;
  };
  return from(flow.startAt);
}

/** Each state's loop: the states from which it can be reached and which it can reach; alone when it is in none. */
function loopsOf(flow: Flow): Map<string, State[]> {
  const after = new Map(
    [...flow.states.values()].map((state) => [state.name, new Set(reachableFrom(flow, successorsOf(state), () => false))]),
  );
  const groups = new Map<string, State[]>();
  for (const state of flow.states.values()) {
    if (groups.has(state.name)) continue;
    const mates = [...flow.states.values()].filter((other) => after.get(state.name)?.has(other) && after.get(other.name)?.has(state));
    const group = mates.length > 0 ? mates : [state];
    for (const mate of group) groups.set(mate.name, group);
  }
  return groups;
}

/** Events of one entry into a state: its entry and exit, and all attempts at its work. */
function stateEvents(state: State, timeoutSeconds: number | undefined, unbounded: PathBound['unbounded']): number {
  if (!('retry' in state)) return 2;
  const attempts = 1 + state.retry.reduce((sum, rule) => sum + rule.maxAttempts, 0);
  switch (state.type) {
    case 'Task':
      // Scheduled, started, submitted, ended; an expression that fails comes in place of these.
      return 2 + attempts * (state.resource.pattern === 'response' ? 3 : 4);
    case 'Parallel':
      return 2 + attempts * (2 + state.branches.reduce((sum, branch) => sum + 1 + flowEvents(branch, timeoutSeconds, unbounded), 0));
    case 'Map': {
      const items = state.items?.kind === 'constant' && Array.isArray(state.items.value) ? state.items.value.length : mapItemsMax;
      return 2 + attempts * (2 + items * (2 + flowEvents(state.processor, timeoutSeconds, unbounded)));
    }
  }
}

/** What a Map over data is reckoned with: the units of a region that one run may touch. */
const mapItemsMax = 40;

function turns(group: State[], timeoutSeconds: number | undefined, unbounded: PathBound['unbounded']): number {
  const [first] = group;
  if (!first || !isLoop(group)) return 1;
  const conditions = group.flatMap(conditionsOf);
  const counters = conditions.flatMap(counterBounds);
  const waits = group.flatMap((state) => (state.type === 'Wait' ? [shortestWait(state.seconds)] : []));
  const timed =
    waits.length > 0 && timeoutSeconds !== undefined ? Math.ceil(timeoutSeconds / Math.min(...waits)) : Number.POSITIVE_INFINITY;
  // Counters of loops inside one another multiply.
  const counted = counters.length > 0 ? counters.reduce((product, bound) => product * (bound + 1), 1) : Number.POSITIVE_INFINITY;
  const deadline = conditions.some((source) => /deadline|\$millis\(\)|\$now\(\)/i.test(source));
  const bound = counters.length > 0 ? Math.min(counted, timed) : deadline ? timed : Number.POSITIVE_INFINITY;
  if (Number.isFinite(bound)) return bound;
  const reason = deadline
    ? 'a deadline bounds it, but it has no Wait, or the machine no TimeoutSeconds'
    : 'no Choice in it looks at a counter or a deadline';
  unbounded.push({ states: group.map(({ path }) => path), reason });
  return 1;
}

const isLoop = (group: State[]) => group.length > 1 || group.some((state) => successorsOf(state).includes(state.name));

const conditionsOf = (state: State): string[] =>
  state.type === 'Choice' ? state.choices.flatMap(({ condition }) => (condition.kind === 'expression' ? [condition.source] : [])) : [];

/** The numbers that a condition compares a variable with. */
function counterBounds(source: string): number[] {
  const comparisons = [...source.matchAll(/\$[\p{ID_Start}_][\p{ID_Continue}.]*\s*(?:[<>]=?|=)\s*(\d+)\b/gu)];
  return comparisons.map(([, bound]) => Number(bound));
}

/** A wait that is computed may be as short as a second. */
const shortestWait = (seconds: Template | undefined) => (seconds?.kind === 'constant' ? Math.max(1, Number(seconds.value)) : 1);
