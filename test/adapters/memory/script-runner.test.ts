import { expect, test } from 'vitest';
import { createScriptState, MemoryScriptRunner } from '../../../adapters/memory/script-runner.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';
import { SequentialIds } from '../../../simulator/world/ids.ts';
import { drain } from './drain.ts';

const target = { service: 's', region: 'r' };
const fence = { epoch: 1, leaseUntil: 1e9 };
const call = { deadlineAt: 1e9 };

test('the world hears of a run when it ends, with what it was given', async () => {
  const clock = new VirtualClock(0);
  const state = createScriptState();
  state.documents['flush-cache'] = { versions: ['3'], durationMs: 700, exitStatus: 0 };
  state.documents['never-ends'] = { versions: ['1'], durationMs: null, exitStatus: 0 };
  const ended: string[] = [];
  const scripts = new MemoryScriptRunner(state, clock, new SequentialIds('r'), (run) => {
    ended.push(`${run.document} ${run.version} ${JSON.stringify(run.parameters)} at ${clock.now()}`);
  });
  await scripts.run(target, 'flush-cache', '3', { share: '0.5' }, fence, call);
  const endless = await scripts.run(target, 'never-ends', '1', {}, fence, call);
  await clock.run(1e6, drain);
  expect(ended).toEqual(['flush-cache 3 {"share":"0.5"} at 700']);
  expect(await scripts.status(endless.ok ? endless.value.runId : '', call)).toMatchObject({ value: { state: 'running' } });
});
