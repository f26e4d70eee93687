import type { StageContext } from '../config/stage-context.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { copyToPeers, livePeers } from '../knowledge/peer-copies.ts';
import { readStored, updateStored } from '../knowledge/stored.ts';
import { keepSwitch, readSwitch } from '../knowledge/switches.ts';
import { freezeSwitch, type Result, type Run, Switch, storeKey, targetKey } from '../model/index.ts';

/** What could not be taken back belongs to people: nothing more is done to the target, in any region, until somebody thaws it. */
export async function freezeTarget(
  given: StageContext,
  run: Pick<Run, 'planId' | 'target' | 'avoid' | 'incidentId'>,
  reason: string,
): Promise<Result<void>> {
  const ctx = patientTables(given);
  const { store, clock, trace } = ctx.ports;
  const target = targetKey(run.target);
  const key = storeKey.switch(freezeSwitch(target));
  const word: Switch = { on: true, by: `evenkeel ${run.planId}`, at: clock.now(), reason };
  const [own, peers] = await Promise.all([updateStored(store, clock, key, Switch, () => word), copyToPeers(ctx, key, word, run.avoid)]);
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

/**
 * A run that was given to people while its target could not be frozen is made good. Whatever word there is, here or at a peer's, stands:
 * a person may have thawed it since.
 */
export async function freezeWhereNobodyDid(ctx: StageContext, run: Run): Promise<void> {
  const { clock } = ctx.ports;
  const name = freezeSwitch(targetKey(run.target));
  const own = await readSwitch(ctx, name);
  if (!own.ok || own.value !== null) return;
  const peers = await Promise.all(livePeers(ctx, run.avoid).map(([, peer]) => readStored(peer, clock, storeKey.switch(name), Switch)));
  const words = peers.flatMap((peer) => (peer.ok && peer.value.value !== null ? [peer.value.value] : []));
  const last = words.sort((a, b) => b.at - a.at)[0];
  if (last === undefined) await freezeTarget(ctx, run, `given to people: ${run.reason}`);
  else await keepSwitch(ctx, name, last);
}
