import type { Incident, Reliability } from '../model/index.ts';

const hourSeconds = 3_600;

/**
 * MTTD: from the first symptom to the incident. MTTR: from the first symptom (else the opening) to the end. MTBF: time in which nothing
 * critical was open, over the number of failures. A = MTBF / (MTBF + MTTR), the steady-state availability of a repairable system
 * (IEC 61703); failure rate λ = 1 / MTBF. Warnings hurt nobody and are left out; an incident that is still open counts up to `to`.
 */
export function reliabilityOf(incidents: readonly Incident[], region: string, from: number, to: number): Reliability {
  const here = incidents.filter(
    (each) => (each.subject.region ?? each.region) === region && each.severity === 'critical' && each.openedAt < to,
  );
  const failures = here.filter((each) => beganAt(each) >= from);
  const downSeconds = unionMs(here.map((each) => [Math.max(from, beganAt(each)), Math.min(to, each.resolvedAt ?? to)])) / 1000;
  const known = failures.flatMap((each) => (each.onsetAt === undefined ? [] : [(each.openedAt - each.onsetAt) / 1000]));
  const repaired = failures.flatMap((each) => (each.resolvedAt === undefined ? [] : [(each.resolvedAt - beganAt(each)) / 1000]));
  const mttr = mean(repaired);
  const mtbf = failures.length === 0 ? null : ((to - from) / 1000 - downSeconds) / failures.length;
  return {
    region,
    from,
    to,
    incidents: failures.length,
    mttdSeconds: mean(known),
    mttrSeconds: mttr,
    mtbfSeconds: mtbf,
    availability: mtbf === null || mttr === null || mtbf + mttr === 0 ? null : mtbf / (mtbf + mttr),
    failuresPerHour: mtbf === null || mtbf === 0 ? null : hourSeconds / mtbf,
  };
}

function beganAt(incident: Incident): number {
  return Math.min(incident.onsetAt ?? incident.openedAt, incident.openedAt);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Milliseconds that at least one of the spans covers: two incidents at once are one time of trouble. */
function unionMs(spans: readonly (readonly [number, number])[]): number {
  let total = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    total += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return total;
}
