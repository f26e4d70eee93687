import assert from 'node:assert/strict';
import * as z from 'zod';
import { StepRecord, Vote } from '../../../core/model/index.ts';
import type { StateMachines } from '../../../simulator/asl/state-machines.ts';
import type { StageContext } from '../context.ts';
import type { CheckoutService } from './checkout-service.ts';
import { eventually } from './eventually.ts';
import type { DeployedTables } from './tables.ts';
import { publishedVote } from './votes.ts';

const Input = z.object({ planId: z.string(), epoch: z.number() });

/** Measured: the incident's plan is made and its first step begun within 10 s, capacity is there after 15 s, the vote is cast after 25 s. */
const failoverMs = 60_000;
const scaledMs = 60_000;
const votedMs = 90_000;

/** The failover as it leaves its traces in the world: units, a vote, and the journal in two regions' tables. */
export async function failoverActs(
  context: StageContext,
  { engine, tables, checkout }: { engine: StateMachines; tables: DeployedTables; checkout: CheckoutService },
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
  const vote = await tables.read(away, `vote#checkout#${home}`, Vote);
  assert.equal(vote?.drain, true);
  const journal = await Promise.all([away, home].map((region) => tables.read(region, `step#${planId}#pre-scale`, StepRecord)));
  for (const record of journal) assert.equal(record?.kind, journal[0]?.kind);
  assert.ok(journal[0] !== undefined && journal[1] !== undefined, 'the journal is in both tables');
  return `${planId} on our interpreter: ${away} wants ${desired} tasks instead of 2, its vote metric on ${home} is 1, and both tables hold the journal`;
}
