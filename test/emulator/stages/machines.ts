import assert from 'node:assert/strict';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { AwsMachines } from '../../../adapters/aws/machines.ts';
import { assertFailed, assertOk } from '../../adapters/contract/contract-case.ts';
import { emulatorClient } from '../client-settings.ts';
import type { Stage } from '../context.ts';
import { freshName, systemClock } from '../harness/time.ts';

const definition = JSON.stringify({
  QueryLanguage: 'JSONata',
  StartAt: 'Answer',
  States: { Answer: { Type: 'Pass', Output: { code: '{% $states.input.code %}' }, End: true } },
});

/** Measured: an execution of one Pass state ends within 100 ms. */
const endsWithinMs = 5_000;
const soon = () => ({ deadlineAt: Date.now() + 20_000 });

/** Executions over the wire: starting twice is starting once, also when the first has ended; the outcome is read back. */
export const machines: Stage = {
  name: 'machines',
  async run(context) {
    const client = new SFNClient(emulatorClient(context.proxy.endpoint, context.regions[0]));
    const made = await client.send(
      new CreateStateMachineCommand({ name: freshName('machine'), definition, roleArn: 'arn:aws:iam::000000000000:role/any' }),
    );
    const adapter = new AwsMachines(client, { answer: made.stateMachineArn ?? '' }, systemClock);
    const name = freshName('answer');
    const first = assertOk(await adapter.start('answer', name, { code: 'pass' }, soon()));
    assert.equal(first.started, true);
    assert.deepEqual(assertOk(await adapter.start('answer', name, { code: 'pass' }, soon())), { ...first, started: false });
    const until = Date.now() + endsWithinMs;
    let outcome = assertOk(await adapter.describe(first.executionId, soon()));
    while (outcome.status === 'RUNNING' && Date.now() < until) {
      await systemClock.sleep(50);
      outcome = assertOk(await adapter.describe(first.executionId, soon()));
    }
    assert.deepEqual(outcome, { status: 'SUCCEEDED', output: { code: 'pass' } });
    assert.deepEqual(assertOk(await adapter.start('answer', name, { code: 'pass' }, soon())), { ...first, started: false });
    assertFailed(await adapter.describe(`${first.executionId}-nobody`, soon()), 'not-found');
    assertFailed(await adapter.start('nothing', name, {}, soon()), 'not-found');
    return ['an execution is started once, read back, and known by name after its end'];
  },
};
