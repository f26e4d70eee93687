import type { StageContext } from '../config/stage-context.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { startResponder } from '../knowledge/responder.ts';
import { updateStored } from '../knowledge/stored.ts';
import { Incident, isOpen, type Message, storeKey } from '../model/index.ts';
import { recoverBreakers, settleBreaker } from './breakers.ts';

/** An incident that is open and ours gets its responder, an outcome anywhere is counted by its breaker; the rest is not for this stage. */
export async function onPlanMessage(given: StageContext, message: Message): Promise<void> {
  const ctx = patientTables(given);
  if (message.type === 'OutcomeRecorded') return settleBreaker(ctx, message.body);
  if (message.type !== 'IncidentOpened' && message.type !== 'IncidentChanged') return;
  if (message.body.region !== ctx.region || message.body.state !== 'open') return;
  await keepHandedOver(ctx, message.from, message.body);
  await startResponder(ctx, message.body);
}

/** Once a minute: breakers that are held are let go in order when what held them is well. */
export async function planMinute(ctx: StageContext): Promise<void> {
  await recoverBreakers(ctx);
}

/** Whoever holds an incident may hand it over; the message says so even when the copy to this table went astray. */
async function keepHandedOver(ctx: StageContext, from: string, handed: Incident): Promise<void> {
  await updateStored(ctx.ports.store, ctx.ports.clock, storeKey.incident(handed.id), Incident, (current): Incident | null => {
    if (current === null) return handed;
    return current.region === from && from !== ctx.region && isOpen(current) && current.epoch <= handed.epoch ? handed : null;
  });
}
