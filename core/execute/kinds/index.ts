import type { StepKind } from '../step-kind.ts';
import { changeCapacity, confirmCapacity, confirmRelief, restoreCapacity } from './capacity.ts';
import { moveDatabase, returnDatabase } from './database.ts';
import { claimGrants, drainAgain, requestDrain, withdrawDrain } from './drain.ts';
import { restoreFlag, setFlag } from './flag.ts';
import { preferOrigin, restoreOrigin } from './origins.ts';
import { preflight } from './preflight.ts';
import { bake, prove } from './proof.ts';
import { confirmReadmitted } from './readmitted.ts';
import { confirmRecovery, restoreRelease, setRelease } from './release.ts';
import { confirmProven, returnTraffic } from './return-traffic.ts';
import { confirmCanary, returnShare, setShare } from './rollout.ts';
import { runScript } from './script.ts';
import { restoreWeights, setWeights } from './weights.ts';

/** Every kind of step that a plan may name: first what changes the world, beside it what takes that back, then the pure checks. */
export const stepKinds: Record<string, StepKind> = {
  'claim-grants': claimGrants,
  'request-drain': requestDrain,
  'withdraw-drain': withdrawDrain,
  'return-traffic': returnTraffic,
  'drain-again': drainAgain,
  'change-capacity': changeCapacity,
  'restore-capacity': restoreCapacity,
  'set-weights': setWeights,
  'restore-weights': restoreWeights,
  'prefer-origin': preferOrigin,
  'restore-origin': restoreOrigin,
  'set-release': setRelease,
  'restore-release': restoreRelease,
  'set-share': setShare,
  'return-share': returnShare,
  'move-database': moveDatabase,
  'return-database': returnDatabase,
  'set-flag': setFlag,
  'restore-flag': restoreFlag,
  'run-script': runScript,
  preflight,
  'confirm-capacity': confirmCapacity,
  'confirm-relief': confirmRelief,
  'confirm-recovery': confirmRecovery,
  'confirm-readmitted': confirmReadmitted,
  'confirm-canary': confirmCanary,
  'confirm-proven': confirmProven,
  prove,
  bake,
};
