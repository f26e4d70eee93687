import assert from 'node:assert/strict';
import * as z from 'zod';
import { Incident, Run, StepRecord } from '../../../core/model/index.ts';
import { progress } from '../progress.ts';
import { eventually } from './eventually.ts';
import type { InterpretedMachines } from './interpreted-machines.ts';
import type { Shop } from './shop.ts';
import { publishedVote, standingObjects } from './votes.ts';

/** Measured: 22 to 45 s — the next slot, two failures five seconds apart, and the wait for who is first to act. */
const incidentMs = 100_000;
const startedMs = 60_000;
/** Measured: vote and withheld heartbeat are read by Route 53 30 s after the end of their minute; then the proof, and 5 s of baking. */
const verifiedMs = 420_000;
/** Measured: 120 s in which the answers would have to change, then the undo. */
const undoneMs = 360_000;

/** A server dies: the other region opens the incident, and its failover moves the traffic and proves it. */
export async function failoverHeals(shop: Shop, { engine }: InterpretedMachines): Promise<string[]> {
  const { context, tables, server, ecs } = shop;
  const [home, away] = context.regions;
  const key = `incident#inc-checkout-${home}-1`;
  assert.equal(await tables.read(away, key, Incident), undefined, 'an incident before anything failed');
  await server('checkout', home).kill();
  const killedAt = context.clock.now();
  const seconds = () => Math.round((context.clock.now() - killedAt) / 1000);
  progress(`killed checkout in ${home}`);
  const incident = await eventually(context, `an incident in the table of ${away}`, incidentMs, () => tables.read(away, key, Incident));
  const { alert, subject, group, region, severity } = incident;
  assert.deepEqual(
    { alert, subject, group, region, severity },
    { alert: 'region-impaired', subject: { service: 'checkout', region: home }, group: 'checkout', region: away, severity: 'critical' },
  );
  const opened = `${seconds()} s after checkout in ${home} was killed, ${away} holds ${incident.id}: ${incident.reason}`;
  const run = await endOf(shop, engine, incident.id, verifiedMs);
  assert.equal(run.state, 'verified', run.reason);
  assert.equal(await publishedVote(context, away, home), 1, 'the vote metric');
  const desired = (await ecs.checkout?.desired()) ?? 0;
  assert.ok(desired > 2, `${away} wants ${desired} tasks of checkout`);
  const steps = await tables.partition(away, `step#${run.planId}#`, StepRecord);
  assert.deepEqual([...new Set(steps.map(({ state }) => state))], ['committed'], 'every step has its verdict');
  const drained = steps.find(({ step }) => step === 'drain');
  const inImpaired = await tables.partition(home, `step#${run.planId}#`, StepRecord);
  assert.deepEqual(inImpaired, [], `nothing is written into ${home}, which is impaired`);
  return [
    opened,
    `${run.planId} on our interpreter, verified ${seconds()} s after: vote 1, ${desired} tasks instead of 2, ${steps.length} steps committed, none of them written into ${home}; ${drained?.reason}`,
  ];
}

/** A person drains what cannot be drained: the records hang on nothing, so the answers do not change, and everything is taken back. */
export async function unprovenIsUndone(shop: Shop, { engine }: InterpretedMachines): Promise<string[]> {
  const { context, cli, tables, ecs } = shop;
  const [home, away] = context.regions;
  const ordered = await cli.run(['op', 'drain', 'search', home, '--region', away, '--reason', 'to see it undone', '--json'], startedMs);
  assert.equal(ordered.code, 0, `op drain: ${ordered.stderr}`);
  const { incident, to } = z.object({ incident: z.string(), to: z.string() }).parse(JSON.parse(ordered.stdout));
  assert.equal(to, away);
  progress(`op drain search ${home}: ${incident}`);
  await eventually(context, 'the vote object', verifiedMs, async () => ((await standingObjects(context, away)) === 1 ? true : undefined));
  const wanted = (await ecs.search?.desired()) ?? 0;
  assert.ok(wanted > 2, `${away} wants ${wanted} tasks of search before the drain`);
  const run = await endOf(shop, engine, incident, undoneMs);
  assert.equal(run.state, 'undone', run.reason);
  assert.equal(await standingObjects(context, away), 0, 'the vote object is gone');
  assert.equal(await ecs.search?.desired(), 2, 'tasks of search');
  const steps = await tables.partition(away, `step#${run.planId}#`, StepRecord);
  const undone = steps.filter(({ undo }) => undo !== undefined).sort((a, b) => b.order - a.order);
  assert.deepEqual([...new Set(undone.map(({ undo }) => undo?.verdict))], ['pass'], 'every undo is verified');
  return [
    `op drain search ${home}: ${run.planId} scaled to ${wanted} and put its vote, could not be proven, and was undone and verified: ${undone.map(({ step }) => step).join(', ')}; 2 tasks again, no vote object: ${run.reason}`,
  ];
}

const Input = z.object({ incidentId: z.string(), planId: z.string() });

/** The run of the incident's failover, as the table of the executing region has it once it has ended. */
async function endOf({ context, tables }: Shop, engine: InterpretedMachines['engine'], incident: string, withinMs: number): Promise<Run> {
  const [, away] = context.regions;
  const planId = await eventually(
    context,
    `a failover for ${incident} is started`,
    startedMs,
    async () =>
      engine
        .list({ machine: 'evenkeel-small-failover' })
        .map(({ input }) => Input.parse(input))
        .find(({ incidentId }) => incidentId === incident)?.planId,
  );
  progress(`${planId} for ${incident}`);
  return eventually(context, `${planId} ends`, withinMs, async () => {
    const run = await tables.read(away, `run#${planId}`, Run);
    return run?.endedAt === undefined ? undefined : run;
  });
}
