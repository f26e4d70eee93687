import { regionsOfGroup } from '../../core/config/derive.ts';
import { canonicalJson } from '../../core/model/index.ts';
import { readRecords } from '../host/records.ts';
import { hasActed } from '../report/summary.ts';
import { regionCheckId } from '../world/traffic-groups.ts';
import type { Checker, Truth } from './checker.ts';

/**
 * Every failed run ends in the before-state or escalated. The world is looked at when the run writes its first intent and again when it
 * says that it is undone; the journal's word for it is not asked.
 */
export function beforeState(truth: Truth): Checker {
  const violations: Checker['violations'] = [];
  const before = new Map<string, { world: Map<string, string>; othersApplied: number }>();
  const applied = new Map<string, number>();
  const draining = new Set<string>();
  const appliedByOthers = (plan: string) => [...applied].reduce((sum, [other, count]) => (other === plan ? sum : sum + count), 0);
  return {
    name: 'before-state',
    violations,
    onEntry({ kind, at, data }) {
      const plan = String(data.plan);
      if (kind === 'StepIntended' && !before.has(plan))
        before.set(plan, { world: touchables(truth), othersApplied: appliedByOthers(plan) });
      if (kind === 'StepApplied' || kind === 'UndoApplied') applied.set(plan, (applied.get(plan) ?? 0) + 1);
      if (kind === 'StepApplied' && data.kind === 'request-drain') draining.add(plan);
      const known = before.get(plan);
      if (kind !== 'OutcomeRecorded' || data.state !== 'undone' || known === undefined) return;
      // When another run has worked in between, what differs may be its doing.
      if (appliedByOthers(plan) !== known.othersApplied) return;
      for (const [what, is] of touchables(truth)) {
        const was = known.world.get(what);
        // Somebody else's votes take minutes to show: only a run that asked for votes answers for the answers.
        if (what.startsWith('answers') && !draining.has(plan)) continue;
        // A restart is compensated, not reversed: another unit stands where the old one was.
        if (what.startsWith('units') && plan.startsWith('restart-')) continue;
        if (was !== is) violations.push({ at, reason: `${plan} is undone, but ${what} is ${is} and was ${was}` });
      }
    },
    onEnd(at) {
      const { runs, steps } = readRecords(truth.shared.stores.values());
      for (const run of runs) {
        const journal = steps.get(run.planId) ?? [];
        if (run.state === 'refused' && hasActed(journal))
          violations.push({ at, reason: `${run.planId} was refused, yet it has touched the world` });
        if (run.state !== 'undone') continue;
        for (const step of journal)
          if (hasActed([step]) && step.undo?.verdict !== 'pass')
            violations.push({ at, reason: `${run.planId} is undone, but its step ${step.step} has no proven undo` });
      }
    },
  };
}

/** Everything that an action could have changed, by name. */
function touchables({ config, world, shared }: Truth): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, { desired, min, max, size, concurrency, units }] of Object.entries(world.capacity.services)) {
    found.set(`capacity of ${key}`, canonicalJson({ desired, min, max, size, concurrency: concurrency?.provisioned }));
    found.set(`units of ${key} out by our hand`, units.flatMap((unit) => (unit.ejected ? [unit.id] : [])).join());
  }
  for (const { name } of config.trafficGroups) {
    found.set(`weights of ${name}`, canonicalJson(world.weights(name)?.weights ?? null));
    for (const region of regionsOfGroup(config, name))
      if (config.regions.length > 1)
        found.set(`answers of ${name} for ${region}`, String(world.route53.healthy(regionCheckId(name, region))));
  }
  for (const [id, { writer }] of Object.entries(shared.data.databases)) found.set(`writer of ${id}`, writer);
  for (const [key, value] of world.flags) found.set(`flag ${key}`, value);
  return found;
}
