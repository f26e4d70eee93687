import * as z from 'zod';
import { classifyByMannWhitney, classifyByMean, type MannWhitneyRules } from '../../core/analyze/canary/classify.ts';
import { cohensD, commonLanguageEffect, meanRatio } from '../../core/analyze/canary/effect-sizes.ts';
import { judgeCanary } from '../../core/analyze/canary/judge.ts';
import { detectOutliers, type OutlierRule, withoutMissing, withoutOutliers } from '../../core/analyze/canary/prepare.ts';
import { passesFinally, scoreCanary } from '../../core/analyze/canary/score.ts';
import { locationShift } from '../../core/knowledge/statistics/location-shift.ts';
import { Mismatches, number, samples, tally } from './expectations.ts';
import type { ConformanceResult } from './index.ts';

const label = z.enum(['Pass', 'High', 'Low', 'Nodata', 'NodataFailMetric']);
const direction = z.enum(['increase', 'decrease', 'either']).default('either');
const id = z.string();

const classifyCase = z.object({
  kind: z.literal('classify'),
  id,
  input: z.object({
    classifier: z.enum(['MannWhitney', 'MeanInequality']),
    experiment: samples,
    control: samples,
    direction,
    nanStrategy: z.enum(['remove', 'replace']).default('remove'),
    critical: z.boolean().default(false),
    mustHaveData: z.boolean().default(false),
    tolerance: z.number().default(0.25),
    confLevel: z.number().default(0.95),
    effectSizeMeasure: z.enum(['meanRatio', 'cles']).default('meanRatio'),
    allowedDecrease: z.number().default(1),
    allowedIncrease: z.number().default(1),
    criticalDecrease: z.number().default(1),
    criticalIncrease: z.number().default(1),
  }),
  expected: z.object({
    classification: label.optional(),
    critical: z.boolean().optional(),
    deviation: number.optional(),
    reasonNotEmpty: z.boolean().optional(),
  }),
});

const outlierInput = {
  detector: z.enum(['KSigma', 'IQR']).default('IQR'),
  k: z.number().default(3),
  factor: z.number().default(1.5),
  reduceSensitivity: z.boolean().default(false),
};
const detectCase = z.object({
  kind: z.literal('detect'),
  id,
  input: z.object({ ...outlierInput, data: samples }),
  expected: z.object({ outliers: z.array(z.boolean()) }),
});
const transformCase = z.object({
  kind: z.literal('transform'),
  id,
  input: z.object({ ...outlierInput, data: samples, transform: z.enum(['removeNaNs', 'replaceNaNs', 'removeOutliers']) }),
  expected: z.object({ data: samples }),
});
const effectSizeCase = z.object({
  kind: z.literal('effectSize'),
  id,
  input: z.object({ measure: z.enum(['meanRatio', 'cles', 'cohenD']), experiment: samples, control: samples }),
  expected: z.object({ value: number, tolerance: z.number().default(1e-9) }),
});
const mannWhitneyCase = z.object({
  kind: z.literal('mannWhitney'),
  id,
  input: z.object({ experiment: samples, control: samples, confLevel: z.number() }),
  expected: z.object({
    lower: number,
    upper: number,
    estimate: number,
    toleranceCI: z.number().default(1e-6),
    toleranceEstimate: z.number().default(1e-4),
  }),
});
const groupWeights = z.record(z.string(), z.number()).default({});
const scoreCase = z.object({
  kind: z.literal('score'),
  id,
  input: z.object({
    groupWeights,
    metrics: z.array(
      z.object({
        name: z.string(),
        classification: label,
        groups: z.array(z.string()),
        critical: z.boolean().default(false),
        muted: z.boolean().default(false),
      }),
    ),
  }),
  expected: z.object({ summaryScore: z.number(), groupScores: z.record(z.string(), z.number()).optional() }),
});
const threshold = z.number().nullable().optional();
const finalCase = z.object({
  kind: z.literal('finalJudgement'),
  id,
  input: z.object({ finalScore: z.number(), marginalThreshold: threshold, passThreshold: threshold }),
  expected: z.object({ didPassThresholds: z.boolean() }),
});
const uniform = z.object({ uniform: z.tuple([z.number(), z.number()]) });
const judgeCase = z.object({
  kind: z.literal('judge'),
  id,
  input: z.object({
    metrics: z.array(
      z.object({
        name: z.string(),
        control: uniform,
        experiment: uniform,
        critical: z.boolean().default(false),
        mustHaveData: z.boolean().default(false),
        direction,
        muted: z.boolean().default(false),
        groups: z.array(z.string()),
      }),
    ),
    groupWeights,
    scoreThresholds: z.object({ marginal: z.number(), pass: z.number() }),
  }),
  expected: z.object({
    didPassThresholds: z.boolean(),
    finalScore: z.number().optional(),
    classifications: z.record(z.string(), label).optional(),
  }),
});

const anyCase = z.discriminatedUnion('kind', [
  classifyCase,
  detectCase,
  transformCase,
  effectSizeCase,
  mannWhitneyCase,
  scoreCase,
  finalCase,
  judgeCase,
]);
type Case = z.infer<typeof anyCase>;
type CaseOf<Kind extends Case['kind']> = Extract<Case, { kind: Kind }>;

export function run(file: unknown): ConformanceResult {
  return tally(file, anyCase, check);
}

