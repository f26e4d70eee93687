import { type BreakerConfig, breakerProblems } from './breaker-config.ts';
import { clearCounter, countCall, newCounter, type TripCounter, trips } from './trip.ts';

/**
 * A circuit breaker for one target and action: plain data and pure functions, so that it can live in the Store and be
 * written by condition. Semantics after cockatiel 4.0, with a lease for each probe, because here the prober may be
 * another process and may die.
 */
export interface BreakerState {
  circuit: Circuit;
  counter: TripCounter;
}

type Circuit =
  | { kind: 'closed' }
  | { kind: 'open'; openedAt: number /** Openings in a row, 1 for the first. */; attempt: number }
  | { kind: 'half-open'; attempt: number; leases: ProbeLease[]; successes: number; failures: number }
  /** Kept open by others, such as a sick dependency; it opens to probes when the last of them lets go. */
  | { kind: 'held'; by: string[]; attempt: number };

interface ProbeLease {
  id: string;
  until: number;
}

export interface Admission {
  admitted: boolean;
  state: BreakerState;
  reason: string;
}

/**
 * How a call ended. `ignored`: it failed for a reason that says nothing about the target (a refusal by policy);
 * as a probe that is good enough.
 */
export type CallOutcome = 'success' | 'failure' | 'ignored';

const ONE_PROBE = { calls: 1, threshold: 0 };
const PROBE_LEASE_MS = 300_000;

/** A closed breaker. @throws RangeError naming every mistake in the configuration */
export function newBreaker(config: BreakerConfig): BreakerState {
  const problems = breakerProblems(config);
  if (problems.length > 0) throw new RangeError(`invalid circuit breaker: ${problems.join('; ')}`);
  return { circuit: { kind: 'closed' }, counter: newCounter(config.trip) };
}

/**
 * May this call be made? Store the new state before acting on a yes: it may hold the lease of a probe.
 * @param lease id of the call; give the same one to `settle`
 */
export function ask(config: BreakerConfig, state: BreakerState, at: number, lease: string): Admission {
  const { circuit } = state;
  switch (circuit.kind) {
    case 'closed':
      return { admitted: true, state, reason: 'closed' };
    case 'held':
      return { admitted: false, state, reason: `held open by ${circuit.by.join(', ')}` };
    case 'open': {
      // A clock that stepped back must not prolong the wait: it starts anew at most.
      const openedAt = Math.min(circuit.openedAt, at);
      const wait = waitMs(config, circuit.attempt);
      if (at - openedAt < wait) {
        return {
          admitted: false,
          state: { ...state, circuit: { ...circuit, openedAt } },
          reason: `open for ${wait - (at - openedAt)} ms more`,
        };
      }
      return probe(config, state, { kind: 'half-open', attempt: circuit.attempt + 1, leases: [], successes: 0, failures: 0 }, at, lease);
    }
    case 'half-open':
      return probe(config, state, circuit, at, lease);
  }
}

function probe(
  config: BreakerConfig,
  state: BreakerState,
  circuit: Extract<Circuit, { kind: 'half-open' }>,
  at: number,
  lease: string,
): Admission {
  const { calls } = config.halfOpenSampling ?? ONE_PROBE;
  const leases = circuit.leases.filter(({ until }) => until > at);
  // Asked again by a caller that died after it had stored its place: it is still its own.
  if (leases.some(({ id }) => id === lease)) return { admitted: true, state, reason: 'half-open: its probe is under way' };
  const taken = circuit.successes + circuit.failures + leases.length;
  if (taken >= calls) {
    return { admitted: false, state: { ...state, circuit: { ...circuit, leases } }, reason: `half-open: all ${calls} probes are taken` };
  }
  const until = at + (config.probeLeaseMs ?? PROBE_LEASE_MS);
  const next = { ...circuit, leases: [...leases, { id: lease, until }] };
  return { admitted: true, state: { ...state, circuit: next }, reason: `half-open: probe ${taken + 1} of ${calls}` };
}

/** Takes in how an admitted call ended. A result whose lease is gone or whose breaker has moved on changes nothing. */
export function settle(config: BreakerConfig, state: BreakerState, at: number, lease: string, outcome: CallOutcome): BreakerState {
  const { circuit } = state;
  if (circuit.kind === 'half-open') return settleProbe(config, state, circuit, at, lease, outcome);
  if (circuit.kind !== 'closed' || outcome === 'ignored') return state;
  const counter = countCall(config.trip, state.counter, outcome === 'success', at);
  const opens = outcome === 'failure' && trips(config.trip, counter);
  return { circuit: opens ? { kind: 'open', openedAt: at, attempt: 1 } : circuit, counter };
}

function settleProbe(
  config: BreakerConfig,
  state: BreakerState,
  circuit: Extract<Circuit, { kind: 'half-open' }>,
  at: number,
  lease: string,
  outcome: CallOutcome,
): BreakerState {
  if (!circuit.leases.some(({ id }) => id === lease)) return state;
  const { calls, threshold } = config.halfOpenSampling ?? ONE_PROBE;
  const leases = circuit.leases.filter(({ id }) => id !== lease);
  const failures = circuit.failures + (outcome === 'failure' ? 1 : 0);
  const successes = circuit.successes + (outcome === 'failure' ? 0 : 1);
  if (failures > threshold * calls) {
    return { circuit: { kind: 'open', openedAt: at, attempt: circuit.attempt }, counter: countCall(config.trip, state.counter, false, at) };
  }
  if (successes + failures >= calls) {
    return { circuit: { kind: 'closed' }, counter: countCall(config.trip, clearCounter(state.counter), true, at) };
  }
  return { ...state, circuit: { ...circuit, leases, successes, failures } };
}

/** The wait of the nth opening in a row. */
function waitMs(config: BreakerConfig, attempt: number): number {
  if (typeof config.halfOpenAfterMs === 'number') return config.halfOpenAfterMs;
  return config.halfOpenAfterMs[Math.min(attempt, config.halfOpenAfterMs.length) - 1] ?? 0;
}

/** Keeps the breaker open on behalf of `by` until `release`; holding twice is holding once. */
export function hold(state: BreakerState, by: string): BreakerState {
  const { circuit } = state;
  if (circuit.kind === 'held') return circuit.by.includes(by) ? state : { ...state, circuit: { ...circuit, by: [...circuit.by, by] } };
  return { ...state, circuit: { kind: 'held', by: [by], attempt: circuit.kind === 'closed' ? 1 : circuit.attempt } };
}

/** Lets go. The last holder leaves the breaker half-open: recovery is proved by probes, not assumed. */
export function release(state: BreakerState, by: string): BreakerState {
  const { circuit } = state;
  if (circuit.kind !== 'held' || !circuit.by.includes(by)) return state;
  const rest = circuit.by.filter((holder) => holder !== by);
  if (rest.length > 0) return { ...state, circuit: { ...circuit, by: rest } };
  return { ...state, circuit: { kind: 'half-open', attempt: circuit.attempt, leases: [], successes: 0, failures: 0 } };
}
