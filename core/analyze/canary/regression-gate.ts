import type { Verdict } from '../../model/index.ts';
import { mean } from './moments.ts';

export interface RegressionGate {
  verdict: Verdict;
  /** (experiment − control) / |control|; NaN when the control mean is 0 or a side is empty. */
  change: number;
  reason: string;
}

/**
 * The plain gate for a quick look between stages: has the mean become worse by more than a share of what it was?
 * It has no idea of noise; where there are samples to spare, use judgeCanary.
 * @param worse the direction that counts against the experiment
 * @param limit largest accepted change, a share. @default 0.05
 */
export function regressionGate(
  control: readonly number[],
  experiment: readonly number[],
  worse: 'higher' | 'lower',
  limit = 0.05,
): RegressionGate {
  const before = mean(control.filter(Number.isFinite));
  const after = mean(experiment.filter(Number.isFinite));
  if (Number.isNaN(before) || Number.isNaN(after)) return { verdict: 'inconclusive', change: Number.NaN, reason: 'a side has no data' };
  const loss = worse === 'higher' ? after - before : before - after;
  // From a mean of 0 any step is infinitely many per cent; that it got worse at all is the answer then.
  const failed = before === 0 ? loss > 0 : loss > limit * Math.abs(before);
  const change = before === 0 ? Number.NaN : (after - before) / Math.abs(before);
  const text = Number.isNaN(change) ? `from 0 to ${after}` : `${(change * 100).toFixed(1)} % (from ${before} to ${after})`;
  return { verdict: failed ? 'fail' : 'pass', change, reason: `mean changed by ${text}; at most ${limit * 100} % ${worse} is accepted` };
}
