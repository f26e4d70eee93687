import { shown } from './detector.ts';

/** What one region, address or instance shows of a measure that all its peers share, over the same span of time. */
export interface PeerReading {
  peer: string;
  /** A latency, a share of failures, a saturation; not negative. */
  value: number;
}

export interface Deviation {
  peer: string;
  /** Robust standard deviations from the other peers; positive is above them. */
  deviations: number;
  /** For the consensus: 0.5 at the outlier bar, towards 1 beyond it. */
  score: number;
  reason: string;
}

/** Iglewicz and Hoaglin (1993): scores beyond this are outliers. */
const OUTLIER = 3.5;
/** Median absolute deviation to standard deviation, for a normal distribution. */
const PER_DEVIATION = 1.4826;
/** Peers nearer to the others than this share of their median are alike, however still the others are. */
const LEAST_SHARE = 0.1;
const FEWEST_PEERS = 3;

/**
 * Which peers deviate from the rest, furthest first. Each is measured against the median and median absolute deviation
 * of the others, so that one broken peer among three cannot hide itself. Two peers cannot say which of them is wrong:
 * fewer than three readable ones give none. `least` is the smallest difference that matters, in the values' unit.
 */
export function deviatingPeers(readings: readonly PeerReading[], least = 0): Deviation[] {
  const known = readings.filter(({ value }) => Number.isFinite(value));
  if (known.length < FEWEST_PEERS) return [];
  return known
    .map((reading) => deviationOf(reading, known))
    .filter(({ deviation, difference }) => Math.abs(deviation.deviations) > OUTLIER && Math.abs(difference) >= least)
    .map(({ deviation }) => deviation)
    .sort((a, b) => Math.abs(b.deviations) - Math.abs(a.deviations));
}

function deviationOf({ peer, value }: PeerReading, all: readonly PeerReading[]): { deviation: Deviation; difference: number } {
  const others = all.filter((other) => other.peer !== peer).map((other) => other.value);
  const centre = median(others);
  const spread = PER_DEVIATION * median(others.map((other) => Math.abs(other - centre)));
  const difference = value - centre;
  const deviations = difference / Math.max(spread, (LEAST_SHARE * Math.abs(centre)) / OUTLIER, Number.MIN_VALUE);
  const bounded = Math.max(-1e6, Math.min(1e6, deviations));
  const reason = `${peer} shows ${shown(value)}, its ${others.length} peers ${shown(centre)} in the middle (${shown(bounded)} deviations)`;
  const score = Math.abs(bounded) / (Math.abs(bounded) + OUTLIER);
  return { deviation: { peer, deviations: bounded, score, reason }, difference };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}
