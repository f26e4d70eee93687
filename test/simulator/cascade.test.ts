import { expect, test } from 'vitest';
import { loadMachines, loadScenario } from '../../bin/load-scenario.ts';
import type { ConfigInput } from '../../core/config/schema.ts';
import { readScenario } from '../../simulator/scenario.ts';
import { checkout, ecs, shop, shopRegions } from '../../simulator/scenarios/shop.ts';
import { simulate } from '../../simulator/simulate.ts';
import { parsed } from './small-shop.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('a dependency that fails is told with who is at risk, by which way and what protects them, before anybody has seen them fail', async () => {
  const { scenario, config } = await loadScenario('ledger');
  const { timeline, expectMet } = await simulate(scenario, config, { seed: 1, settle, machines: loadMachines() });
  expect(expectMet).toBe(true);
  const incident = 'inc-ledger-us-east-1-error-rate-1';
  const ranked = timeline.find((entry) => entry.kind === 'CauseRanked' && entry.data.incident === incident);
  expect(ranked?.data).toMatchObject({
    candidates: [{ cause: 'ledger/us-east-1', locus: 'service' }, {}],
    cascadeRisk: expect.toSatisfy((risk: number) => risk > config.thresholds.cascadeRisk),
    atRisk: ['billing', 'invoices', 'refunds', 'reports'],
    path: ['ledger', 'billing'],
    blastRadius: { services: expect.arrayContaining(['ledger/us-east-1', 'billing/us-east-1']) },
  });
  const told = timeline.filter(({ kind, data }) => kind === 'Notified' && String(data.title).includes('takes more services with it'));
  expect(told).toHaveLength(1);
  expect(told[0]?.data.title).toMatch(/^9\d % risk that us-east-1 takes more/);
  expect(told[0]?.reason).toMatch(
    /^next: billing \d+ %, invoices \d+ %, refunds \d+ %, reports \d+ %; by way of ledger → billing; 5 services .* advised: open the breaker between billing and ledger/,
  );
  const firstFailure = timeline.find(
    ({ kind, data, subject }) =>
      kind === 'HealthChanged' && subject.startsWith('billing/us-east-1') && data.to !== 'healthy' && data.from !== 'unknown',
  );
  expect(firstFailure?.at).toBeGreaterThan(told[0]?.at ?? 0);
});

type ServiceInput = ConfigInput['services'][number];

/** A service of four units in each region, looked at every ten seconds, that cannot do without what it depends on. */
const own = (name: string, dependency: string): ServiceInput => ({
  ...checkout({ name, trafficGroup: undefined, failover: false, dependsOn: [{ service: dependency }] }),
  deployments: Object.fromEntries(shopRegions.map((region) => [region, { ...ecs(4), service: name }])),
});

/** front → cart → ledger → bank, of which bank is somebody else's. */
const chain = parsed(
  shop(
    [
      own('front', 'cart'),
      own('cart', 'ledger'),
      own('ledger', 'bank'),
      { ...checkout({ name: 'bank', trafficGroup: undefined, failover: false }), deployments: {} },
    ],
    [],
  ),
);

test('three layers of victims are protected while the dependency is sick, come back from the inside out, and none of them is remediated', async () => {
  const read = readScenario({
    ...{ name: 'chain', source: 'made', minutes: 30, expect: { incidents: 1 } },
    faults: [{ at: 3, until: 15, kind: 'endpoint-down', where: { service: 'bank', region: 'us-east-1' } }],
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { timeline, violations } = await simulate(read.scenario, chain, { seed: 1, settle, machines: loadMachines() });
  const told = (kind: string) => timeline.filter((entry) => entry.kind === kind);
  expect(told('IncidentOpened').map((entry) => entry.data.incident)).toEqual(['inc-bank-us-east-1-dependency-down-1']);
  expect(told('PlanMade')).toEqual([]);
  expect(told('BreakerChanged').map(({ data: { target, to } }) => `${target} ${to}`)).toEqual([
    ...['front', 'cart', 'ledger'].map((name) => `${name}/us-east-1 held`),
    ...['ledger', 'cart', 'front'].flatMap((name) => [`${name}/us-east-1 half-open`, `${name}/us-east-1 closed`]),
  ]);
  expect(told('IncidentChanged').at(-1)?.data.to).toBe('resolved');
  expect(violations).toEqual([]);
});
