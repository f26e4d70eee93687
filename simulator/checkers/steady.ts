import { isOpen, isRunning } from '../../core/model/index.ts';
import { readRecords } from '../host/records.ts';
import type { Checker, Truth } from './checker.ts';

/** Minutes after the last fault within which everything must have come to rest. */
const steadyBoundMinutes = 30;

/** After faults clear, steady state within a bound: no run goes on, no incident is worked on, clients are served. */
export function steady({ world, shared }: Truth): Checker {
  const violations: Checker['violations'] = [];
  let lastEndedAt: number | null = null;
  return {
    name: 'steady',
    violations,
    onEntry({ kind, at }) {
      if (kind === 'FaultEnded') lastEndedAt = at;
    },
    onEnd(at) {
      if (world.weather.standing.size > 0 || lastEndedAt === null || at - lastEndedAt < steadyBoundMinutes * 60_000) return;
      const { runs, incidents } = readRecords(shared.stores.values());
      for (const run of runs.filter(isRunning)) violations.push({ at, reason: `${run.planId} is still ${run.state}: ${run.reason}` });
      for (const incident of incidents.filter(isOpen))
        violations.push({ at, reason: `${incident.id} is still ${incident.state}: ${incident.reason}` });
      for (const [key, here] of world.services) {
        const idle = world.arrivals(here.service.name, here.region) === 0;
        if (!idle && here.failingShare() > 0.05)
          violations.push({ at, reason: `${(here.failingShare() * 100).toFixed(0)} % of the requests to ${key} still fail` });
      }
    },
  };
}