function check(test: Case): Mismatches {
  const found = new Mismatches();
  switch (test.kind) {
    case 'classify':
      checkClassify(test, found);
      break;
    case 'detect':
      found.equal('outliers', detectOutliers(test.input.data, outlierRule(test.input)), test.expected.outliers);
      break;
    case 'transform':
      found.equal('data', transform(test.input), test.expected.data);
      break;
    case 'effectSize':
      found.absolute('effect size', effectSize(test.input), test.expected.value, test.expected.tolerance);
      break;
    case 'mannWhitney':
      checkMannWhitney(test, found);
      break;
    case 'score':
      checkScore(test, found);
      break;
    case 'finalJudgement':
      checkFinal(test, found);
      break;
    case 'judge':
      for (let seed = 1; seed <= JUDGE_SEEDS; seed++) checkJudge(test, seed, found);
      break;
  }
  return found;
}

function checkClassify({ input, expected }: CaseOf<'classify'>, found: Mismatches): void {
  const sides = {
    name: 'metric',
    experiment: withoutMissing(input.experiment, input.nanStrategy),
    control: withoutMissing(input.control, input.nanStrategy),
  };
  const { effectSizeMeasure: measure, allowedDecrease, allowedIncrease, criticalDecrease, criticalIncrease, confLevel, ...rest } = input;
  const effectSize = { measure, allowedDecrease, allowedIncrease, criticalDecrease, criticalIncrease };
  const rules: MannWhitneyRules = { ...rest, confidence: confLevel, effectSize };
  const got = input.classifier === 'MannWhitney' ? classifyByMannWhitney(sides, rules) : classifyByMean(sides, rules);
  if (expected.classification !== undefined) found.equal('classification', got.label, expected.classification);
  if (expected.critical !== undefined) found.equal('critical', got.critical, expected.critical);
  if (expected.deviation !== undefined) found.absolute('deviation', got.deviation, expected.deviation, 1e-9);
  if (expected.reasonNotEmpty !== undefined) found.equal('has a reason', got.reason !== '', expected.reasonNotEmpty);
}

function outlierRule(input: { detector: 'KSigma' | 'IQR'; k: number; factor: number; reduceSensitivity: boolean }): OutlierRule {
  return input.detector === 'KSigma'
    ? { kind: 'k-sigma', k: input.k }
    : { kind: 'iqr', factor: input.factor, reduceSensitivity: input.reduceSensitivity };
}

function transform(input: CaseOf<'transform'>['input']): number[] {
  if (input.transform === 'removeOutliers') return withoutOutliers(input.data, outlierRule(input));
  return withoutMissing(input.data, input.transform === 'removeNaNs' ? 'remove' : 'replace');
}

function effectSize({ measure, control, experiment }: CaseOf<'effectSize'>['input']): number {
  if (measure === 'meanRatio') return meanRatio(control, experiment);
  // Kayenta's Cohen's d has no sign.
  return measure === 'cles' ? commonLanguageEffect(control, experiment) : Math.abs(cohensD(experiment, control));
}

function checkMannWhitney({ input, expected }: CaseOf<'mannWhitney'>, found: Mismatches): void {
  const shift = locationShift(input.experiment, input.control, input.confLevel);
  found.absolute('lower', shift.lower, expected.lower, expected.toleranceCI);
  found.absolute('upper', shift.upper, expected.upper, expected.toleranceCI);
  found.absolute('estimate', shift.estimate, expected.estimate, expected.toleranceEstimate);
}

function checkScore({ input, expected }: CaseOf<'score'>, found: Mismatches): void {
  const metrics = input.metrics.filter((metric) => !metric.muted);
  const score = scoreCanary(
    metrics.map((metric) => ({ ...metric, label: metric.classification, reason: metric.name })),
    input.groupWeights,
  );
  found.equal('summary score', score.summary, expected.summaryScore);
  for (const [group, value] of Object.entries(expected.groupScores ?? {})) {
    found.absolute(`score of ${group}`, score.groups[group] ?? Number.NaN, value, 0.01);
  }
}

function checkFinal({ input, expected }: CaseOf<'finalJudgement'>, found: Mismatches): void {
  const { marginalThreshold: marginal, passThreshold: pass } = input;
  const passed = passesFinally(input.finalScore, { ...(marginal != null && { marginal }), ...(pass != null && { pass }) });
  found.equal('didPassThresholds', passed, expected.didPassThresholds);
}

const JUDGE_SEEDS = 20;
const JUDGE_SAMPLES = 60;

function checkJudge({ input, expected }: CaseOf<'judge'>, seed: number, found: Mismatches): void {
  const next = mulberry32(seed);
  const draw = ({ uniform: [low, high] }: z.infer<typeof uniform>) =>
    Array.from({ length: JUDGE_SAMPLES }, () => low + next() * (high - low));
  const metrics = input.metrics.map((metric) => ({ ...metric, control: draw(metric.control), experiment: draw(metric.experiment) }));
  const judgement = judgeCanary(metrics, input.groupWeights, input.scoreThresholds);
  const passed = passesFinally(judgement.score.summary, input.scoreThresholds);
  found.equal(`seed ${seed}: didPassThresholds`, passed, expected.didPassThresholds);
  if (expected.finalScore !== undefined) found.equal(`seed ${seed}: score`, judgement.score.summary, expected.finalScore);
  for (const [name, wanted] of Object.entries(expected.classifications ?? {})) {
    const got = judgement.metrics.find((metric) => metric.name === name);
    found.equal(`seed ${seed}: ${name}`, got?.label, wanted);
  }
}

/** A small generator of uniform numbers in [0, 1): the cases need draws, not quality. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
