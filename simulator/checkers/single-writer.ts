import { Fence } from '../../core/model/index.ts';
import type { PortCall } from '../host/fault-router.ts';
import type { Checker } from './checker.ts';

interface Writer {
  epoch: number;
  from: string;
}

/** At most one holder of a fencing token writes: an epoch of a target belongs to one region, and none writes after a higher one. */
export function singleWriter(): Checker {
  const violations: Checker['violations'] = [];
  const writers = new Map<string, Writer>();
  return {
    name: 'single-writer',
    violations,
    onCall(call) {
      if (writing[call.port]?.includes(call.method) !== true || call.answer !== 'pass') return;
      const fence = fenceOf(call);
      if (fence === undefined || fence.leaseUntil <= call.at) return;
      const target = targetOf(call);
      const last = writers.get(target);
      if (last !== undefined && last.epoch === fence.epoch && last.from !== call.from)
        violations.push({ at: call.at, reason: `epoch ${fence.epoch} of ${target} writes from ${call.from} and from ${last.from}` });
      if (last === undefined || fence.epoch >= last.epoch) writers.set(target, { epoch: fence.epoch, from: call.from });
    },
  };
}

/** Methods that write under a fence, by port. */
const writing: Partial<Record<string, readonly string[]>> = {
  capacity: ['apply', 'undo'],
  releases: ['apply', 'undo', 'setSplit'],
  data: ['switchover', 'failover'],
  scripts: ['run'],
  traffic: ['setWeights', 'setOrigins'],
  flags: ['write'],
};

function fenceOf({ args }: PortCall): Fence | undefined {
  for (const argument of args) {
    const fence = Fence.strict().safeParse(argument);
    if (fence.success) return fence.data;
  }
  return undefined;
}

/** One token per service and region, whatever port it is written through. */
function targetOf({ port, args: [target] }: PortCall): string {
  if (typeof target === 'object' && target !== null && 'service' in target && 'region' in target) {
    const group = 'group' in target && typeof target.group === 'string' ? `${target.group}:` : '';
    return `${group}${target.service}/${target.region}`;
  }
  return `${port}:${JSON.stringify(target)}`;
}
