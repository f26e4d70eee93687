import { existsSync, readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { loadMachines } from '../../../bin/load-scenario.ts';
import { setFlag } from '../../../core/execute/kinds/flag.ts';
import { stepKinds } from '../../../core/execute/kinds/index.ts';
import { lookAtService } from '../../../core/execute/service-look.ts';
import type { StepKind } from '../../../core/execute/step-kind.ts';
import { failed, ok } from '../../../core/model/index.ts';
import { remedies } from '../../../core/plan/remedies/index.ts';
import type { Remedy } from '../../../core/plan/remedies/remedy.ts';
import { once, step, twice } from '../../../core/plan/step.ts';
import { readScenario } from '../../../simulator/scenario.ts';
import { type SimulationReport, simulate } from '../../../simulator/simulate.ts';
import { smallShop } from '../../simulator/small-shop.ts';

const page = readFileSync(new URL('../../../docs/adding-a-remediation.md', import.meta.url), 'utf8');
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('every file that the page names is where it says', () => {
  const named = [...page.matchAll(/`([\w./-]+\/[\w.-]*)`/g)].flatMap(([, path]) => path ?? []);
  const missing = named.filter((path) => !path.includes('<') && !existsSync(new URL(`../../../${path}`, import.meta.url)));
  expect(named.length).toBeGreaterThan(15);
  expect(missing).toEqual([]);
});

/** Rows 9 and 10: the parameter is set, and proven only when the probes after it are well. Its undo is a kind that exists. */
const recycleKind: StepKind = {
  ...setFlag,
  async look(args, scope) {
    const set = await setFlag.look(args, scope);
    if (set.verdict !== 'pass') return set;
    return lookAtService(scope.ctx, { service: scope.run.target.service, region: scope.run.target.region }, scope.appliedAt);
  },
};

/** Rows 3 and 4. It takes the name of another action, so that the vocabulary (row 1) need not be changed for a test. */
const recycleCache: Remedy = async (ctx, incident) => {
  const { service, region } = incident.subject;
  if (region === undefined || region !== ctx.region) return failed('refused', `the cache of ${service} is recycled from its own region`);
  const target = { service, region };
  const args = { target, name: '/shop/checkout/cache', value: 'recycle' };
  return ok({
    action: 'script',
    target,
    capacityOutShare: 0,
    steps: [step('stage-1', 'recycle-cache', args, twice(120), { kind: 'restore-flag', verify: once(60) })],
    reason: `recycle the cache of ${service} in ${region}: ${incident.cause}`,
  });
};

const original = remedies.degrade;
afterEach(() => {
  if (original !== undefined) remedies.degrade = original;
  delete stepKinds['recycle-cache'];
});

async function runWith(until: number) {
  remedies.degrade = recycleCache;
  stepKinds['recycle-cache'] = recycleKind;
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
    faults: [{ at: 2, until, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1' }, with: { share: 1 } }],
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return simulate(read.scenario, config, { seed: 3, settle, machines: loadMachines() });
}

const planned = (report: SimulationReport) => report.timeline.filter((entry) => entry.data.plan !== undefined).map((entry) => entry.kind);

test('a remediation that follows the page is planned under policy, run by its machine, and undone when it does not help', async () => {
  const report = await runWith(25);
  expect(report.actions.find((action) => action.target === 'checkout/us-east-1')).toMatchObject({ action: 'script', state: 'undone' });
  expect(planned(report)).toEqual(
    expect.arrayContaining(['PlanMade', 'StepIntended', 'StepApplied', 'StepVerified', 'UndoApplied', 'UndoVerified']),
  );
  expect(report.violations).toEqual([]);
}, 30_000);

test('it is proven and stays when the errors end after it', async () => {
  const report = await runWith(6);
  const run = report.actions.find((action) => action.target === 'checkout/us-east-1');
  expect(run).toMatchObject({ action: 'script', state: 'verified' });
  expect(planned(report)).not.toContain('UndoApplied');
}, 30_000);
