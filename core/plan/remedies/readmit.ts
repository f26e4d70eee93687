import * as z from 'zod';
import type { StageContext } from '../../config/stage-context.ts';
import { type Capacity, failed, ok, type Result, type Target, type UnitState } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { openIncidentOf } from '../open-incident.ts';
import { once, step } from '../step.ts';
import type { Remedy } from './remedy.ts';

const callMs = 8_000;
/** How long what came back has to stay well: grey trouble of one unit in four shows within two to four minutes (docs/detection.md). */
const trialSeconds = 300;

const Args = z.object({ unit: z.string() });

/**
 * Units that were taken out are put back on trial, which only a person starts: they take traffic and have to stay well for a while, else
 * they are taken out again. Executed in their own region.
 */
export const readmit: Remedy = async (ctx, incident, rawArgs) => {
  const { unit } = Args.parse(rawArgs);
  const { service, region } = incident.subject;
  if (region === undefined || region !== ctx.region) return failed('refused', `units of ${service} are readmitted from their own region`);
  const target: Target = { service, region };
  const out = await unitsOut(ctx, target, unit);
  if (!out.ok) return out;
  const sick = out.value.filter((each) => !each.healthy).map((each) => each.id);
  if (sick.length > 0)
    return failed(
      'refused',
      `the platform calls ${sick.join(', ')} of ${service} unhealthy: only what is well is put back, or have it replaced`,
    );
  const open = await openIncidentOf(ctx, target);
  if (!open.ok) return open;
  if (open.value !== null) return failed('refused', `${open.value.id} is ${open.value.state}: nothing is put back into trouble`);
  const units = out.value.map((each) => each.id);
  const changes = [{ target: { service, region }, change: { kind: 'readmit', units } }];
  return ok({
    action: 'shift',
    target,
    capacityOutShare: 0,
    steps: [
      step('stage-1', 'change-capacity', { changes }, once(300), { kind: 'restore-capacity', verify: once(180) }),
      step('recover', 'confirm-readmitted', { target: { service, region }, units, seconds: trialSeconds }, once(trialSeconds + 120)),
    ],
    reason: `put ${units.join(', ')} of ${service} in ${region} back on trial for ${trialSeconds / 60} min: ${incident.cause}`,
  });
};

/** The unit of this id, or the units of this zone, that are out. */
async function unitsOut(ctx: StageContext, target: Target, asked: string): Promise<Result<UnitState[]>> {
  const now = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
  if (!now.ok) return now;
  const meant = now.value.units.filter((unit) => unit.id === asked || unit.zone === asked);
  const where = `${target.service} in ${target.region}`;
  if (meant.length === 0) return failed('not-found', `${where} has no unit and no zone ${JSON.stringify(asked)}; ${wordsOfOut(now.value)}`);
  const out = meant.filter((unit) => unit.ejected);
  return out.length === 0 ? failed('refused', `${asked} of ${where} is not out of the load balancer; ${wordsOfOut(now.value)}`) : ok(out);
}

function wordsOfOut({ units }: Capacity): string {
  const out = units.filter((unit) => unit.ejected).map((unit) => `${unit.id} (zone ${unit.zone})`);
  return out.length === 0 ? 'no unit is out' : `out ${out.length === 1 ? 'is' : 'are'} ${out.join(', ')}`;
}
