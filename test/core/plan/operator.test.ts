import { expect, test } from 'vitest';
import { onAnalyzeMessage } from '../../../core/analyze/analyze.ts';
import { emptySeriesMemory } from '../../../core/analyze/anomalies.ts';
import { putStored, readStored } from '../../../core/knowledge/stored.ts';
import {
  failed,
  freezeSwitch,
  Incident,
  killSwitch,
  pauseSwitch,
  Run,
  Switch,
  standingKey,
  storeKey,
  unknownStanding,
} from '../../../core/model/index.ts';
import { operate } from '../../../core/plan/operator.ts';
import { shopRegions } from '../../../simulator/scenarios/shop.ts';
import { type RegionBench, regionContext } from '../region-context.ts';
import { withMethods } from '../with-methods.ts';

const said = { by: 'ann', reason: 'drill' };
const keep = (bench: RegionBench, key: string, value: unknown) => putStored(bench.ctx.ports.store, bench.clock, key, value, 0);

async function switchOf(bench: RegionBench, name: string): Promise<Switch | null> {
  const read = await readStored(bench.ctx.ports.store, bench.clock, storeKey.switch(name), Switch);
  return read.ok ? read.value.value : null;
}

async function refusal(bench: RegionBench, order: object): Promise<string> {
  const done = await operate(bench.ctx, order);
  return done.ok ? `done: ${done.value.lines.join()}` : done.reason;
}

test.each([
  ['a thaw without a reason', { command: 'thaw', target: 'checkout/us-east-1', by: 'ann', reason: '' }, 'reason: a reason is asked for'],
  ['an order of nobody', { command: 'pause', by: '', reason: 'x' }, 'by: say who you are'],
  ['a thaw of what is not frozen', { command: 'thaw', target: 'checkout/us-east-1', ...said }, 'checkout/us-east-1 is not frozen'],
  [
    'an unknown target',
    { command: 'freeze', target: 'chekout/us-east-1', ...said },
    '"chekout/us-east-1" is no target; there are checkout/us-east-1',
  ],
  ['an unknown order', { command: 'reboot', ...said }, 'command: '],
  ['an unknown token', { command: 'approve', token: 'nope', ...said }, 'no approval with this token waits in us-east-1'],
  ['an unknown group', { command: 'drain', group: 'x', region: 'us-east-1', ...said }, '"x" is no traffic group; there are checkout'],
  ['an unknown region', { command: 'drain', group: 'checkout', region: 'mars-1', ...said }, 'checkout is not served by "mars-1"'],
  ['a failback from elsewhere', { command: 'failback', group: 'checkout', region: 'eu-west-1', ...said }, 'use --region eu-west-1'],
  [
    'a failback of what is not drained',
    { command: 'failback', group: 'checkout', region: 'us-east-1', ...said },
    'us-east-1 is not drained of checkout',
  ],
  [
    'a drain that nobody can take',
    { command: 'drain', group: 'checkout', region: 'us-east-1', ...said },
    'no other region can take the traffic of checkout',
  ],
])('%s is a clear error', async (_, order, words) => {
  expect(await refusal(regionContext(), order)).toContain(words);
});

test('a token is used once, and one that has expired is a no', async () => {
  const bench = regionContext();
  const approval = { planId: 'p', incident: 'i', what: 'promote the replica', expiresAt: bench.clock.now() + 60_000 };
  const call = { deadlineAt: bench.clock.now() + 5_000 };
  const asked = await bench.ctx.ports.approver.request(approval, call);
  const late = await bench.ctx.ports.approver.request(approval, call);
  if (!asked.ok || !late.ok) throw new Error('not asked');
  expect(await refusal(bench, { command: 'approve', token: asked.value.token, ...said })).toContain('done: approved');
  expect(await refusal(bench, { command: 'deny', token: asked.value.token, by: 'bob', reason: 'no' })).toContain('the token is used');
  await bench.pass(61);
  expect(await refusal(bench, { command: 'approve', token: late.value.token, ...said })).toContain('expired');
  expect(bench.of('ApprovalDecided')).toMatchObject([{ data: { by: 'ann', accept: true }, reason: 'drill' }]);
});

