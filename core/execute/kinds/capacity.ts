import * as z from 'zod';
import { type AssistRequest, Capacity, CapacityChange, type Json, type JsonObject, ok, type Result, Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import { askAssist, lookAtReport } from '../assist.ts';
import { isTakenBack, takeBack } from '../capacity-settings.ts';
import { readEntry } from '../journal.ts';
import type { Planned, StepKind, StepLook, StepScope } from '../step-kind.ts';

const callMs = 8_000;

/** Several services of one region are changed together where they move together. */
const Args = z.object({ changes: z.array(z.object({ target: Target, change: CapacityChange })) });
/** Null for what another region keeps: it remembers its own way back. */
const Before = z.array(Capacity.nullable());

async function snapshots(args: JsonObject, { ctx }: Planned): Promise<Result<Json>> {
  const taken: (Capacity | null)[] = [];
  for (const { target } of Args.parse(args).changes) {
    if (target.region !== ctx.region) {
      taken.push(null);
      continue;
    }
    const snapshot = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
    if (!snapshot.ok) return snapshot;
    taken.push(snapshot.value);
  }
  // Made of JSON alone; the optional members keep the compiler from seeing it.
  return ok(taken as unknown as Json);
}

/** A count is only ever raised here: what has grown meanwhile stays. */
function isNeeded(change: CapacityChange, was: Capacity | null | undefined): boolean {
  return change.kind !== 'count' || was == null || was.desired < change.desired;
}

/** Counts, sizes, concurrency, units replaced or ejected. Proven when the platform shows it running and healthy. */
export const changeCapacity: StepKind = {
  before: snapshots,
  async apply(args, scope, fence) {
    const { ports } = scope.ctx;
    const before = Before.parse(scope.before);
    for (const [index, { target, change }] of Args.parse(args).changes.entries()) {
      if (!isNeeded(change, before[index])) continue;
      if (target.region !== scope.ctx.region) {
        await askAssist(scope.ctx, assistOf(scope, 'prepare', target, change));
        continue;
      }
      const applied = await ports.capacity.apply(target, change, fence, within(ports.clock, callMs));
      if (!applied.ok) return applied;
    }
    return ok(undefined);
  },
  async look(args, scope): Promise<StepLook> {
    const { ctx } = scope;
    const before = Before.parse(scope.before);
    const words: string[] = [];
    let open = false;
    for (const [index, { target, change }] of Args.parse(args).changes.entries()) {
      if (!isNeeded(change, before[index])) continue;
      const look = target.region === ctx.region ? await lookHere(scope, target, change) : await lookThere(scope, 'prepare', target, change);
      if (!look.ok) return { verdict: 'inconclusive', reason: `${target.service}: ${look.reason}` };
      words.push(`${target.service}: ${look.value.reason}`);
      if (look.value.verdict === 'fail') return { verdict: 'fail', reason: words.join('; ') };
      open ||= look.value.verdict === 'inconclusive';
    }
    return { verdict: open ? 'inconclusive' : 'pass', reason: words.join('; ') || 'nothing had to be changed' };
  },
};

/**
 * Puts everything back to what the journal says; proven when it reads so again, no unit of ours is out and none that
 * was readmitted is in. What lies in another region is
 * put back there: whoever took the run over is not where it was executed.
 */
export const restoreCapacity: StepKind = {
  async apply(args, scope, fence) {
    const before = Before.parse(scope.before);
    for (const [index, { target, change }] of Args.parse(args).changes.entries()) {
      const was = before[index] ?? null;
      if (was === null || target.region !== scope.ctx.region) {
        await askAssist(scope.ctx, assistOf(scope, 'return', target, change, was));
        continue;
      }
      const undone = await takeBack(scope.ctx, target, change, was, fence);
      if (!undone.ok) return undone;
    }
    return ok(undefined);
  },
  async look(args, scope): Promise<StepLook> {
    const { ctx } = scope;
    const before = Before.safeParse(scope.before);
    if (!before.success) return { verdict: 'fail', reason: 'the journal does not say what ran before', final: true };
    const words: string[] = [];
    let open = false;
    for (const [index, { target, change }] of Args.parse(args).changes.entries()) {
      const was = before.data[index] ?? null;
      if (was === null || target.region !== ctx.region) {
        const there = await lookThere(scope, 'return', target, change, was);
        words.push(`${target.service}: ${there.ok ? there.value.reason : there.reason}`);
        if (there.ok && there.value.verdict === 'fail') return { verdict: 'fail', reason: words.join('; ') };
        open ||= !there.ok || there.value.verdict !== 'pass';
        continue;
      }
      const now = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
      if (!now.ok) return { verdict: 'inconclusive', reason: `${target.service}: ${now.reason}` };
      words.push(`${target.service}: desired ${now.value.desired} (was ${was.desired}), running ${now.value.running}`);
      if (!isTakenBack(change, was, now.value)) return { verdict: 'fail', reason: words.join('; ') };
      open ||= now.value.running > was.desired || now.value.healthy < Math.min(was.healthy, was.desired);
    }
    return { verdict: open ? 'inconclusive' : 'pass', reason: words.join('; ') || 'nothing had been changed' };
  },
};

function assistOf(
  { ctx, plan, run }: StepScope,
  phase: AssistRequest['phase'],
  target: Target,
  change: CapacityChange,
  before: Capacity | null = null,
): AssistRequest {
  const asked = { phase, planId: plan.id, incident: run.incidentId, epoch: run.epoch, requester: ctx.region, target, change };
  const { orderedBy } = plan;
  return { ...asked, ...(before === null ? {} : { before }), ...(orderedBy === undefined ? {} : { orderedBy }), reason: plan.reason };
}

function lookHere({ ctx }: StepScope, target: Target, change: CapacityChange): Promise<Result<StepLook>> {
  return ctx.ports.capacity.verify(target, change, within(ctx.ports.clock, callMs));
}

/** Asks once more, since messages get lost and both phases are idempotent; the answer is there at the next look. */
async function lookThere(
  scope: StepScope,
  phase: AssistRequest['phase'],
  target: Target,
  change: CapacityChange,
  before: Capacity | null = null,
): Promise<Result<StepLook>> {
  const request = assistOf(scope, phase, target, change, before);
  const look = await lookAtReport(scope.ctx, request);
  if (look.verdict !== 'pass') await askAssist(scope.ctx, request);
  return ok(look);
}

const Needs = z.object({
  needs: z.array(z.object({ target: Target, desired: z.number().int().nonnegative() })),
  /** Above it a service cannot take more traffic; null: none is on its way. */
  saturationMax: z.number().positive().nullable().default(0.9),
});

/** A pure check: every service has its healthy units and — right before a drain — is not near full. */
export const confirmCapacity: StepKind = {
  async look(args, { ctx }): Promise<StepLook> {
    const words: string[] = [];
    const { needs, saturationMax } = Needs.parse(args);
    for (const { target, desired } of needs) {
      if (target.region !== ctx.region) continue;
      const now = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
      if (!now.ok) return { verdict: 'inconclusive', reason: `${target.service}: ${now.reason}` };
      const { healthy, saturation } = now.value;
      words.push(
        `${target.service}: ${healthy} healthy of ${desired} needed${saturation === undefined ? '' : `, saturation ${saturation.toFixed(2)}`}`,
      );
      const serving = now.value.concurrency?.provisioned ?? healthy;
      if (serving < desired) return { verdict: 'fail', reason: words.join('; ') };
      if (saturationMax !== null && saturation !== undefined && saturation > saturationMax)
        return { verdict: 'fail', reason: words.join('; ') };
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
