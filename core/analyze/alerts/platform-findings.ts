import type { CapacityAsk } from '../../knowledge/capacity-asks.ts';
import type { Capacity } from '../../model/index.ts';
import type { Finding } from './findings.ts';

/** Units that have not been healthy for longer than they may take to start; those that we took out ourselves are no finding. */
export function platformFindings(service: string, capacity: Capacity, startedBefore: number): Finding[] {
  const sick = capacity.units.filter((unit) => !unit.healthy && !unit.ejected && unit.startedAt <= startedBefore);
  if (sick.length === 0) return [];
  const names = sick.map((unit) => unit.id).join(', ');
  return [
    {
      alert: 'node-not-ready',
      service,
      ...(sick[0] === undefined ? {} : { unit: sick[0].id }),
      locus: 'unit',
      reason: `${sick.length} of ${capacity.units.length} units of ${service} are not healthy: ${names}`,
    },
  ];
}

/** Fewer units than the capacity plan asks for. */
export function forecastFindings(service: string, capacity: Capacity, ask: CapacityAsk | undefined): Finding[] {
  if (ask === undefined || capacity.desired >= ask.desired) return [];
  return [{ alert: 'capacity-forecast', service, locus: 'service', reason: ask.reason }];
}

/**
 * The zone in which no unit of any service is healthy, two units at least, while every other zone has a healthy one. What is left of a
 * service may be overloaded and fail as well, so that its probes no longer tell; the platform does.
 */
export function darkZone(capacities: readonly Capacity[]): string | null {
  const units = capacities.flatMap((capacity) => capacity.units.filter((unit) => !unit.ejected));
  const zones = [...Map.groupBy(units, (unit) => unit.zone)];
  const dark = zones.filter(([, each]) => each.every((unit) => !unit.healthy));
  const [zone, lost] = dark[0] ?? [];
  return zones.length < 2 || dark.length !== 1 || zone === undefined || lost === undefined || lost.length < 2 ? null : zone;
}