test('pause and resume, freeze and thaw are told to every region with who and why', async () => {
  const bench = regionContext();
  await operate(bench.ctx, { command: 'pause', ...said });
  await operate(bench.ctx, { command: 'freeze', target: 'group:checkout/eu-west-1', ...said });
  expect(await switchOf(bench, pauseSwitch)).toMatchObject({ on: true, ...said });
  for (const region of shopRegions) expect([...(bench.states.get(region)?.items.keys() ?? [])]).toContain(storeKey.switch(pauseSwitch));
  await operate(bench.ctx, { command: 'resume', by: 'bob', reason: 'done' });
  await operate(bench.ctx, { command: 'thaw', target: 'group:checkout/eu-west-1', by: 'bob', reason: 'looked at it' });
  expect(await switchOf(bench, pauseSwitch)).toMatchObject({ on: false, by: 'bob', reason: 'done' });
  expect(await switchOf(bench, freezeSwitch('group:checkout/eu-west-1'))).toMatchObject({ on: false });
  expect(bench.kinds().filter((kind) => kind !== 'SwitchChanged')).toEqual(['TargetFrozen', 'TargetThawed']);
});

test('the kill switch goes to all regions by message as well, and a word that comes late does not undo a later one', async () => {
  const bench = regionContext();
  await operate(bench.ctx, { command: 'kill', on: true, ...said });
  await bench.pass(1);
  const sent = bench.messages.filter((message) => message.type === 'KillSwitch');
  expect(sent).toHaveLength(2);
  const peer = regionContext(bench.ctx.config, 'eu-west-1');
  await keep(peer, storeKey.switch(killSwitch), { on: false, by: 'bob', at: bench.clock.now() + 10_000, reason: 'later' });
  for (const message of sent.slice(0, 1)) await onAnalyzeMessage(peer.ctx, message, emptySeriesMemory());
  expect(await switchOf(peer, killSwitch)).toMatchObject({ on: false, by: 'bob' });
  const fresh = regionContext(bench.ctx.config, 'us-west-2');
  for (const message of sent.slice(0, 1)) await onAnalyzeMessage(fresh.ctx, message, emptySeriesMemory());
  expect(await switchOf(fresh, killSwitch)).toMatchObject({ on: true, by: 'ann' });
});

test('every order is written down, done or not, without its token', async () => {
  const bench = regionContext();
  await operate(bench.ctx, { command: 'approve', token: 'sesame', ...said });
  await operate(bench.ctx, { command: 'pause', ...said });
  const log = JSON.stringify(
    [...(bench.states.get('us-east-1')?.items.values() ?? [])].filter((item) => item.key.startsWith('operator#t')),
  );
  expect(log).toContain('"command":"approve"');
  expect(log).toContain('"command":"pause"');
  expect(log).toContain('"by":"ann"');
  expect(log).not.toContain('sesame');
});

test('an order that cannot be written down says so, and counts as what it came to', async () => {
  const bench = regionContext();
  const { store } = bench.ctx.ports;
  const unwritable = withMethods(store, { append: async () => failed('refused', 'no such stream') });
  const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, store: unwritable } };
  const warning = 'the order may not be on record (no such stream): note yourself who gave it, why and when';
  expect(await operate(ctx, { command: 'pause', ...said })).toEqual({
    ok: true,
    value: { lines: ['pause is on'], data: { name: 'pause', on: true }, warning },
  });
  expect(await operate(ctx, { command: 'thaw', target: 'checkout/us-east-1', ...said })).toEqual(
    failed('not-found', `checkout/us-east-1 is not frozen; ${warning}`),
  );
  expect(await operate(bench.ctx, { command: 'resume', ...said })).not.toHaveProperty('value.warning');
  expect(await operate(ctx, { command: 'status' })).not.toHaveProperty('value.warning');
});

