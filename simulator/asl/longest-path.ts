import type { Template } from './expression.ts';
import type { Flow, Machine, State } from './machine.ts';
import { successorsOf } from './transitions.ts';

/** An upper bound of the history events of any run, and the loops for which the file gives none. */
export interface PathBound {
  events: number;
  /** Each with the paths of the states in the loop, and what is missing. */
  unbounded: { states: string[]; reason: string }[];
}

interface Walk {
  timeoutSeconds: number | undefined;
  unbounded: PathBound['unbounded'];
}

/** A way from one state to another, and what limits how often it is taken. */
interface Way {
  from: State;
  to: State;
  limit: Limit | undefined;
}

/** A way with a counter is taken while the counter is below so much, so many times when it begins at 0. */
type Limit = { counter: string; below: number } | { counter: undefined };

/**
 * Bounds the longest path through a machine in history events, every retry and every turn of every loop taken. Every way round a loop has
 * to pass a Choice that looks at a counter of the loop (`$looks < 20`, with `$looks + 1` assigned in it) or at a deadline
 * (`$millis() < $deadlineAt`); with a deadline the turns are limited by the machine's TimeoutSeconds over the shortest Wait in the loop.
 */
export function boundLongestPath(machine: Machine): PathBound {
  const walk: Walk = { timeoutSeconds: machine.timeoutSeconds, unbounded: [] };
  // ExecutionStarted and the end.
  return { events: 2 + flowEvents(machine, walk), unbounded: walk.unbounded };
}

function flowEvents(flow: Flow, walk: Walk): number {
  const states = [...flow.states.values()];
  const ways = states.flatMap((state) => waysOf(state, flow));
  return longest(states, ways, walk);
}

/** The longest path from anywhere to anywhere, loops taken as one place each. */
function longest(states: State[], ways: Way[], walk: Walk): number {
  const groups = loopsOf(states, ways);
  const costs = new Map([...new Set(groups.values())].map((group) => [group, loopEvents(group, ways, walk)]));
  const known = new Map<State[], number>();
  const from = (group: State[]): number => {
    const before = known.get(group);
    if (before !== undefined) return before;
    const onward = ways.filter((way) => group.includes(way.from) && !group.includes(way.to)).map((way) => groups.get(way.to) ?? []);
    const total = (costs.get(group) ?? 0) + Math.max(0, ...onward.map(from));
    known.set(group, total);
    return total;
  };
  return Math.max(0, ...[...costs.keys()].map(from));
}

/** Each state's loop: the states that it can reach and that can reach it; alone when it is in none. */
function loopsOf(states: State[], ways: Way[]): Map<State, State[]> {
  const after = new Map(states.map((state) => [state, reachable(state, ways)]));
  const groups = new Map<State, State[]>();
  for (const state of states) {
    if (groups.has(state)) continue;
    const group = states.filter((other) => other === state || (after.get(state)?.has(other) && after.get(other)?.has(state)));
    for (const member of group) groups.set(member, group);
  }
  return groups;
}

function reachable(start: State, ways: Way[]): Set<State> {
  const found = new Set<State>();
  const open = [start];
  for (let state = open.pop(); state; state = open.pop()) {
    for (const { from, to } of ways) {
      if (from !== state || found.has(to)) continue;
      found.add(to);
      open.push(to);
    }
  }
  return found;
}

/**
 * Events of all turns of a loop. One limit is taken for the outermost: its ways are taken so and so often, and between two of them runs
 * a path through what is left of the loop, in which the other limits do the same.
 */
function loopEvents(group: State[], allWays: Way[], walk: Walk): number {
  const ways = allWays.filter(({ from, to }) => group.includes(from) && group.includes(to));
  const [only] = group;
  if (ways.length === 0 && only) return stateEvents(only, walk);
  const limits = new Map(
    ways.flatMap(({ limit }) => (limit && !group.some((state) => resets(state, limit)) ? [[limit.counter, limit] as const] : [])),
  );
  const bounds = [...limits.values()].map((limit) => {
    const turns = limit.counter === undefined ? turnsUntilDeadline(group, ways, walk) : limit.below + 1;
    const inner: Walk = { ...walk, unbounded: [] };
    const events =
      longest(
        group,
        ways.filter((way) => way.limit?.counter !== limit.counter || way.limit === undefined),
        inner,
      ) * turns;
    return { events, unbounded: inner.unbounded };
  });
  const best = bounds
    .filter(({ events, unbounded }) => Number.isFinite(events) && unbounded.length === 0)
    .sort((a, b) => a.events - b.events)[0];
  if (best) return best.events;
  walk.unbounded.push({ states: group.map(({ path }) => path), reason: reasonFor(limits.size) });
  return group.reduce((sum, state) => sum + stateEvents(state, walk), 0);
}

