import * as z from 'zod';
import type { StateMachines } from '../../../simulator/asl/state-machines.ts';
import type { StageContext } from '../context.ts';
import type { CheckoutService } from './checkout-service.ts';
import { eventually } from './eventually.ts';
import { publishedVote } from './votes.ts';

const Input = z.object({ planId: z.string(), epoch: z.number() });

/** Measured: all three within 8 s of the incident. */
const failoverMs = 60_000;
const scaledMs = 60_000;
const votedMs = 90_000;

/** The failover as it leaves its traces in the world: units and a vote. */
export async function failoverActs(
  context: StageContext,
  { engine, checkout }: { engine: StateMachines; checkout: CheckoutService },
): Promise<string> {
  const [home, away] = context.regions;
  const [run] = await eventually(context, 'a failover is started', failoverMs, async () => {
    const runs = engine.list({ machine: 'evenkeel-small-failover' });
    return runs.length > 0 ? runs : undefined;
  });
  const { planId } = Input.parse(run?.input);
  const desired = await eventually(context, `more tasks in ${away}`, scaledMs, async () => {
    const now = await checkout.desired();
    return now > 2 ? now : undefined;
  });
  await eventually(context, `the vote of ${away} on ${home}`, votedMs, async () =>
    (await publishedVote(context, away, home)) === 1 ? true : undefined,
  );
  return `${planId} on our interpreter: ${away} wants ${desired} tasks instead of 2 and its vote metric on ${home} is 1`;
}
