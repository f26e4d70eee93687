import { isRunning } from '../../core/model/index.ts';
import { readRecords } from '../host/records.ts';
import type { Checker, Truth } from './checker.ts';

/** Kinds of steps that only look; a claim of grants binds the voters. */
const looks = /^(confirm-.*|preflight|prove|bake)$/;

/** No step without a verdict: what was applied was proven, undone with proof, or frozen for people; a verified run proved every step. */
export function verdicts({ shared }: Truth): Checker {
  const violations: Checker['violations'] = [];
  return {
    name: 'verdicts',
    violations,
    onEnd(at) {
      const { runs, steps } = readRecords(shared.stores.values());
      for (const run of runs.filter((each) => !isRunning(each))) {
        for (const step of steps.get(run.planId) ?? []) {
          const judged = step.verdict !== undefined || step.undo?.verdict !== undefined || step.state === 'frozen';
          // A step is a mutation (DESIGN §4): a look that an executor began and lost the run over has touched nothing (seed 3518).
          if (step.appliedAt !== undefined && !looks.test(step.kind) && !judged && run.state !== 'escalated')
            violations.push({ at, reason: `${step.step} of ${run.planId} was applied and never judged; the run is ${run.state}` });
          if (run.state === 'verified' && step.verdict !== 'pass')
            violations.push({
              at,
              reason: `${run.planId} is verified, but its step ${step.step} is ${step.verdict ?? 'without a verdict'}`,
            });
        }
      }
    },
  };
}
