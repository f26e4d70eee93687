import type { StepKind } from '../step-kind.ts';
import { confirmCapacity, restoreCapacity, setCapacity } from './capacity.ts';
import { claimGrants, requestDrain, withdrawDrain } from './drain.ts';
import { preflight } from './preflight.ts';
import { bake, prove } from './proof.ts';

/** Every kind of step that a plan may name. */
export const stepKinds: Record<string, StepKind> = {
  'claim-grants': claimGrants,
  'request-drain': requestDrain,
  'withdraw-drain': withdrawDrain,
  preflight,
  'set-capacity': setCapacity,
  'restore-capacity': restoreCapacity,
  'confirm-capacity': confirmCapacity,
  prove,
  bake,
};
