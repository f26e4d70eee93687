import { existsSync, readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { loadMachines } from '../../../bin/load-scenario.ts';
import { failed, ok } from '../../../core/model/index.ts';
import { remedies } from '../../../core/plan/remedies/index.ts';
import type { Remedy } from '../../../core/plan/remedies/remedy.ts';
import { once, step, twice } from '../../../core/plan/step.ts';
import { readScenario } from '../../../simulator/scenario.ts';
import { simulate } from '../../../simulator/simulate.ts';
import { smallShop } from '../../simulator/small-shop.ts';

const page = readFileSync(new URL('../../../docs/adding-a-remediation.md', import.meta.url), 'utf8');
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('every file that the page names is where it says', () => {
  const named = [...page.matchAll(/`([\w./-]+\/[\w.-]*)`/g)].flatMap(([, path]) => path ?? []);
  const missing = named.filter((path) => !path.includes('<') && !existsSync(new URL(`../../../${path}`, import.meta.url)));
  expect(named.length).toBeGreaterThan(15);
  expect(missing).toEqual([]);
});

/** Rows 3 and 4 of the page; the name stands for a new one, so that the vocabulary (row 1) need not be changed for a test. */
const recycleCache: Remedy = async (ctx, incident) => {
  const { service, region } = incident.subject;
  if (region === undefined || region !== ctx.region) return failed('refused', `the cache of ${service} is recycled from its own region`);
  const target = { service, region };
  return ok({
    action: 'script',
    target,
    capacityOutShare: 0,
    steps: [
      step('stage-1', 'set-flag', { target, name: '/shop/checkout/cache', value: 'recycle' }, once(60), { kind: 'restore-flag', verify: once(60) }),
      step('recover', 'confirm-recovery', target, twice(180)),
    ],
    reason: `recycle the cache of ${service} in ${region}: ${incident.cause}`,
  });
};

const original = remedies.degrade;
afterEach(() => {
  if (original !== undefined) remedies.degrade = original;
});

async function runWith(until: number) {
  remedies.degrade = recycleCache;
  const config = smallShop(
    { failover: false },
    {
      playbooks: [
        {
          name: 'errors',
          alert: 'error-rate',
          levels: [
            { name: 'soft', actions: [{ action: 'degrade' }], attempts: 1 },
            { name: 'emergency', actions: [{ action: 'page' }] },
          ],
        },
      ],
    },
  );
  const read = readScenario({
    ...{ name: 'recycle', source: 'made', minutes: 30, expect: { incidents: 1 } },
    faults: [{ at: 2, until, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1' }, with: { share: 0.4 } }],
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return simulate(read.scenario, config, { seed: 3, settle, machines: loadMachines() });
}

test('a remediation that follows the page is planned under policy, run by its machine, proven, and undone when it does not help', async () => {
  const report = await runWith(25);
  const run = report.actions.find((action) => action.target === 'checkout/us-east-1');
  expect(run).toMatchObject({ action: 'script', state: 'undone' });
  const kinds = report.timeline.filter((entry) => entry.data.plan !== undefined).map((entry) => entry.kind);
  expect(kinds).toEqual(expect.arrayContaining(['PlanMade', 'StepIntended', 'StepApplied', 'StepVerified', 'UndoApplied', 'UndoVerified']));
  expect(report.violations).toEqual([]);
}, 30_000);
