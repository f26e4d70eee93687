import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { putStored, readStored } from '../knowledge/stored.ts';
import { tellPeople } from '../knowledge/tell-people.ts';
import { type Incident, isOpen } from '../model/index.ts';

/** Written before the page is sent, so that it is sent once; `delivered` says whether it has to be tried again. */
const Page = z.object({ incident: z.string(), at: z.number(), delivered: z.boolean() });

const keptMs = 30 * 24 * 3_600_000;

/** Until the minute after this one looks, with some seconds for a schedule that is late: the deadline may not fall in between. */
const nextLookMs = 65_000;

const pageKey = (incident: string): string => `page#${incident}`;

/** A person is paged, by its deadline at the latest, for a critical incident of this region that is still worked on, whatever level is running. */
export async function pageWhenDue(ctx: StageContext, incident: Incident): Promise<void> {
  const { store, clock } = ctx.ports;
  const now = clock.now();
  if (incident.region !== ctx.region || incident.severity !== 'critical' || !isOpen(incident)) return;
  if (now + nextLookMs < incident.deadlineAt) return;
  const key = pageKey(incident.id);
  const read = await readStored(store, clock, key, Page);
  if (!read.ok || read.value.value?.delivered === true) return;
  const page = { incident: incident.id, at: now, delivered: true };
  const claimed = await putStored(store, clock, key, page, read.value.version, now + keptMs);
  if (!claimed.ok) return;
  const minutes = Math.round((now - incident.openedAt) / 60_000);
  const told = await tellPeople(ctx, {
    id: `page-${incident.id}`,
    at: now,
    severity: 'critical',
    page: true,
    incident: incident.id,
    title: `${incident.id} is not over after ${minutes} min`,
    text: `${incident.state}: ${incident.cause}; recovery is not verified, evenkeel goes on${incident.tried.length > 0 ? ` (tried: ${incident.tried.join(', ')})` : ''}`,
  });
  if (!told.ok) await putStored(store, clock, key, { ...page, delivered: false }, claimed.value.version, now + keptMs);
}
