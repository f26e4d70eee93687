import { locationShift } from '../../knowledge/statistics/location-shift.ts';
import { commonLanguageEffect, meanRatio } from './effect-sizes.ts';
import { mean } from './moments.ts';
import type { NanStrategy } from './prepare.ts';

/** What one metric of the canary says. NodataFailMetric: it had to have data. */
export type MetricLabel = 'Pass' | 'High' | 'Low' | 'Nodata' | 'NodataFailMetric';

/** Which movement counts against the canary. */
type Direction = 'increase' | 'decrease' | 'either';

export interface Sides {
  name: string;
  /** Values of the new version, without NaN. */
  experiment: readonly number[];
  /** Values of the version it is compared with, without NaN. */
  control: readonly number[];
}

export interface MetricRules {
  direction: Direction;
  nanStrategy: NanStrategy;
  /** A failure of this metric fails the whole judgement. */
  critical: boolean;
  /** Silence is a failure of this metric. */
  mustHaveData: boolean;
}

export interface MannWhitneyRules extends MetricRules {
  /** Share of the estimated shift that the interval must clear before it counts. */
  tolerance: number;
  /** Confidence of the interval, 0..1. */
  confidence: number;
  effectSize: EffectSizeRules;
}

export interface EffectSizeRules {
  measure: 'meanRatio' | 'cles';
  /** The effect must be at least this large to be High, */
  allowedIncrease: number;
  /** at most this large to be Low, */
  allowedDecrease: number;
  /** and past these to be critical. */
  criticalIncrease: number;
  criticalDecrease: number;
}

export interface MetricClassification {
  label: MetricLabel;
  critical: boolean;
  /** Experiment mean / control mean; NaN when a mean is 0; 1 where nothing was compared. */
  deviation: number;
  reason: string;
}

/** Kayenta's Mann-Whitney classifier: High or Low when the interval of the shift clears the tolerance and the effect is large enough. */
export function classifyByMannWhitney(sides: Sides, rules: MannWhitneyRules): MetricClassification {
  const { name, experiment, control } = sides;
  const missing = classifyMissing(sides, rules);
  if (missing) return missing;
  if (sameValues(experiment, control))
    return { label: 'Pass', critical: false, deviation: 1, reason: `${name}: both sides have the same values` };

  const shift = locationShift(experiment, control, rules.confidence);
  const { measure, allowedIncrease, allowedDecrease, criticalIncrease, criticalDecrease } = rules.effectSize;
  const deviation = meanRatio(control, experiment);
  const effect = measure === 'cles' ? commonLanguageEffect(control, experiment) : deviation;
  // An effect that cannot be computed (a mean of 0) does not excuse the metric.
  const atLeast = (bound: number) => Number.isNaN(effect) || effect >= bound;
  const atMost = (bound: number) => Number.isNaN(effect) || effect <= bound;

  const band = rules.tolerance * Math.abs(shift.estimate);
  const high = rules.direction !== 'decrease' && shift.lower > band && atLeast(allowedIncrease);
  const low = !high && rules.direction !== 'increase' && shift.upper < -band && atMost(allowedDecrease);
  const label = high ? 'High' : low ? 'Low' : 'Pass';
  const critical = rules.critical && ((high && atLeast(criticalIncrease)) || (low && atMost(criticalDecrease)));
  const numbers = `shift ${show(shift.estimate)} [${show(shift.lower)}, ${show(shift.upper)}], band ±${show(band)}, ${measure} ${show(effect)}`;
  return { label, critical, deviation, reason: `${name}: ${label}${critical ? ' (critical)' : ''}; ${numbers}` };
}

/** The plainest comparison, for benchmarks: the means differ. */
export function classifyByMean(sides: Sides, rules: MetricRules): MetricClassification {
  const missing = classifyMissing(sides, rules);
  if (missing) return missing;
  const above = mean(sides.experiment);
  const below = mean(sides.control);
  const reason = `${sides.name}: mean ${show(above)} against ${show(below)}`;
  if (rules.direction !== 'decrease' && above > below) return { label: 'High', critical: rules.critical, deviation: above / below, reason };
  if (rules.direction !== 'increase' && above < below) return { label: 'Low', critical: rules.critical, deviation: above / below, reason };
  return { label: 'Pass', critical: false, deviation: 1, reason };
}

function classifyMissing({ name, experiment, control }: Sides, rules: MetricRules): MetricClassification | undefined {
  if (experiment.length > 0 && control.length > 0) return undefined;
  const empty = experiment.length === 0 ? (control.length === 0 ? 'both sides' : 'the experiment') : 'the control';
  // With 'replace' a missing value is a 0, so silence is the well-known state of a counter.
  if (rules.nanStrategy === 'replace')
    return { label: 'Pass', critical: false, deviation: 1, reason: `${name}: no data from ${empty}, read as 0` };
  const label = rules.mustHaveData && !rules.critical ? 'NodataFailMetric' : 'Nodata';
  return { label, critical: rules.critical, deviation: 1, reason: `${name}: no data from ${empty}` };
}

/** The same multiset, or one single value everywhere. */
function sameValues(experiment: readonly number[], control: readonly number[]): boolean {
  if (new Set([...experiment, ...control]).size === 1) return true;
  if (experiment.length !== control.length) return false;
  const sorted = [...control].sort((a, b) => a - b);
  return [...experiment].sort((a, b) => a - b).every((value, index) => value === sorted[index]);
}

function show(value: number): string {
  return String(Number(value.toPrecision(4)));
}
