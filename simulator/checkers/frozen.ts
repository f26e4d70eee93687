import { freezeSwitch, storeKey } from '../../core/model/index.ts';
import type { PortCall } from '../host/fault-router.ts';
import type { Checker } from './checker.ts';

/** A plan that was being made while the target was frozen may not have read it. */
const underWayMs = 60_000;

/**
 * What was given to people is left alone, by every region, until somebody thaws it. Held to it is whoever could know: not where a fault
 * struck a read or a write of the word itself.
 */
export function frozen(): Checker {
  const violations: Checker['violations'] = [];
  const since = new Map<string, number>();
  const plans = new Map<string, { target: string; at: number }>();
  const hindered = new Set<string>();
  return {
    name: 'frozen',
    violations,
    onCall(call) {
      if (call.answer === 'pass' || (call.port !== 'store' && call.port !== 'peerStores')) return;
      hindered.add(keyOf(call));
    },
    onEntry({ kind, at, region, data }) {
      const target = String(data.target);
      if (kind === 'TargetThawed') since.delete(target);
      else if (kind === 'TargetFrozen' && !since.has(target)) since.set(target, at);
      else if (kind === 'PlanMade') plans.set(String(data.plan), { target, at });
      else if (kind === 'StepApplied') {
        const plan = plans.get(String(data.plan));
        const frozenAt = plan === undefined ? undefined : since.get(plan.target);
        if (plan === undefined || frozenAt === undefined || plan.at < frozenAt + underWayMs) return;
        if (hindered.has(storeKey.switch(freezeSwitch(plan.target)))) return;
        violations.push({ at, reason: `${region} acts on ${plan.target}, which is frozen since ${frozenAt} (${String(data.plan)})` });
      }
    },
  };
}

function keyOf({ args: [first] }: PortCall): string {
  if (typeof first === 'string') return first;
  return typeof first === 'object' && first !== null && 'key' in first ? String(first.key) : '';
}
