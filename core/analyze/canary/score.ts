import type { MetricLabel } from './classify.ts';

export interface ScoredMetric {
  name: string;
  label: MetricLabel;
  /** Critical failures bring the whole score to 0. */
  critical: boolean;
  /** A metric counts once in each of its groups. */
  groups: readonly string[];
  reason: string;
}

export interface CanaryScore {
  /** 0..100, two decimals. */
  summary: number;
  /** 0..100 a group; 0 where the group has no data at all. */
  groups: Record<string, number>;
  /** What brought the score to 0 outright, if anything did. */
  veto: { kind: 'critical' | 'too-little-data'; reason: string } | null;
}

/** Share of metrics without data from which a score says nothing. */
const NODATA_SHARE_MAX = 0.5;

/**
 * Kayenta's weighted sum: a group scores the share of its metrics that pass; groups without a weight share what the
 * weighted ones leave of 100; a group without any data counts as 100 so that it does not decide.
 */
export function scoreCanary(metrics: readonly ScoredMetric[], groupWeights: Readonly<Record<string, number>>): CanaryScore {
  const groups = groupScores(metrics);
  const scores = Object.fromEntries([...groups].map(([name, score]) => [name, score ?? 0]));
  const failed = metrics.find((metric) => metric.critical && metric.label !== 'Pass');
  if (failed) return { summary: 0, groups: scores, veto: { kind: 'critical', reason: failed.reason } };
  const silent = metrics.filter((metric) => metric.label === 'Nodata').length;
  if (metrics.length > 0 && silent / metrics.length >= NODATA_SHARE_MAX) {
    return { summary: 0, groups: scores, veto: { kind: 'too-little-data', reason: `${silent} of ${metrics.length} metrics have no data` } };
  }
  return { summary: weightedSum(groups, groupWeights), groups: scores, veto: null };
}

/** Score of each group in order of appearance; null without data. */
function groupScores(metrics: readonly ScoredMetric[]): Map<string, number | null> {
  const labels = new Map<string, MetricLabel[]>();
  for (const metric of metrics) {
    for (const group of metric.groups) labels.set(group, [...(labels.get(group) ?? []), metric.label]);
  }
  const scores = new Map<string, number | null>();
  for (const [group, all] of labels) {
    const judged = all.filter((label) => label !== 'Nodata');
    const passed = judged.filter((label) => label === 'Pass').length;
    scores.set(group, judged.length === 0 ? null : (passed / judged.length) * 100);
  }
  return scores;
}

function weightedSum(groups: Map<string, number | null>, groupWeights: Readonly<Record<string, number>>): number {
  const spent = Object.values(groupWeights).reduce((sum, weight) => sum + weight, 0);
  const unweighted = [...groups.keys()].filter((name) => !Object.hasOwn(groupWeights, name)).length;
  const share = unweighted === 0 ? 0 : (100 - spent) / unweighted;
  let sum = 0;
  for (const [name, score] of groups) sum += (score ?? 100) * ((groupWeights[name] ?? share) / 100);
  return Math.round((sum + Number.EPSILON) * 100) / 100;
}

export interface ScoreThresholds {
  /** At or above: the canary passes. */
  pass: number;
  /** At or above, but below pass: a person looks. Below: it fails. */
  marginal: number;
}

/**
 * The last word over several runs of an analysis (Kayenta's standalone analysis): the last score must be above the
 * marginal threshold and reach the pass threshold, as far as they are given.
 */
export function passesFinally(finalScore: number, thresholds: Readonly<Partial<Record<keyof ScoreThresholds, number>>>): boolean {
  const { pass, marginal } = thresholds;
  if (marginal !== undefined && finalScore <= marginal) return false;
  return pass === undefined || finalScore >= pass;
}