test('breaking the glass opens an incident in the best other region, in the name of the person', async () => {
  const bench = regionContext();
  for (const observer of shopRegions) {
    const views = shopRegions.map((region) => ({
      group: 'checkout',
      region,
      status: 'healthy',
      score: 1,
      responseMs: 50,
      since: 0,
      reason: 'well',
    }));
    await keep(bench, storeKey.observation(observer), {
      observer,
      at: bench.clock.now(),
      abstains: false,
      views,
      traffic: {},
      reason: 'seen',
    });
  }
  const done = await operate(bench.ctx, { command: 'drain', group: 'checkout', region: 'us-east-1', ...said });
  expect(done).toMatchObject({ ok: true, value: { data: { incident: 'inc-checkout-us-east-1-1', to: 'eu-west-1' } } });
  const read = await readStored(bench.ctx.ports.store, bench.clock, storeKey.incident('inc-checkout-us-east-1-1'), Incident);
  expect(read.ok && read.value.value).toMatchObject({ orderedBy: 'ann', region: 'eu-west-1', alert: 'region-impaired', group: 'checkout' });
});

test('a failback is planned in stages: proven, capacity, a tenth of the weight, the votes, half, all, watched', async () => {
  const bench = regionContext();
  await keep(bench, standingKey('checkout', 'us-east-1'), { ...unknownStanding('checkout', 'us-east-1'), epoch: 3, drained: true });
  const done = await operate(bench.ctx, { command: 'failback', group: 'checkout', region: 'us-east-1', ...said });
  expect(done.ok ? done.value.lines[0] : done.reason).toContain('in stages of 10 %, 50 %, 100 %');
  expect(bench.started).toMatchObject([{ machine: 'failback' }]);
  expect(bench.of('PlanMade')[0]?.data).toMatchObject({
    steps: ['proven', 'stage-1', 'stage-2', 'stage-3', 'stage-4', 'stage-5', 'recover'],
  });
  const runs = [...(bench.states.get('eu-west-1')?.items.values() ?? [])].filter((item) => item.key.startsWith('run#'));
  expect(runs.map((item) => Run.parse(item.body))).toMatchObject([{ action: 'failback', epoch: 4, holder: 'us-east-1', state: 'running' }]);
});

test('an order is carried out and written down although every table call is throttled the first time', async () => {
  const bench = regionContext();
  await keep(bench, standingKey('checkout', 'us-east-1'), { ...unknownStanding('checkout', 'us-east-1'), epoch: 3, drained: true });
  const { store } = bench.ctx.ports;
  const seen = new Set<string>();
  const isFirst = (call: string) => !seen.has(call) && seen.add(call).size > 0;
  const busy = withMethods(store, {
    get: async (key, call) => (isFirst(`get ${key}`) ? failed('throttled', 'busy') : store.get(key, call)),
    put: async (item, version, call) => (isFirst(`put ${item.key}`) ? failed('throttled', 'busy') : store.put(item, version, call)),
    append: async (stream, entry, call) => (isFirst(`append ${stream}`) ? failed('throttled', 'busy') : store.append(stream, entry, call)),
  });
  const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, store: busy } };
  const ordered = operate(ctx, { command: 'failback', group: 'checkout', region: 'us-east-1', ...said });
  await bench.pass(120);
  expect(await ordered).toMatchObject({ ok: true });
  expect(bench.started).toMatchObject([{ machine: 'failback' }]);
  expect([...(bench.states.get('us-east-1')?.items.keys() ?? [])]).toContainEqual(expect.stringMatching(/^operator#t/));
});

test('no failback starts while a switch is on', async () => {
  const bench = regionContext();
  await keep(bench, standingKey('checkout', 'us-east-1'), { ...unknownStanding('checkout', 'us-east-1'), drained: true });
  await operate(bench.ctx, { command: 'kill', on: true, ...said });
  expect(await refusal(bench, { command: 'failback', group: 'checkout', region: 'us-east-1', ...said })).toBe('kill is on, by ann: drill');
});

test('status says what is switched, drained, open and under way', async () => {
  const bench = regionContext();
  await operate(bench.ctx, { command: 'pause', ...said });
  await keep(bench, standingKey('checkout', 'us-west-2'), { ...unknownStanding('checkout', 'us-west-2'), drained: true });
  const done = await operate(bench.ctx, { command: 'status' });
  expect(done).toMatchObject({ ok: true, value: { data: { pause: true, kill: false, drained: ['group:checkout/us-west-2'] } } });
  expect(await operate(bench.ctx, { command: 'incidents' })).toMatchObject({ ok: true, value: { lines: ['no incident is open'] } });
});
