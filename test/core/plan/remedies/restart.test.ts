import { expect, test } from 'vitest';
import { restart } from '../../../../core/plan/remedies/unit-remedies.ts';
import { incidentOf } from '../../incident-of.ts';
import { keepHealth, regionContext, startAt } from '../../region-context.ts';

const region = 'us-east-1';
const incident = incidentOf({ alert: 'crash-loop', cause: 'crashes', onsetAt: startAt - 1_200_000, reason: 'crashes' });

test('what a restart wipes out is in its plan before anything is touched: the last looks, the units, where the logs are', async () => {
  const bench = regionContext();
  const look = { failures: 4, successes: 0, at: startAt - 5_000, responseMs: 80, weight: 1, dimension: 'readiness', addresses: 4 };
  await keepHealth(bench.ctx, {
    health: {
      ...{ subject: { service: 'checkout', region }, at: startAt, status: 'unhealthy', score: 0, reason: 'HTTP 503', evidence: [] },
      dimensions: { readiness: 'unhealthy' },
    },
    since: startAt,
    endpoints: { health: { ...look, status: 'unhealthy', sickAddresses: ['192.0.2.12'], last: 'fail', reason: 'HTTP 503' } },
  });
  const draft = await restart(bench.ctx, incident, { units: 2 });
  if (!draft.ok) throw new Error(draft.reason);
  const [first, second] = draft.value.steps;
  expect(first?.args.evidence).toMatchObject({
    at: startAt,
    looks: [{ name: 'health', at: startAt - 5_000, last: 'fail', sickAddresses: ['192.0.2.12'], reason: 'HTTP 503' }],
    logs: { deployment: { kind: 'ecs', cluster: 'shop', service: 'checkout' }, from: startAt - 1_200_000, to: startAt },
  });
  const units = ['us-east-1-1', 'us-east-1-2', 'us-east-1-3', 'us-east-1-4'].map((each) => ({ id: `checkout-${each}`, healthy: true }));
  expect(first?.args.evidence).toMatchObject({ units });
  expect(second?.args).not.toHaveProperty('evidence');
});
