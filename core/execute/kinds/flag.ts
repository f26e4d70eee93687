import * as z from 'zod';
import { type Json, ok, type Result, Target } from '../../model/index.ts';
import { within } from '../../ports/within.ts';
import type { Planned, StepKind, StepLook, StepScope } from '../step-kind.ts';

const callMs = 5_000;

const Args = z.object({
  target: Target,
  name: z.string(),
  value: z.string(),
  /** Only while it reads so: whoever has set it to something else since has the last word. */
  from: z.string().optional(),
});
const Before = z.object({ value: z.string().nullable() });

/** Sets a parameter that the application reads, such as the degrade flag. */
export const setFlag: StepKind = {
  async before(args, { ctx }: Planned): Promise<Result<Json>> {
    const { target, name } = Args.parse(args);
    const read = await ctx.ports.flags.read(target, name, within(ctx.ports.clock, callMs));
    return read.ok ? ok({ value: read.value }) : read;
  },
  async apply(rawArgs, { ctx }, fence) {
    const { target, name, value, from } = Args.parse(rawArgs);
    const read = from === undefined ? null : await ctx.ports.flags.read(target, name, within(ctx.ports.clock, callMs));
    if (read !== null && !read.ok) return read;
    if (read !== null && read.value !== from) return ok(undefined);
    return ctx.ports.flags.write(target, name, value, fence, within(ctx.ports.clock, callMs));
  },
  look: (rawArgs, scope) => reads(rawArgs, scope, Args.parse(rawArgs).value),
};

export const restoreFlag: StepKind = {
  async apply(rawArgs, { ctx, before }, fence) {
    const { target, name } = Args.parse(rawArgs);
    return ctx.ports.flags.write(target, name, Before.parse(before).value, fence, within(ctx.ports.clock, callMs));
  },
  async look(rawArgs, scope): Promise<StepLook> {
    const was = Before.safeParse(scope.before);
    return was.success
      ? reads(rawArgs, scope, was.data.value)
      : { verdict: 'fail', reason: 'the journal does not say what the flag was', final: true };
  },
};

async function reads(rawArgs: Parameters<StepKind['look']>[0], { ctx }: StepScope, wanted: string | null): Promise<StepLook> {
  const { target, name, from } = Args.parse(rawArgs);
  const read = await ctx.ports.flags.read(target, name, within(ctx.ports.clock, callMs));
  if (!read.ok) return { verdict: 'inconclusive', reason: read.reason };
  const isLeft = from !== undefined && wanted !== from && read.value !== from;
  return {
    verdict: read.value === wanted || isLeft ? 'pass' : 'fail',
    reason: `${name} is ${read.value ?? 'absent'}, wanted ${wanted ?? 'absent'}`,
  };
}
