import { expect, test } from 'vitest';
import { onAnalyzeMessage } from '../../../core/analyze/analyze.ts';
import { putStored } from '../../../core/knowledge/stored.ts';
import { type HealthState, type Observation, storeKey } from '../../../core/model/index.ts';
import { composeMessage } from '../../../core/ports/compose-message.ts';
import { regionContext, shopConfig, startAt } from '../region-context.ts';

const group = 'checkout';

function observation(observer: string, at: number, status: HealthState, responseMs = 50): Observation {
  const views = [{ group, region: 'us-east-1', status, score: 0, responseMs, since: startAt, reason: 'a test' }];
  return { observer, at, abstains: false, views, traffic: {}, reason: 'a test' };
}

/** The region eu-west-1, which finds us-east-1 unhealthy itself. */
async function witness() {
  const bench = regionContext(shopConfig(), 'eu-west-1');
  await putStored(bench.ctx.ports.store, bench.clock, storeKey.observation('eu-west-1'), observation('eu-west-1', startAt, 'unhealthy'), 0);
  const peer = { region: 'us-west-2', ports: bench.ctx.ports };
  const hear = (status: HealthState, responseMs: number) =>
    onAnalyzeMessage(bench.ctx, composeMessage(peer, 'Observation', observation('us-west-2', bench.clock.now(), status, responseMs)));
  return { bench, hear };
}

test("a peer's word that makes a quorum is judged at once, and one that only says it again is left to the own next slot", async () => {
  const { bench, hear } = await witness();
  await hear('healthy', 50);
  expect(bench.of('QuorumReached')).toHaveLength(0);
  await bench.pass(5);
  await hear('unhealthy', 50);
  expect(bench.of('QuorumReached')).toHaveLength(1);
  const standing = `standing#${group}#us-east-1`;
  const written = () => bench.states.get('eu-west-1')?.items.get(standing)?.version;
  const before = written();
  await bench.pass(5);
  await putStored(
    bench.ctx.ports.store,
    bench.clock,
    storeKey.observation('eu-west-1'),
    observation('eu-west-1', bench.clock.now(), 'healthy'),
    1,
  );
  await hear('unhealthy', 70);
  expect(written()).toBe(before);
  await hear('degraded', 70);
  await bench.pass(5);
  await hear('healthy', 70);
  expect(written()).not.toBe(before);
});

test('peers hear of what changed at once, and of what lasts every 20 s, however often the region looks', async () => {
  const bench = regionContext(shopConfig(), 'eu-west-1');
  const own = { region: 'eu-west-1', ports: bench.ctx.ports };
  const told = () => bench.messages.filter(({ type }) => type === 'Observation').length / (bench.ctx.config.regions.length - 1);
  const slot = async () => {
    await onAnalyzeMessage(bench.ctx, composeMessage(own, 'SamplesTaken', { samples: [], last: true }));
    await bench.pass(5);
    return told();
  };
  expect([await slot(), await slot(), await slot(), await slot()]).toEqual([1, 1, 1, 1]);
  expect([await slot(), await slot()]).toEqual([2, 2]);
  bench.answers[group] = ['eu-west-1'];
  expect([await slot(), await slot()]).toEqual([3, 3]);
});

test('a look between the scheduled slots is judged at once when a service or the traffic became another, and else with the next slot', async () => {
  const bench = regionContext(shopConfig(), 'eu-west-1');
  const own = { region: 'eu-west-1', ports: bench.ctx.ports };
  const look = async (verdict: 'pass' | 'fail') => {
    const subject = { service: 'checkout', endpoint: 'health', region: 'us-east-1' };
    const at = bench.clock.now();
    const told = { verdict, status: verdict === 'pass' ? 'healthy' : 'critical', reason: verdict } as const;
    const sample = {
      id: `look-${at}`,
      at,
      vantage: 'eu-west-1',
      subject,
      phasesMs: { connect: 1 },
      dimension: 'liveness',
      ...told,
    } as const;
    await onAnalyzeMessage(bench.ctx, composeMessage(own, 'SamplesTaken', { samples: [sample], last: true }));
    await bench.pass(5);
    return bench.states.get('eu-west-1')?.items.get(storeKey.observation('eu-west-1'))?.version;
  };
  // Twenty seconds: the first look is judged, the others show nothing new.
  expect([await look('pass'), await look('pass'), await look('pass'), await look('pass')]).toEqual([1, 1, 1, 1]);
  // The second failure in a row turns the service, in the midst of the next twenty seconds.
  expect([await look('fail'), await look('fail'), await look('fail'), await look('fail')]).toEqual([2, 3, 3, 3]);
});
