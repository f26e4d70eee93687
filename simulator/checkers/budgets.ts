import { regionsOfGroup } from '../../core/config/derive.ts';
import { targetKey } from '../../core/model/index.ts';
import { readRecords } from '../host/records.ts';
import { hasActed } from '../report/summary.ts';
import { regionCheckId } from '../world/traffic-groups.ts';
import type { Checker, Truth } from './checker.ts';

const hourMs = 3_600_000;

/** Actions within budget: incidents that were answered per target, and actions in all, per hour, regions drained at once, share of a service's units out by our hand. */
export function budgets({ config, world, shared }: Truth): Checker {
  const violations: Checker['violations'] = [];
  const { perTargetPerHour, globalPerHour, regionsDrainedMax, capacityOutShareMax } = config.policies.budgets;
  const reported = new Set<string>();
  const once = (at: number, key: string, reason: string) => {
    if (!reported.has(key)) violations.push({ at, reason });
    reported.add(key);
  };
  return {
    name: 'budgets',
    violations,
    onTick(at) {
      for (const { name } of config.trafficGroups) {
        const drained = regionsOfGroup(config, name).filter(
          (region) => config.regions.length > 1 && !world.route53.healthy(regionCheckId(name, region)),
        );
        if (drained.length > regionsDrainedMax)
          once(at, `drained ${name}`, `${drained.join(' and ')} are drained of ${name} at once; ${regionsDrainedMax} may be`);
      }
      for (const { name } of config.services) {
        const units = [...world.services.values()].filter((here) => here.service.name === name).flatMap((here) => here.capacity.units);
        const out = units.filter((unit) => unit.ejected).length;
        if (out > units.length * capacityOutShareMax)
          once(at, `out ${name}`, `${out} of ${units.length} units of ${name} are out; a share of ${capacityOutShareMax} may be`);
      }
    },
    onEnd() {
      const { runs, plans, steps } = readRecords(shared.stores.values());
      // What a person starts is not counted against what the machine may.
      const acted = runs.filter(({ planId }) => plans.get(planId)?.level !== 'ordered' && hasActed(steps.get(planId) ?? []));
      for (const run of acted) {
        const lastHour = acted.filter((other) => other.startedAt <= run.startedAt && other.startedAt > run.startedAt - hourMs);
        const same = lastHour.filter((other) => targetKey(other.target) === targetKey(run.target));
        const answered = new Set(same.map((other) => other.incidentId)).size;
        if (answered > perTargetPerHour)
          violations.push({
            at: run.startedAt,
            reason: `${answered} incidents of ${targetKey(run.target)} were answered in an hour; ${perTargetPerHour} may be`,
          });
        if (lastHour.length > globalPerHour)
          violations.push({ at: run.startedAt, reason: `${lastHour.length} actions in an hour; ${globalPerHour} may be` });
      }
    },
  };
}
