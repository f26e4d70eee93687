import * as z from 'zod';
import { servicesOfGroup } from '../config/derive.ts';
import type { StageContext } from '../config/stage-context.ts';
import { readSignal } from '../knowledge/signals.ts';
import { updateStored } from '../knowledge/stored.ts';
import type { Observation } from '../model/index.ts';

const Told = z.object({ at: z.number() });
const tellAgainMs = 15 * 60_000;
const signalMinutes = 5;

/**
 * A failover is proven by what the servers answer; clients that keep an old answer go on coming. The region they come to is the one that
 * can count them: it goes on serving, and says how many there still are, at most every quarter of an hour.
 */
export async function watchStragglers(ctx: StageContext, observations: readonly Observation[]): Promise<void> {
  const own = observations.find(({ observer }) => observer === ctx.region);
  for (const [group, regions] of Object.entries(own?.traffic ?? {})) {
    if (regions.length > 0 && !regions.includes(ctx.region)) await countStragglers(ctx, group);
  }
}

async function countStragglers(ctx: StageContext, group: string): Promise<void> {
  let perMinute = 0;
  for (const service of servicesOfGroup(ctx.config, group)) {
    const reading = await readSignal(ctx, service.name, ctx.region, 'requestsPerMinute', signalMinutes);
    if (reading.ok) perMinute += reading.value.latest;
  }
  if (perMinute < 1 || !(await isNews(ctx, group))) return;
  ctx.ports.trace.record({
    kind: 'StragglersSeen',
    subject: `group:${group}/${ctx.region}`,
    data: { group, region: ctx.region, requestsPerMinute: Math.round(perMinute) },
    reason: `${Math.round(perMinute)} requests a minute still come to ${ctx.region}, which no answer of ${group} names; they are served`,
  });
}

async function isNews(ctx: StageContext, group: string): Promise<boolean> {
  const { store, clock } = ctx.ports;
  const now = clock.now();
  let news = false;
  await updateStored(store, clock, `told#stragglers#${group}`, Told, (current) => {
    news = current === null || now - current.at >= tellAgainMs;
    return news ? { at: now } : null;
  });
  return news;
}