const reasonFor = (limits: number) =>
  limits === 0
    ? 'no Choice in it limits it by a counter that only counts up in it, or by a deadline'
    : 'some way round it passes no limit, or a deadline ends it without a Wait or TimeoutSeconds';

/** A counter that is set back inside a loop does not limit that loop. */
function resets({ assign }: State, { counter }: Limit): boolean {
  return (
    assign?.entries.some(([name, value]) => name === counter && !(value.kind === 'expression' && value.source.includes(`$${counter} +`))) ??
    false
  );
}

function turnsUntilDeadline(group: State[], ways: Way[], { timeoutSeconds }: Walk): number {
  const paces = group.flatMap((state) => (state.type === 'Wait' ? [shortestWait(state.seconds)] : []));
  const awake = ways.filter(({ from }) => from.type !== 'Wait');
  const restless = group.some((state) => reachable(state, awake).has(state));
  return restless || timeoutSeconds === undefined ? Number.POSITIVE_INFINITY : Math.ceil(timeoutSeconds / Math.min(...paces));
}

/** Events of one entry into a state: its entry and exit, and all attempts at its work. */
function stateEvents(state: State, walk: Walk): number {
  if (!('retry' in state)) return 2;
  const attempts = 1 + state.retry.reduce((sum, rule) => sum + rule.maxAttempts, 0);
  switch (state.type) {
    case 'Task':
      // Scheduled, started, submitted, ended; an expression that fails comes in place of these.
      return 2 + attempts * (state.resource.pattern === 'response' ? 3 : 4);
    case 'Parallel':
      return 2 + attempts * (2 + state.branches.reduce((sum, branch) => sum + 1 + flowEvents(branch, walk), 0));
    case 'Map': {
      const items = state.items?.kind === 'constant' && Array.isArray(state.items.value) ? state.items.value.length : mapItemsMax;
      return 2 + attempts * (2 + items * (2 + flowEvents(state.processor, walk)));
    }
  }
}

/** What a Map over data is reckoned with: the units of a region that one run may touch. */
const mapItemsMax = 40;

function waysOf(from: State, flow: Flow): Way[] {
  const way = (name: string, limit?: Limit): Way[] => {
    const to = flow.states.get(name);
    return to ? [{ from, to, limit }] : [];
  };
  if (from.type !== 'Choice') return successorsOf(from).flatMap((name) => way(name));
  const ways: Way[] = [];
  // A rule that asks whether the limit is reached limits those after it, one that asks whether it is not limits itself.
  let after: Limit | undefined;
  for (const { condition, next } of from.choices) {
    const found = condition.kind === 'expression' ? limitIn(condition.source, flow) : undefined;
    ways.push(...way(next, (found?.ownRule ? found.limit : undefined) ?? after));
    if (found && !found.ownRule) after = found.limit;
  }
  return from.otherwise ? [...ways, ...way(from.otherwise.next, after)] : ways;
}

/** What a condition compares: a counter that the flow counts up with a number, or the time with a deadline. */
function limitIn(source: string, flow: Flow): { limit: Limit; ownRule: boolean } | undefined {
  const [, counter = '', operator = '', below] = /\$([\p{ID_Start}_][\p{ID_Continue}]*)\s*([<>]=?)\s*(\d+)\b/u.exec(source) ?? [];
  if (below !== undefined && [...flow.states.values()].some((state) => countsUp(state, counter))) {
    const taken = Number(below) + (operator === '<=' || operator === '>' ? 1 : 0);
    return { limit: { counter, below: taken }, ownRule: operator.startsWith('<') };
  }
  const time = /(?:\$millis\(\)|\$now\(\))\s*([<>])/.exec(source);
  return time ? { limit: { counter: undefined }, ownRule: time[1] === '<' } : undefined;
}

const countsUp = ({ assign }: State, counter: string): boolean =>
  assign?.entries.some(([name, value]) => name === counter && value.kind === 'expression' && value.source.includes(`$${counter} +`)) ??
  false;

/** A wait that is computed may be as short as a second. */
const shortestWait = (seconds: Template | undefined) => (seconds?.kind === 'constant' ? Math.max(1, Number(seconds.value)) : 1);
