import type { StageContext } from '../config/stage-context.ts';
import type { Incident } from '../model/index.ts';
import { within } from '../ports/within.ts';

const callMs = 5_000;
const respondersMax = 20;

/**
 * Starts the respond machine for an open incident of the own region, unless it runs. Each start has its own name, so that a delivery that
 * comes twice starts once and a responder that died is followed by another, at most twenty. Answers false when all of them have ended.
 */
export async function startResponder(ctx: StageContext, incident: Incident): Promise<boolean> {
  const { machines, clock } = ctx.ports;
  for (let start = 0; start < respondersMax; start += 1) {
    const name = `respond-${incident.id}-${incident.epoch}-${start}`;
    const known = await machines.describe(`respond:${name}`, within(clock, callMs));
    if (known.ok && known.value.status === 'RUNNING') return true;
    if (known.ok) continue;
    if (known.code !== 'not-found') return true;
    const input = { incidentId: incident.id, planId: '-', epoch: incident.epoch, attempt: incident.attempt + 1 };
    await machines.start('respond', name, input, within(clock, callMs));
    return true;
  }
  return false;
}
