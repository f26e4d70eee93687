import type { StageContext } from '../config/stage-context.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { startResponder } from '../knowledge/responder.ts';
import { updateStored } from '../knowledge/stored.ts';
import { Incident, isOpen, type Message, storeKey } from '../model/index.ts';
import { settleBreaker } from './breakers.ts';

/** `liftDegrade` (lift-degrade.ts), which a function may load when the first dependency is well again. */
export type LiftDegrade = (ctx: StageContext, ended: Incident) => Promise<void>;

/**
 * An incident that is open and ours gets its responder, one that has ended takes back what was degraded for it, an outcome anywhere is
 * counted by its breaker; the rest is not for this stage.
 */
export async function onPlanMessage(given: StageContext, message: Message, lift: LiftDegrade): Promise<void> {
  const ctx = patientTables(given);
  if (message.type === 'OutcomeRecorded') return settleBreaker(ctx, message.body);
  if (message.type !== 'IncidentOpened' && message.type !== 'IncidentChanged') return;
  if (message.body.state === 'resolved' && message.body.alert === 'dependency-down') await lift(ctx, message.body);
  if (message.body.region !== ctx.region || message.body.state !== 'open') return;
  await keepHandedOver(ctx, message.from, message.body);
  await startResponder(ctx, message.body);
}

/** Whoever holds an incident may hand it over; the message says so even when the copy to this table went astray. */
async function keepHandedOver(ctx: StageContext, from: string, handed: Incident): Promise<void> {
  await updateStored(ctx.ports.store, ctx.ports.clock, storeKey.incident(handed.id), Incident, (current): Incident | null => {
    if (current === null) return handed;
    return current.region === from && from !== ctx.region && isOpen(current) && current.epoch <= handed.epoch ? handed : null;
  });
}
