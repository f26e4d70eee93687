import type { JsonObject, Step, Verification } from '../model/index.ts';

export const once = (deadlineSeconds: number): Verification => ({ k: 1, n: 1, deadlineSeconds, vantages: 1 });
export const twice = (deadlineSeconds: number): Verification => ({ k: 2, n: 3, deadlineSeconds, vantages: 2 });

/** A step with an undo of its own, which gets the same arguments. */
export function step(
  id: string,
  kind: string,
  args: JsonObject,
  verify: Verification,
  undo: { kind: string; verify: Verification } | null = null,
): Step {
  const undoStep: Step | null =
    undo === null ? null : { id: `${id}-undo`, kind: undo.kind, args, verify: undo.verify, undo: null, irreversible: false };
  return { id, kind, args, verify, undo: undoStep, irreversible: false };
}
