import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { readStored } from '../knowledge/stored.ts';
import { tellOnce } from '../knowledge/tell-people.ts';
import { isoTime, Plan, type Run, storeKey, targetKey } from '../model/index.ts';
import { within } from '../ports/within.ts';

const callMs = 5_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const weekMs = 7 * dayMs;

const Ejection = z.object({ changes: z.array(z.object({ change: z.object({ kind: z.literal('eject'), units: z.array(z.string()) }) })) });

/**
 * Units that were taken out stay out until somebody has them put back on trial (`op readmit`): what made them sick is not seen from outside
 * once nobody is sent there. While they are out, people are reminded of it after an hour and once a day for a week.
 */
export async function tellWhatIsOut(ctx: StageContext, run: Run): Promise<void> {
  const { store, clock } = ctx.ports;
  const { planId, target, endedAt } = run;
  if (run.action !== 'shift' || run.state !== 'verified' || target.group !== undefined || target.region !== ctx.region) return;
  const since = clock.now() - (endedAt ?? run.startedAt) - hourMs;
  // One read of the plan and one look at the platform a minute, within the hour that it is due in.
  if (since < 0 || since >= weekMs || since % dayMs >= hourMs) return;
  const plan = await readStored(store, clock, storeKey.plan(planId), Plan);
  if (!plan.ok) return;
  const ejected = (plan.value.value?.steps ?? []).flatMap(({ args }) => {
    const parsed = Ejection.safeParse(args);
    return parsed.success ? parsed.data.changes.flatMap(({ change }) => change.units) : [];
  });
  if (ejected.length === 0) return;
  const now = await ctx.ports.capacity.snapshot(target, within(clock, callMs));
  const out = (now.ok ? now.value.units : []).filter((unit) => unit.ejected && ejected.includes(unit.id)).map((unit) => unit.id);
  if (out.length === 0) return;
  const title = `${out.join(', ')} of ${targetKey(target)} ${out.length === 1 ? 'is' : 'are'} still out of the load balancer`;
  const text = `since ${isoTime(endedAt ?? run.startedAt)}, by ${planId}: evenkeel does not put units back by itself; where they are well, \`evenkeel op readmit ${target.service} <unit> --region ${target.region}\` puts them back on trial, or have them replaced`;
  await tellOnce(ctx, { id: `out/${planId}/${Math.floor(since / dayMs)}`, severity: 'warning', page: false, title, text }, run.avoid);
}
