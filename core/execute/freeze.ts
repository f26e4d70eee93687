import type { StageContext } from '../config/stage-context.ts';
import { copyToPeers } from '../knowledge/peer-copies.ts';
import { updateStored } from '../knowledge/stored.ts';
import { retryTransient } from '../knowledge/transient.ts';
import { freezeSwitch, type Result, type Run, Switch, storeKey, targetKey } from '../model/index.ts';

/** What could not be taken back belongs to people: nothing more is done to the target, in any region, until somebody thaws it. */
export async function freezeTarget(
  ctx: StageContext,
  run: Pick<Run, 'planId' | 'target' | 'avoid' | 'incidentId'>,
  reason: string,
): Promise<Result<void>> {
  const { store, clock, trace } = ctx.ports;
  const target = targetKey(run.target);
  const key = storeKey.switch(freezeSwitch(target));
  const word: Switch = { on: true, by: `evenkeel ${run.planId}`, at: clock.now(), reason };
  const [own, peers] = await Promise.all([
    retryTransient(ctx, () => updateStored(store, clock, key, Switch, () => word)),
    copyToPeers(ctx, key, word, run.avoid),
  ]);
  // The word stands as soon as one table holds it: a start is refused by the own switch, and every start asks for a peer's lease.
  if (!own.ok && !peers.ok) return own;
  trace.record({
    kind: 'TargetFrozen',
    subject: target,
    incident: run.incidentId,
    data: { target, plan: run.planId },
    reason,
  });
  return own.ok ? { ok: true, value: undefined } : own;
}
