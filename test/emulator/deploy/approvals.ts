import assert from 'node:assert/strict';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { Run } from '../../../core/model/index.ts';
import { emulatorClient } from '../client-settings.ts';
import { inboxAt } from '../harness/inboxes.ts';
import { progress } from '../progress.ts';
import { eventually } from './eventually.ts';
import type { InterpretedMachines } from './interpreted-machines.ts';
import type { Shop } from './shop.ts';
import { degradeFlag } from './small-shop-config.ts';

/** Measured: 8 s from the event to the question. */
const askedMs = 60_000;
/** Measured: 3 s from the word to the flag. */
const doneMs = 60_000;
const orderMs = 30_000;

/**
 * What only its own region reports is done on a person's word alone: the question reaches people through the topic, `evenkeel op` answers
 * it, and the machine that waits goes on. A token works once.
 */
export async function peopleDecide(shop: Shop, home: InterpretedMachines, away: InterpretedMachines): Promise<string[]> {
  const [homeRegion, awayRegion] = shop.context.regions;
  const [yes, no] = await Promise.all([ask(shop, awayRegion), ask(shop, homeRegion)]);
  const answer = (word: 'approve' | 'deny', token: string, region: string) =>
    shop.cli.run(['op', word, token, '--region', region, '--reason', 'a test'], orderMs);
  assert.equal(await flag(shop, awayRegion), undefined, 'nothing is done before the word');
  const approved = await answer('approve', yes, awayRegion);
  assert.equal(approved.code, 0, `op approve: ${approved.stderr}`);
  const run = await endOfScript(shop, away, awayRegion);
  assert.equal(run.state, 'verified', run.reason);
  assert.equal(await flag(shop, awayRegion), 'degraded');
  for (const [word, refusal] of [
    ['deny', /has already accepted: a test/],
    ['approve', /token was used already/],
  ] as const) {
    const again = await answer(word, yes, awayRegion);
    assert.notEqual(again.code, 0, `op ${word} with a token that was used`);
    assert.match(again.stdout + again.stderr, refusal);
  }
  const denied = await answer('deny', no, homeRegion);
  assert.equal(denied.code, 0, `op deny: ${denied.stderr}`);
  const refused = await endedRun(shop, homeRegion);
  assert.equal(refused.state, 'refused', refused.reason);
  assert.deepEqual(home.engine.list({ machine: 'evenkeel-small-script' }), [], 'a no starts nothing');
  assert.equal(await flag(shop, homeRegion), undefined, 'a no changes nothing');
  return [
    `op approve: ${run.planId}, which waited for its task token, set ${degradeFlag} and was verified; the token used again is refused by name (${awayRegion} has its answer)`,
    `op deny: ${refused.planId} ends refused, nothing was started: ${refused.reason}`,
  ];
}

/** An event of somebody's monitoring; answers the token that people are sent. */
async function ask({ context }: Shop, region: string): Promise<string> {
  const inbox = await inboxAt(context, region, `arn:aws:sns:${region}:${context.account}:evenkeel-small-people`);
  const events = new EventBridgeClient(emulatorClient(context.emulator.endpoint, region));
  const Detail = JSON.stringify({ service: 'ledger', alert: 'latency', reason: 'a booking takes 4 s' });
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'ledger.monitor', DetailType: 'evenkeel trigger', Detail }] }));
  const question = await eventually(context, `people are asked in ${region}`, askedMs, async () =>
    (await inbox.bodies()).find((text) => text.startsWith('Approve: ')),
  );
  const token = /with token (\S+)/.exec(question)?.[1];
  assert.ok(token, question);
  progress(`${region} asks: ${question.split('\n', 1)[0]}`);
  return token;
}

async function endOfScript(shop: Shop, { engine }: InterpretedMachines, region: string): Promise<Run> {
  await eventually(shop.context, 'the script machine is started', doneMs, async () =>
    engine.list({ machine: 'evenkeel-small-script' }).length > 0 ? true : undefined,
  );
  return endedRun(shop, region);
}

/** The run about `ledger` in this region, once it has ended; peers hold copies of each other's. */
function endedRun({ context, tables }: Shop, region: string): Promise<Run> {
  return eventually(context, `the run of ledger in ${region} ends`, doneMs, async () => {
    const runs = await tables.family(region, 'run', Run);
    return runs.find(({ target, endedAt }) => target.service === 'ledger' && target.region === region && endedAt !== undefined);
  });
}

async function flag({ context }: Shop, region: string): Promise<string | undefined> {
  const ssm = new SSMClient(emulatorClient(context.emulator.endpoint, region));
  const read = await ssm.send(new GetParameterCommand({ Name: degradeFlag })).catch((error: unknown) => {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  });
  return read?.Parameter?.Value;
}
