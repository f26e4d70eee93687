import { expect, test } from 'vitest';
import { loadMachines, loadScenario } from '../../bin/load-scenario.ts';
import { simulate } from '../../simulator/simulate.ts';

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
