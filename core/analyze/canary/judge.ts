import type { Verdict } from '../../model/index.ts';
import { classifyByMannWhitney, type EffectSizeRules, type MannWhitneyRules, type MetricClassification } from './classify.ts';
import { type NanStrategy, withoutMissing, withoutOutliers } from './prepare.ts';
import { type CanaryScore, type ScoreThresholds, scoreCanary } from './score.ts';

/** One metric of a canary. Everything but name, groups and the two series has Kayenta's default. */
export interface CanaryMetric {
  name: string;
  groups: readonly string[];
  experiment: readonly number[];
  control: readonly number[];
  /** @default 'either' */
  direction?: MannWhitneyRules['direction'];
  /** @default 'remove' */
  nanStrategy?: NanStrategy;
  /** @default false */
  critical?: boolean;
  /** @default false */
  mustHaveData?: boolean;
  /** Reported, not counted. @default false */
  muted?: boolean;
  /** Cut values beyond this many interquartile ranges. @default null: none is cut */
  outlierFactor?: number | null;
  /** @default mean ratio, every bound 1 (0.5 for cles) */
  effectSize?: Partial<EffectSizeRules>;
  /** @default 0.25 */
  tolerance?: number;
  /** @default 0.98 */
  confidence?: number;
}

export interface CanaryJudgement {
  /** inconclusive: a marginal score, or too little data to say anything. It never counts as pass. */
  verdict: Verdict;
  score: CanaryScore;
  metrics: (MetricClassification & { name: string; muted: boolean })[];
  reason: string;
}

/** Judges an experiment against its control in the way of Kayenta's NetflixACAJudge. */
export function judgeCanary(
  metrics: readonly CanaryMetric[],
  groupWeights: Readonly<Record<string, number>>,
  thresholds: ScoreThresholds,
): CanaryJudgement {
  const classified = metrics.map((metric) => ({
    ...classify(metric),
    name: metric.name,
    groups: metric.groups,
    muted: metric.muted ?? false,
  }));
  const counted = classified.filter((metric) => !metric.muted);
  const score = scoreCanary(counted, groupWeights);
  return { ...decide(score, counted, thresholds), score, metrics: classified.map(({ groups: _, ...metric }) => metric) };
}

/** Samples a side that are compared; more of them are thinned evenly, as they would cost time and change nothing. */
const SAMPLES_MAX = 5000;

function thin(values: readonly number[]): readonly number[] {
  if (values.length <= SAMPLES_MAX) return values;
  return Array.from({ length: SAMPLES_MAX }, (_, index) => values[Math.floor((index * values.length) / SAMPLES_MAX)] ?? Number.NaN);
}

function classify(metric: CanaryMetric): MetricClassification {
  const nanStrategy = metric.nanStrategy ?? 'remove';
  const prepare = (values: readonly number[]) => {
    const present = withoutMissing(values, nanStrategy);
    const factor = metric.outlierFactor ?? null;
    return factor === null ? present : withoutOutliers(present, { kind: 'iqr', factor, reduceSensitivity: true });
  };
  const measure = metric.effectSize?.measure ?? 'meanRatio';
  const neutral = measure === 'cles' ? 0.5 : 1;
  const bounds = { allowedIncrease: neutral, allowedDecrease: neutral, criticalIncrease: neutral, criticalDecrease: neutral };
  return classifyByMannWhitney(
    { name: metric.name, experiment: thin(prepare(metric.experiment)), control: thin(prepare(metric.control)) },
    {
      direction: metric.direction ?? 'either',
      nanStrategy,
      critical: metric.critical ?? false,
      mustHaveData: metric.mustHaveData ?? false,
      tolerance: metric.tolerance ?? 0.25,
      confidence: metric.confidence ?? 0.98,
      effectSize: { ...bounds, ...metric.effectSize, measure },
    },
  );
}

function decide(
  score: CanaryScore,
  metrics: readonly (MetricClassification & { name: string })[],
  thresholds: ScoreThresholds,
): Pick<CanaryJudgement, 'verdict' | 'reason'> {
  if (metrics.length === 0) return { verdict: 'inconclusive', reason: 'no metric to judge by' };
  const failed = metrics.filter((metric) => metric.label !== 'Pass' && metric.label !== 'Nodata');
  // Kayenta fails a canary for missing data; here silence is neither health nor failure, so a person looks.
  if (score.veto && (score.veto.kind === 'too-little-data' || failed.length === 0)) {
    return { verdict: 'inconclusive', reason: score.veto.reason };
  }
  const found = failed.length === 0 ? '' : `: ${failed.map((metric) => metric.reason).join('; ')}`;
  const text = `score ${score.summary} (pass from ${thresholds.pass}, marginal from ${thresholds.marginal})${found}`;
  if (score.summary >= thresholds.pass) return { verdict: 'pass', reason: text };
  return { verdict: score.summary >= thresholds.marginal ? 'inconclusive' : 'fail', reason: text };
}
