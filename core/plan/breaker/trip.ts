/** When a closed breaker opens. Shares are 0..1, exclusive; a share trips strictly above its threshold. */
export type TripRule =
  | { kind: 'consecutive' /** Failures in a row, at least 1. */; threshold: number }
  | {
      kind: 'count';
      threshold: number;
      /** Calls in the window. */
      size: number;
      /** Calls before anything trips, 1..size. @default size */
      minimumCalls?: number;
    }
  | {
      kind: 'sampling';
      threshold: number;
      /** Length of the window. */
      durationMs: number;
      /** Calls a second before anything trips. @default 5 failures a second: 5 / threshold */
      minimumPerSecond?: number;
    };

/** What a rule remembers; plain data, so that it can be stored. */
export type TripCounter =
  | { kind: 'consecutive'; failures: number }
  | { kind: 'count' /** Outcomes by slot, true for success, null for none yet. */; ring: (boolean | null)[]; nextSlot: number }
  | { kind: 'sampling'; windows: SamplingWindow[]; current: number };

interface SamplingWindow {
  startedAt: number;
  failures: number;
  successes: number;
}

export function newCounter(rule: TripRule): TripCounter {
  switch (rule.kind) {
    case 'consecutive':
      return { kind: 'consecutive', failures: 0 };
    case 'count':
      return { kind: 'count', ring: new Array<boolean | null>(rule.size).fill(null), nextSlot: 0 };
    case 'sampling': {
      const { windowCount } = samplingShape(rule.durationMs);
      return {
        kind: 'sampling',
        windows: Array.from({ length: windowCount }, () => ({ startedAt: 0, failures: 0, successes: 0 })),
        current: 0,
      };
    }
  }
}

/** Forgets what was counted; where the next entry goes stays, as nothing depends on it. */
export function clearCounter(counter: TripCounter): TripCounter {
  switch (counter.kind) {
    case 'consecutive':
      return { ...counter, failures: 0 };
    case 'count':
      return { ...counter, ring: counter.ring.map(() => null) };
    case 'sampling':
      return { ...counter, windows: counter.windows.map(() => ({ startedAt: 0, failures: 0, successes: 0 })) };
  }
}

/** Counts one call. @param at epoch milliseconds */
export function countCall(rule: TripRule, counter: TripCounter, success: boolean, at: number): TripCounter {
  switch (counter.kind) {
    case 'consecutive':
      return { ...counter, failures: success ? 0 : counter.failures + 1 };
    case 'count': {
      const ring = counter.ring.with(counter.nextSlot, success);
      return { ...counter, ring, nextSlot: (counter.nextSlot + 1) % ring.length };
    }
    case 'sampling':
      return rule.kind === 'sampling' ? countInWindow(counter, samplingShape(rule.durationMs).windowMs, success, at) : counter;
  }
}

/** Whether the counter is past its rule now. It is asked after a failure: a success never trips. */
export function trips(rule: TripRule, counter: TripCounter): boolean {
  if (rule.kind === 'consecutive') return counter.kind === 'consecutive' && counter.failures >= rule.threshold;
  const { failures, total } = tally(counter);
  return total >= minimumCalls(rule) && failures > rule.threshold * total;
}

function tally(counter: TripCounter): { failures: number; total: number } {
  if (counter.kind === 'consecutive') return { failures: counter.failures, total: counter.failures };
  if (counter.kind === 'count') {
    return { failures: counter.ring.filter((slot) => slot === false).length, total: counter.ring.filter((slot) => slot !== null).length };
  }
  const failures = counter.windows.reduce((sum, window) => sum + window.failures, 0);
  return { failures, total: failures + counter.windows.reduce((sum, window) => sum + window.successes, 0) };
}

function minimumCalls(rule: Exclude<TripRule, { kind: 'consecutive' }>): number {
  if (rule.kind === 'count') return rule.minimumCalls ?? rule.size;
  const { windowCount, windowMs } = samplingShape(rule.durationMs);
  const perSecond = rule.minimumPerSecond ?? 5 / rule.threshold;
  return windowCount * windowMs * (perSecond / 1000);
}

/** At least five windows, each of a second at most (cockatiel's SamplingBreaker). */
function samplingShape(durationMs: number): { windowCount: number; windowMs: number } {
  const windowCount = Math.max(5, Math.ceil(durationMs / 1000));
  return { windowCount, windowMs: Math.round(durationMs / windowCount) };
}

/** The window that is open takes the call; when its time is over the oldest one is emptied and taken instead. */
function countInWindow(counter: Extract<TripCounter, { kind: 'sampling' }>, windowMs: number, success: boolean, at: number): TripCounter {
  const open = counter.windows[counter.current];
  const over = open === undefined || at - open.startedAt >= windowMs;
  const current = over ? (counter.current + 1) % counter.windows.length : counter.current;
  const window = over ? { startedAt: at, failures: 0, successes: 0 } : open;
  const counted = success ? { ...window, successes: window.successes + 1 } : { ...window, failures: window.failures + 1 };
  return { ...counter, windows: counter.windows.with(current, counted), current };
}
