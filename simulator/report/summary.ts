import { type StepRecord, targetKey } from '../../core/model/index.ts';
import type { Records } from '../host/records.ts';

export interface Action {
  at: number;
  action: string;
  target: string;
  state: string;
  reason: string;
}

export interface Summary {
  detectedAfterSeconds: number | null;
  recoveredAfterSeconds: number | null;
  actions: Action[];
  reversals: { at: number; step: string; verdict: string }[];
}

/** Steps of these kinds ask and look; all others change something. */
const looking: ReadonlySet<string> = new Set([
  'confirm-quorum',
  'claim-grants',
  'preflight',
  'confirm-capacity',
  'confirm-canary',
  'confirm-relief',
  'confirm-recovery',
  'confirm-proven',
  'confirm-readmitted',
  'prove',
  'bake',
]);

export function hasActed(steps: readonly StepRecord[]): boolean {
  return steps.some((step) => step.appliedAt !== undefined && !looking.has(step.kind));
}

/** The story of a run in figures. Detected: an incident opens. Recovered: the proof of the first verified action passes. */
export function summarise(records: Records, firstFaultAt: number): Summary {
  const opened = records.incidents[0]?.openedAt;
  const provenAt = firstProof(records);
  return {
    detectedAfterSeconds: opened === undefined ? null : (opened - firstFaultAt) / 1000,
    recoveredAfterSeconds: provenAt === undefined ? null : (provenAt - firstFaultAt) / 1000,
    actions: records.runs.map((run) => ({
      at: run.startedAt,
      action: run.action,
      target: targetKey(run.target),
      state: run.state,
      reason: run.reason,
    })),
    reversals: [...records.steps.values()].flat().flatMap((step) => {
      if (step.undo === undefined) return [];
      return [{ at: step.undo.startedAt, step: `${step.plan}/${step.step}`, verdict: step.undo.verdict ?? 'inconclusive' }];
    }),
  };
}

function firstProof({ runs, steps }: Records): number | undefined {
  for (const run of runs.filter((each) => each.state === 'verified')) {
    const proof = steps.get(run.planId)?.find((step) => step.kind === 'prove' && step.verdict === 'pass');
    const at = proof?.committedAt ?? run.endedAt;
    if (at !== undefined) return at;
  }
  return undefined;
}
