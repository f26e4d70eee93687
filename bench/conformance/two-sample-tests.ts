import * as z from 'zod';
import { cliffsDelta, cohensD, hedgesG } from '../../core/analyze/canary/effect-sizes.ts';
import { mannWhitneyExactP, mannWhitneyP, mannWhitneyU } from '../../core/analyze/canary/mann-whitney.ts';
import { welchTest } from '../../core/analyze/canary/welch.ts';
import { kolmogorovSmirnovTest } from '../../core/knowledge/statistics/kolmogorov-smirnov.ts';
import { Mismatches, number, readWhole, samples, tally } from './expectations.ts';
import type { ConformanceResult } from './index.ts';

/** A reference value; null is "undefined" and must come out as NaN. */
const reference = number.nullable();
const uAndP = z.object({ U: number, p: reference });
const tAndP = z.object({ t: reference, p: reference });

const caseSchema = z.object({
  id: z.string(),
  a: samples,
  b: samples,
  mannwhitney_asymptotic_cc: z.object({ 'two-sided': uAndP, greater: uAndP, less: uAndP }),
  mannwhitney_asymptotic_nocc_two_sided_p: reference,
  mannwhitney_exact_two_sided_p: reference.optional(),
  ks: z.object({ D: number, p_asymp: reference, p_kolmogorov_limit: reference.optional(), p_exact: reference.optional() }),
  welch: z.object({ 'two-sided': tAndP, greater: tAndP, less: tAndP, df: reference }),
  cohens_d_pooled: reference,
  hedges_g: reference,
  cliffs_delta: reference,
});

const fileSchema = z.object({
  tolerances: z.object({
    'U,D': z.number(),
    p_relative: z.number(),
    ks_p_exact_relative: z.number(),
    welch_relative: z.number(),
    effect_sizes_relative: z.number(),
  }),
});

type Case = z.infer<typeof caseSchema>;
type Tolerances = z.infer<typeof fileSchema>['tolerances'];

export function run(file: unknown): ConformanceResult {
  const { tolerances } = readWhole(fileSchema, file);
  return tally(file, caseSchema, (test) => {
    const found = new Mismatches();
    compareMannWhitney(test, tolerances, found);
    compareKolmogorovSmirnov(test, tolerances, found);
    compareWelch(test, tolerances, found);
    found.relative('cohens_d_pooled', cohensD(test.a, test.b), test.cohens_d_pooled, tolerances.effect_sizes_relative);
    found.relative('hedges_g', hedgesG(test.a, test.b), test.hedges_g, tolerances.effect_sizes_relative);
    found.relative('cliffs_delta', cliffsDelta(test.a, test.b), test.cliffs_delta, tolerances.effect_sizes_relative);
    return found;
  });
}

function compareMannWhitney(test: Case, tolerances: Tolerances, found: Mismatches): void {
  for (const alternative of ['two-sided', 'greater', 'less'] as const) {
    const expected = test.mannwhitney_asymptotic_cc[alternative];
    found.absolute(`U ${alternative}`, mannWhitneyU(test.a, test.b), expected.U, tolerances['U,D']);
    found.relative(`p ${alternative}`, mannWhitneyP(test.a, test.b, alternative, true), expected.p, tolerances.p_relative);
  }
  const plain = mannWhitneyP(test.a, test.b, 'two-sided', false);
  found.relative('p without correction', plain, test.mannwhitney_asymptotic_nocc_two_sided_p, tolerances.p_relative);
  if (test.mannwhitney_exact_two_sided_p === undefined) return;
  const exact = mannWhitneyExactP(test.a, test.b) ?? Number.NaN;
  found.relative('p exact', exact, test.mannwhitney_exact_two_sided_p, tolerances.p_relative);
}

function compareKolmogorovSmirnov(test: Case, tolerances: Tolerances, found: Mismatches): void {
  const { d, pAsymptotic, pLimit, pExact } = kolmogorovSmirnovTest(test.a, test.b);
  found.absolute('KS D', d, test.ks.D, tolerances['U,D']);
  found.relative('KS p_asymp', pAsymptotic, test.ks.p_asymp, tolerances.p_relative);
  if (test.ks.p_kolmogorov_limit !== undefined) found.relative('KS limit', pLimit, test.ks.p_kolmogorov_limit, tolerances.p_relative);
  if (test.ks.p_exact !== undefined) found.relative('KS p_exact', pExact ?? Number.NaN, test.ks.p_exact, tolerances.ks_p_exact_relative);
}

function compareWelch(test: Case, tolerances: Tolerances, found: Mismatches): void {
  const welch = welchTest(test.a, test.b);
  found.relative('Welch df', welch.df, test.welch.df, tolerances.welch_relative);
  found.relative('Welch t', welch.t, test.welch['two-sided'].t, tolerances.welch_relative);
  found.relative('Welch p two-sided', welch.pTwoSided, test.welch['two-sided'].p, tolerances.welch_relative);
  found.relative('Welch p greater', welch.pGreater, test.welch.greater.p, tolerances.welch_relative);
  found.relative('Welch p less', welch.pLess, test.welch.less.p, tolerances.welch_relative);
}
