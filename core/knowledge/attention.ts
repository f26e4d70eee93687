import * as z from 'zod';
import { servicesOfGroup } from '../config/derive.ts';
import type { StageContext } from '../config/stage-context.ts';
import { type Incident, isOpen, isRunning, type Run, type Subject, storeKey, type Target } from '../model/index.ts';
import { updateStored } from './stored.ts';

/** What is worked on in any region as far as this one knows: services by name, and regions that are impaired or drained. */
export const Attention = z.object({ services: z.array(z.string()), regions: z.array(z.string()) });
export type Attention = z.infer<typeof Attention>;

export const attentionKey = storeKey.detector('attention');
export const noAttention: Attention = { services: [], regions: [] };

/** Written when it changes: probes read it each slot, and one item is cheaper to read than every incident there ever was. */
export async function noteAttention(ctx: StageContext, incidents: readonly Incident[], runs: readonly Run[]): Promise<void> {
  const subjects: Pick<Target, 'service' | 'region' | 'group'>[] = [
    ...runs.filter(isRunning).map((run) => run.target),
    ...incidents.filter(isOpen).map(({ subject, group }) => ({
      service: subject.service,
      region: subject.region ?? ctx.region,
      ...(group === undefined ? {} : { group }),
    })),
  ];
  const services = subjects.flatMap(({ service, group }) => [
    service,
    ...(group === undefined ? [] : servicesOfGroup(ctx.config, group).map((each) => each.name)),
  ]);
  const regions = subjects.flatMap(({ region, group }) => (group === undefined ? [] : [region]));
  const next: Attention = { services: [...new Set(services)].sort(), regions: [...new Set(regions)].sort() };
  await updateStored(ctx.ports.store, ctx.ports.clock, attentionKey, Attention, (current) =>
    JSON.stringify(current ?? noAttention) === JSON.stringify(next) ? null : next,
  );
}

/** Whether an endpoint of this subject is looked at more closely: its service is worked on, or its region is. */
export function isHeeded({ services, regions }: Attention, { service, region }: Subject): boolean {
  return services.includes(service) || (region !== undefined && regions.includes(region));
}
