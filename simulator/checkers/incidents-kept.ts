import { readRecords } from '../host/records.ts';
import type { Checker, Truth } from './checker.ts';

/** An incident is never lost: what was opened is in a table at the end, and somebody answered it or was told. */
export function incidentsKept({ shared, world }: Truth): Checker {
  const violations: Checker['violations'] = [];
  const opened = new Map<string, number>();
  const answered = new Set<string>();
  /** An incident that nobody touches for this long was forgotten. */
  const forgottenMs = 30 * 60_000;
  return {
    name: 'incidents-kept',
    violations,
    onEntry({ kind, at, data }) {
      const { incident } = data;
      if (typeof incident !== 'string') return;
      if (kind === 'IncidentOpened') opened.set(incident, at);
      else answered.add(incident);
    },
    onEnd(at) {
      const known = new Set(readRecords(shared.stores.values()).incidents.map((incident) => incident.id));
      for (const [incident, openedAt] of opened) {
        if (!known.has(incident)) violations.push({ at, reason: `${incident}, opened at ${openedAt}, is in no table` });
        else if (!answered.has(incident) && world.weather.standing.size === 0 && at - openedAt > forgottenMs)
          violations.push({ at, reason: `nobody has answered ${incident} in ${Math.round((at - openedAt) / 60_000)} minutes` });
      }
    },
  };
}
