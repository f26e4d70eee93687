import * as z from 'zod';
import { Capacity, CapacityChange, type Json, type JsonObject, ok, type Result, Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { readEntry } from '../journal.ts';
import type { Planned, StepKind, StepLook } from '../step-kind.ts';

const callMs = 8_000;
const saturationMax = 0.9;

/** Several services of one region are changed together where they move together. */
const Args = z.object({ changes: z.array(z.object({ target: Target, change: CapacityChange })) });
const Before = z.array(Capacity);

async function snapshots(args: JsonObject, { ctx }: Planned): Promise<Result<Json>> {
  const taken: Capacity[] = [];
  for (const { target } of Args.parse(args).changes) {
    const snapshot = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
    if (!snapshot.ok) return snapshot;
    taken.push(snapshot.value);
  }
  // Made of JSON alone; the optional members keep the compiler from seeing it.
  return ok(taken as unknown as Json);
}

/** A count is only ever raised here: what has grown meanwhile stays. */
function isNeeded(change: CapacityChange, was: Capacity | undefined): boolean {
  return change.kind !== 'count' || was === undefined || was.desired < change.desired;
}

/** Counts, sizes, concurrency, units replaced or ejected. Proven when the platform shows it running and healthy. */
export const changeCapacity: StepKind = {
  before: snapshots,
  async apply(args, scope, fence) {
    const { ports } = scope.ctx;
    const before = Before.parse(scope.before);
    for (const [index, { target, change }] of Args.parse(args).changes.entries()) {
      if (!isNeeded(change, before[index])) continue;
      const applied = await ports.capacity.apply(target, change, fence, within(ports.clock, callMs));
      if (!applied.ok) return applied;
    }
    return ok(undefined);
  },
  async look(args, { ctx, before: raw }): Promise<StepLook> {
    const before = Before.parse(raw);
    const words: string[] = [];
    let open = false;
    for (const [index, { target, change }] of Args.parse(args).changes.entries()) {
      if (!isNeeded(change, before[index])) continue;
      const look = await ctx.ports.capacity.verify(target, change, within(ctx.ports.clock, callMs));
      if (!look.ok) return { verdict: 'inconclusive', reason: `${target.service}: ${look.reason}` };
      words.push(`${target.service}: ${look.value.reason}`);
      if (look.value.verdict === 'fail') return { verdict: 'fail', reason: words.join('; ') };
      open ||= look.value.verdict === 'inconclusive';
    }
    return { verdict: open ? 'inconclusive' : 'pass', reason: words.join('; ') || 'nothing had to be changed' };
  },
};

/** Puts everything back to what the journal says; proven when it reads so again and no unit of ours is out. */
export const restoreCapacity: StepKind = {
  async apply(args, scope, fence) {
    const { ports } = scope.ctx;
    const before = Before.parse(scope.before);
    for (const [index, { target }] of Args.parse(args).changes.entries()) {
      const was = before[index];
      if (was === undefined) continue;
      const undone = await ports.capacity.undo(target, was, fence, within(ports.clock, callMs));
      if (!undone.ok) return undone;
    }
    return ok(undefined);
  },
  async look(args, { ctx, before: raw }): Promise<StepLook> {
    const before = Before.safeParse(raw);
    if (!before.success) return { verdict: 'fail', reason: 'the journal does not say what ran before', final: true };
    const words: string[] = [];
    let open = false;
    for (const [index, { target }] of Args.parse(args).changes.entries()) {
      const was = before.data[index];
      const now = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
      if (!now.ok) return { verdict: 'inconclusive', reason: `${target.service}: ${now.reason}` };
      if (was === undefined) continue;
      words.push(`${target.service}: desired ${now.value.desired} (was ${was.desired}), running ${now.value.running}`);
      if (!settingsEqual(was, now.value)) return { verdict: 'fail', reason: words.join('; ') };
      open ||= now.value.running > was.desired || now.value.healthy < Math.min(was.healthy, was.desired);
    }
    return { verdict: open ? 'inconclusive' : 'pass', reason: words.join('; ') || 'nothing had been changed' };
  },
};

/** The settings that we may have changed; how many units run follows from them. */
function settingsEqual(a: Capacity, b: Capacity): boolean {
  const ejected = (capacity: Capacity) => capacity.units.filter((unit) => unit.ejected).length;
  return (
    a.desired === b.desired &&
    a.min === b.min &&
    a.max === b.max &&
    a.size?.cpu === b.size?.cpu &&
    a.size?.memoryMiB === b.size?.memoryMiB &&
    a.concurrency?.provisioned === b.concurrency?.provisioned &&
    a.concurrency?.reserved === b.concurrency?.reserved &&
    ejected(a) >= ejected(b)
  );
}

const Needs = z.object({ needs: z.array(z.object({ target: Target, desired: z.number().int().nonnegative() })) });

/** A pure check right before the drain: every service has its healthy units, and is not near full. */
export const confirmCapacity: StepKind = {
  async look(args, { ctx }): Promise<StepLook> {
    const words: string[] = [];
    for (const { target, desired } of Needs.parse(args).needs) {
      const now = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
      if (!now.ok) return { verdict: 'inconclusive', reason: `${target.service}: ${now.reason}` };
      const { healthy, saturation } = now.value;
      words.push(
        `${target.service}: ${healthy} healthy of ${desired} needed${saturation === undefined ? '' : `, saturation ${saturation.toFixed(2)}`}`,
      );
      const serving = now.value.concurrency?.provisioned ?? healthy;
      if (serving < desired) return { verdict: 'fail', reason: words.join('; ') };
      if (saturation !== undefined && saturation > saturationMax) return { verdict: 'fail', reason: words.join('; ') };
    }
    return { verdict: 'pass', reason: words.join('; ') || 'no deployment of the group needs capacity here' };
  },
};

const Relief = z.object({ target: Target, /** The step whose effect is meant. */ of: z.string(), share: z.number().min(0).max(1) });

/** Scaling that does not help is no remedy: saturation has to fall by `share` of what it was before the step `of`. */
export const confirmRelief: StepKind = {
  async look(rawArgs, { ctx, plan }): Promise<StepLook> {
    const { target, of, share } = Relief.parse(rawArgs);
    const entry = await readEntry(ctx, plan.id, of);
    if (!entry.ok) return { verdict: 'inconclusive', reason: entry.reason };
    const was = Before.safeParse(entry.value?.record.before).data?.[0]?.saturation;
    const now = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
    if (!now.ok) return { verdict: 'inconclusive', reason: now.reason };
    const is = now.value.saturation;
    if (was === undefined || is === undefined) return { verdict: 'inconclusive', reason: `${target.service} reports no saturation` };
    const wanted = was * (1 - share);
    const reason = `saturation of ${target.service} was ${was.toFixed(2)}, is ${is.toFixed(2)}; ${wanted.toFixed(2)} or less was wanted`;
    return { verdict: is <= wanted ? 'pass' : 'fail', reason };
  },
};
