import * as z from 'zod';
import { findService } from '../../config/derive.ts';
import type { StageContext } from '../../config/stage-context.ts';
import { readHealth } from '../../knowledge/health.ts';
import { type Capacity, failed, type Incident, JsonObject, ok, type Result, type Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { once, step, twice } from '../step.ts';
import type { Remedy } from './remedy.ts';

const callMs = 8_000;
const unitsMax = 12;

const RestartArgs = z.object({ units: z.number().int().min(1).max(unitsMax).optional() });

/**
 * One unit after the other is replaced: the sick one when it is known, else the oldest, never below minimum health. What a restart wipes out
 * is written down first, in the plan, which stands here and at a peer before anything is touched.
 */
export const restart: Remedy = async (ctx, incident, rawArgs) => {
  const args = RestartArgs.safeParse(rawArgs).data ?? {};
  const found = await unitsOf(ctx, incident);
  if (!found.ok) return found;
  const { target, capacity } = found.value;
  const sick = capacity.units.filter((unit) => unit.id === incident.subject.unit || !unit.healthy).map((unit) => unit.id);
  const byAge = [...capacity.units].sort((a, b) => a.startedAt - b.startedAt).map((unit) => unit.id);
  const units = (sick.length > 0 ? sick : byAge)
    .slice(0, args.units ?? Math.max(1, sick.length === 0 ? byAge.length : sick.length))
    .slice(0, unitsMax);
  const minimum = findService(ctx.config, target.service)?.deployments[target.region]?.minUnits ?? 1;
  const healthy = capacity.units.filter((unit) => unit.healthy && !unit.ejected).length;
  const well = units.filter((id) => capacity.units.find((unit) => unit.id === id)?.healthy === true).length;
  if (units.length === 0) return failed('refused', `${target.service} in ${target.region} has no unit to restart`);
  if (healthy - Math.min(1, well) < minimum)
    return failed('refused', `${healthy} units of ${target.service} are healthy; a restart would go below the minimum of ${minimum}`);
  const recovery = recoveryArgs(incident, target);
  const evidence = await evidenceOf(ctx, incident, target, capacity);
  return ok({
    action: 'restart',
    target,
    capacityOutShare: capacity.units.length === 0 ? 1 : 1 / capacity.units.length,
    steps: [
      ...units.map((unit, index) =>
        step(
          `stage-${index + 1}`,
          'change-capacity',
          { changes: [{ target: plain(target), change: { kind: 'replace', unit } }], ...(index === 0 ? { evidence } : {}) },
          once(420),
          {
            kind: 'restore-capacity',
            verify: once(420),
          },
        ),
      ),
      step('recover', 'confirm-recovery', recovery, twice(180)),
    ],
    reason: `restart ${units.length} of ${capacity.units.length} units of ${target.service} in ${target.region}, one at a time: ${incident.cause}`,
  });
};

const evidenceMs = 600_000;

/** The last looks at the service, its units as they are, and where and when to look in its logs. */
async function evidenceOf(ctx: StageContext, incident: Incident, { service, region }: Target, capacity: Capacity): Promise<JsonObject> {
  const health = await readHealth(ctx, service, region);
  const endpoints = Object.entries((health.ok ? health.value?.endpoints : null) ?? {});
  const looks = endpoints.map(([name, { at, last, status, responseMs, sickAddresses, reason }]) => ({
    ...{ name, at, last, status, responseMs, sickAddresses, reason },
  }));
  const now = ctx.ports.clock.now();
  const { targetGroups: _, ...deployment } = findService(ctx.config, service)?.deployments[region] ?? {};
  const logs = { deployment, from: Math.min(incident.onsetAt ?? incident.openedAt, now - evidenceMs), to: now };
  return JsonObject.parse({ at: now, looks, units: capacity.units, logs });
}

/** Takes the sick unit, or the sick zone's units, out of the load balancer; the service must be able to do without. */
export const eject: Remedy = async (ctx, incident) => {
  const found = await unitsOf(ctx, incident);
  if (!found.ok) return found;
  const { target, capacity } = found.value;
  const zone = incident.locus === 'zone' ? incident.subject.unit : undefined;
  const units = capacity.units
    .filter((unit) => (zone === undefined ? unit.id === incident.subject.unit : unit.zone === zone) && !unit.ejected)
    .map((unit) => unit.id);
  if (units.length === 0)
    return failed('refused', `no unit of ${target.service} in ${target.region} is known as ${incident.subject.unit ?? 'the sick one'}`);
  const left = capacity.units.filter((unit) => unit.healthy && !unit.ejected && !units.includes(unit.id)).length;
  const minimum = findService(ctx.config, target.service)?.deployments[target.region]?.minUnits ?? 1;
  if (left < minimum) return failed('refused', `${left} healthy units of ${target.service} would be left; the minimum is ${minimum}`);
  return ok({
    action: 'shift',
    target,
    capacityOutShare: units.length / capacity.units.length,
    steps: [
      step('stage-1', 'change-capacity', { changes: [{ target: plain(target), change: { kind: 'eject', units } }] }, once(120), {
        kind: 'restore-capacity',
        verify: once(180),
      }),
      step('recover', 'confirm-recovery', recoveryArgs(incident, target), twice(180)),
    ],
    reason: `eject ${units.join(', ')} of ${target.service} in ${target.region}, ${left} healthy units stay: ${incident.cause}`,
  });
};

function recoveryArgs(incident: Incident, target: Target): JsonObject {
  const unit = incident.locus === 'unit' ? incident.subject.unit : undefined;
  return { service: target.service, region: target.region, ...(unit === undefined ? {} : { unit }) };
}

const plain = ({ service, region }: Target): JsonObject => ({ service, region });

async function unitsOf(ctx: Parameters<Remedy>[0], incident: Incident): Promise<Result<{ target: Target; capacity: Capacity }>> {
  const { service, region } = incident.subject;
  if (region === undefined) return failed('refused', `${incident.id} names no region to act in`);
  if (region !== ctx.region) return failed('refused', `units in ${region} are acted on from ${region}, not from ${ctx.region}`);
  if (findService(ctx.config, service)?.deployments[region] === undefined)
    return failed('refused', `${service} has no deployment in ${region}`);
  const target: Target = { service, region };
  const capacity = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
  return capacity.ok ? ok({ target, capacity: capacity.value }) : capacity;
}
