import { kolmogorovSmirnovTest } from '../../knowledge/statistics/kolmogorov-smirnov.ts';
import { locationShift } from '../../knowledge/statistics/location-shift.ts';

export interface DriftReport {
  drifting: boolean;
  /** 'shape': the same level, another distribution. */
  direction: 'up' | 'down' | 'shape' | 'none';
  /** Shift of the recent values against the reference (Hodges–Lehmann) in the unit of the values; NaN without data. */
  shift: number;
  /** p-value of the two-sample Kolmogorov–Smirnov test; NaN without data. */
  p: number;
  reason: string;
}

/** Fewer values on a side prove nothing. */
const VALUES_MIN = 20;
/** More than this on a side only costs time: they are thinned evenly. */
const VALUES_MAX = 400;
const SIGNIFICANCE = 0.001;
/** A shift below this share of the reference's interquartile range, or of its median, is real but of no interest. */
const SHIFT_MIN = 0.25;
const LEVEL_MIN = 0.05;

/**
 * Has the distribution of a metric moved away from its reference? It looks at the values themselves and never at how
 * many anomalies were found, because a detector that has adapted to the drift finds none.
 * @param reference values of a good time, at the same times of day as the recent ones
 */
export function detectDrift(reference: readonly number[], recent: readonly number[]): DriftReport {
  const before = thin(reference.filter(Number.isFinite));
  const after = thin(recent.filter(Number.isFinite));
  if (before.length < VALUES_MIN || after.length < VALUES_MIN) {
    const reason = `${before.length} and ${after.length} values: ${VALUES_MIN} on each side are needed`;
    return { drifting: false, direction: 'none', shift: Number.NaN, p: Number.NaN, reason };
  }
  const { pAsymptotic: p } = kolmogorovSmirnovTest(after, before);
  const { estimate: shift, lower, upper } = locationShift(after, before, 1 - SIGNIFICANCE);
  const sorted = before.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
  const spread = at(0.75) - at(0.25);
  const moved = p < SIGNIFICANCE;
  const large = Math.abs(shift) > Math.max(SHIFT_MIN * spread, LEVEL_MIN * Math.abs(at(0.5))) && (lower > 0 || upper < 0);
  const direction = !moved ? 'none' : large ? (shift > 0 ? 'up' : 'down') : 'shape';
  const reason = `shift ${show(shift)} against a spread of ${show(spread)}, p ${p.toExponential(1)}`;
  return { drifting: moved, direction, shift, p, reason };
}

function thin(values: readonly number[]): number[] {
  const step = Math.max(1, values.length / VALUES_MAX);
  return Array.from({ length: Math.min(values.length, VALUES_MAX) }, (_, index) => values[Math.floor(index * step)] ?? Number.NaN);
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)));
}
