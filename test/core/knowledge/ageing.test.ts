import { expect, test } from 'vitest';
import { agesAt } from '../../../core/knowledge/ageing.ts';
import { changeIncident, keepIncident, readIncident } from '../../../core/knowledge/incidents.ts';
import { queryStored } from '../../../core/knowledge/stored.ts';
import { Incident } from '../../../core/model/index.ts';
import { type RegionBench, regionContext, startAt } from '../region-context.ts';

const incident = (id: string): Incident => ({
  ...{ id, epoch: 1, subject: { service: 'checkout', region: 'us-east-1' }, region: 'us-east-1', alert: 'cpu', cause: 'so' },
  ...{ locus: 'service', severity: 'critical', state: 'open', attempt: 0, tried: [], openedAt: startAt, deadlineAt: startAt, reason: 'so' },
});
const idsIn = async ({ ctx, clock }: RegionBench, region?: string) => {
  const table = region === undefined ? ctx.ports.store : ctx.ports.peerStores[region];
  const found = table === undefined ? null : await queryStored(table, clock, 'incident#', 500, Incident);
  return found?.ok === true ? found.value.map(({ id }) => id) : [];
};

test('an incident that is over goes after a quarter of a year, here and at the peers; one that is open stays', async () => {
  const bench = regionContext();
  for (const id of ['inc-a', 'inc-b']) await keepIncident(bench.ctx, incident(id));
  await changeIncident(bench.ctx, 'inc-a', () => ({ state: 'resolved', resolvedAt: bench.clock.now(), reason: 'over' }));
  await bench.pass(91 * 86_400);
  expect(await idsIn(bench)).toEqual(['inc-a', 'inc-b']);
  await bench.pass(2 * 86_400);
  expect([await idsIn(bench), await idsIn(bench, 'eu-west-1')]).toEqual([['inc-b'], ['inc-b']]);
  expect(await readIncident(bench.ctx, 'inc-a')).toMatchObject({ ok: false, code: 'not-found' });
});

test.each([
  ['run#p', { endedAt: startAt }, 31],
  ['plan#p', { createdAt: startAt }, 31],
  ['step#p#s', { intentAt: startAt }, 31],
])('%s goes a month after its end', (key, body, days) => {
  expect(agesAt(key, body)).toBe(startAt + days * 86_400_000);
});

test.each([
  ['run#p', { startedAt: startAt }],
  ['lease#checkout/us-east-1', { endedAt: startAt }],
  ['standing#group:checkout/us-east-1', { at: startAt }],
  ['switch#kill', { at: startAt }],
])('%s stays', (key, body) => {
  expect(agesAt(key, body)).toBeUndefined();
});
