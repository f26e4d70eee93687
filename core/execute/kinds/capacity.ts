import * as z from 'zod';
import { Capacity, type Json, type JsonObject, ok, type Result, Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import type { StepKind, StepLook, StepScope } from '../step-kind.ts';

const callMs = 8_000;
const saturationMax = 0.9;

/** Several services of one region are set together, since they move together. */
const Args = z.object({ changes: z.array(z.object({ target: Target, desired: z.number().int().nonnegative() })) });
const Before = z.array(Capacity);

async function snapshots(args: JsonObject, { ctx }: Omit<StepScope, 'before' | 'appliedAt'>): Promise<Result<Json>> {
  const taken: Capacity[] = [];
  for (const change of Args.parse(args).changes) {
    const snapshot = await ctx.ports.capacity.snapshot(change.target, within(ctx.ports.clock, callMs));
    if (!snapshot.ok) return snapshot;
    taken.push(snapshot.value);
  }
  // Made of JSON alone; the optional members keep the compiler from seeing it.
  return ok(taken as unknown as Json);
}

/** Raises the counts of desired units; never lowers one that has grown meanwhile. Proven when that many are running and healthy. */
export const setCapacity: StepKind = {
  before: snapshots,
  async apply(args, scope, fence) {
    const before = Before.parse(scope.before);
    for (const [index, change] of Args.parse(args).changes.entries()) {
      const was = before[index];
      if (was !== undefined && was.desired >= change.desired) continue;
      const { ports } = scope.ctx;
      const applied = await ports.capacity.apply(
        change.target,
        { kind: 'count', desired: change.desired },
        fence,
        within(ports.clock, callMs),
      );
      if (!applied.ok) return applied;
    }
    return ok(undefined);
  },
  async look(args, { ctx }): Promise<StepLook> {
    const words: string[] = [];
    let open = false;
    for (const change of Args.parse(args).changes) {
      const look = await ctx.ports.capacity.verify(
        change.target,
        { kind: 'count', desired: change.desired },
        within(ctx.ports.clock, callMs),
      );
      if (!look.ok) return { verdict: 'inconclusive', reason: `${change.target.service}: ${look.reason}` };
      words.push(`${change.target.service}: ${look.value.reason}`);
      if (look.value.verdict === 'fail') return { verdict: 'fail', reason: words.join('; ') };
      open ||= look.value.verdict === 'inconclusive';
    }
    return { verdict: open ? 'inconclusive' : 'pass', reason: words.join('; ') };
  },
};

/** Puts the counts back to what the journal says; proven when they read so again. */
export const restoreCapacity: StepKind = {
  async apply(args, scope, fence) {
    const before = Before.parse(scope.before);
    for (const [index, change] of Args.parse(args).changes.entries()) {
      const was = before[index];
      if (was === undefined) continue;
      const { ports } = scope.ctx;
      const undone = await ports.capacity.undo(change.target, was, fence, within(ports.clock, callMs));
      if (!undone.ok) return undone;
    }
    return ok(undefined);
  },
  async look(args, { ctx, before: raw }): Promise<StepLook> {
    const before = Before.safeParse(raw);
    if (!before.success) return { verdict: 'fail', reason: 'the journal does not say what ran before', final: true };
    const words: string[] = [];
    for (const [index, change] of Args.parse(args).changes.entries()) {
      const was = before.data[index];
      const now = await ctx.ports.capacity.snapshot(change.target, within(ctx.ports.clock, callMs));
      if (!now.ok) return { verdict: 'inconclusive', reason: `${change.target.service}: ${now.reason}` };
      if (was === undefined) continue;
      const same = now.value.desired === was.desired && now.value.min === was.min && now.value.max === was.max;
      words.push(`${change.target.service}: desired ${now.value.desired} (was ${was.desired}), running ${now.value.running}`);
      if (!same) return { verdict: 'fail', reason: words.join('; ') };
      if (now.value.running > was.desired) return { verdict: 'inconclusive', reason: words.join('; ') };
    }
    return { verdict: 'pass', reason: words.join('; ') || 'nothing had been changed' };
  },
};

/** A pure check right before the drain: every service has its healthy units, and is not near full. */
export const confirmCapacity: StepKind = {
  async look(args, { ctx }): Promise<StepLook> {
    const words: string[] = [];
    for (const change of Args.parse(args).changes) {
      const now = await ctx.ports.capacity.snapshot(change.target, within(ctx.ports.clock, callMs));
      if (!now.ok) return { verdict: 'inconclusive', reason: `${change.target.service}: ${now.reason}` };
      const { healthy, saturation } = now.value;
      words.push(
        `${change.target.service}: ${healthy} healthy of ${change.desired} needed${saturation === undefined ? '' : `, saturation ${saturation.toFixed(2)}`}`,
      );
      if (healthy < change.desired) return { verdict: 'fail', reason: words.join('; ') };
      if (saturation !== undefined && saturation > saturationMax) return { verdict: 'fail', reason: words.join('; ') };
    }
    return { verdict: 'pass', reason: words.join('; ') || 'no deployment of the group needs capacity here' };
  },
};
