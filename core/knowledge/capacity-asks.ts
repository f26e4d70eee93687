import * as z from 'zod';
import type { Deployment, Service } from '../config/schema.ts';
import type { StageContext } from '../config/stage-context.ts';
import { ok, type Result, storeKey } from '../model/index.ts';
import { readStored } from './stored.ts';

/** Units that the forecast of the load wants before they are needed: a wish, which becomes an incident and passes every policy. */
const CapacityAsk = z.object({
  desired: z.number().int().positive(),
  /** Units that were wanted to run when it was made. */
  from: z.number().int().nonnegative(),
  reason: z.string(),
});
export type CapacityAsk = z.infer<typeof CapacityAsk>;

/** What the last turn of the capacity plan asked for in the own region, by service. */
export const CapacityAsks = z.object({ at: z.number(), asks: z.record(z.string(), CapacityAsk) });
export type CapacityAsks = z.infer<typeof CapacityAsks>;

export const capacityAsksKey = storeKey.detector('capacity-plan');

/** Seconds between two turns of the plan. */
export const capacityTurnSeconds = 300;
/** A plan that has missed two turns says nothing about the hour ahead. */
const freshMs = 3 * capacityTurnSeconds * 1000;

/** What the capacity of a service is planned by. */
export interface PlannedService {
  service: Service;
  deployment: Deployment;
  loadPerUnit: number;
}

/** Services of the region whose hour ahead is planned: functions scale by themselves; of the others it has to be known what a unit serves and where requests are counted. */
export function plannedServices({ config, region }: StageContext): PlannedService[] {
  return config.services.flatMap((service) => {
    const deployment = service.deployments[region];
    if (deployment === undefined || deployment.kind === 'lambda' || deployment.targetGroups.length === 0) return [];
    const loadPerUnit = deployment.unitCapacityPerSecond;
    return loadPerUnit === undefined ? [] : [{ service, deployment, loadPerUnit }];
  });
}

/** The standing asks of the own region, by service; none where the plan is too old to speak. */
export async function readCapacityAsks(ctx: StageContext): Promise<Result<CapacityAsks['asks']>> {
  if (plannedServices(ctx).length === 0) return ok({});
  const read = await readStored(ctx.ports.store, ctx.ports.clock, capacityAsksKey, CapacityAsks);
  if (!read.ok) return read;
  const plan = read.value.value;
  return ok(plan === null || ctx.ports.clock.now() - plan.at > freshMs ? {} : plan.asks);
}
