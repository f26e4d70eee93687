import { describe, expect, test } from 'vitest';
import { putStored } from '../../../core/knowledge/stored.ts';
import { type Incident, Plan, storeKey } from '../../../core/model/index.ts';
import { operate } from '../../../core/plan/operator.ts';
import { type RegionBench, regionContext, startAt } from '../region-context.ts';

const order = { command: 'readmit', service: 'checkout', unit: 'checkout-us-east-1-2', by: 'ann', reason: 'it was mended' };
const said = async (bench: RegionBench, over: object = {}) => {
  const done = await operate(bench.ctx, { ...order, ...over });
  return done.ok ? `done: ${done.value.lines.join()}` : `${done.code}: ${done.reason}`;
};
const unitsOf = (bench: RegionBench) => bench.capacity.services['checkout/us-east-1']?.units ?? [];

/** A region in which the first two units are out: of zones a and b, of which there are four units in a, b, c, a. */
function withTwoOut(): RegionBench {
  const bench = regionContext();
  for (const unit of unitsOf(bench).slice(0, 2)) unit.ejected = true;
  return bench;
}

function planOf(bench: RegionBench): Plan | undefined {
  const items = [...(bench.states.get('eu-west-1')?.items.values() ?? [])];
  return items.filter((item) => item.key.startsWith('plan#')).map((item) => Plan.parse(item.body))[0];
}

describe('a readmission', () => {
  test('is planned as a trial that is undone by ejecting, kept at the peers and started', async () => {
    const bench = withTwoOut();
    expect(await said(bench)).toContain(
      'put checkout-us-east-1-2 of checkout in us-east-1 back on trial for 5 min: ann orders the readmission of checkout-us-east-1-2',
    );
    expect(bench.started).toMatchObject([{ machine: 'shift' }]);
    expect(planOf(bench)?.steps).toMatchObject([
      {
        kind: 'change-capacity',
        args: { changes: [{ change: { kind: 'readmit', units: ['checkout-us-east-1-2'] } }] },
        undo: { kind: 'restore-capacity' },
      },
      { kind: 'confirm-readmitted', args: { units: ['checkout-us-east-1-2'], seconds: 300 }, undo: null },
    ]);
  });

  test('of a zone means all of its units that are out', async () => {
    const bench = withTwoOut();
    for (const unit of unitsOf(bench)) unit.ejected = unit.zone === 'a';
    await said(bench, { unit: 'a' });
    expect(planOf(bench)?.steps[1]?.args.units).toEqual(['checkout-us-east-1-1', 'checkout-us-east-1-4']);
  });

  test.each<[string, object, (bench: RegionBench) => unknown, RegExp]>([
    [
      'a unit that is not out',
      { unit: 'checkout-us-east-1-3' },
      () => {},
      /refused: checkout-us-east-1-3 of checkout in us-east-1 is not out of the load balancer; out are checkout-us-east-1-1 \(zone a\), checkout-us-east-1-2 \(zone b\)$/,
    ],
    [
      'a unit that nobody knows',
      { unit: 'i-9' },
      () => {},
      /not-found: checkout in us-east-1 has no unit and no zone "i-9"; out are checkout-us-east-1-1/,
    ],
    [
      'a unit that the platform calls unhealthy',
      {},
      (bench) => {
        for (const unit of unitsOf(bench)) unit.healthyAt = null;
      },
      /refused: the platform calls checkout-us-east-1-2 of checkout unhealthy/,
    ],
    ['a service that is not deployed here', { service: 'basket' }, () => {}, /not-found: "basket" is not deployed in us-east-1/],
    ['no reason', { reason: '' }, () => {}, /invalid: reason: a reason is asked for/],
    ['a run on the same target', {}, (bench) => said(bench), /conflict: shift-\S+ is under way there: wait for its end/],
    [
      'a switch that is on',
      {},
      (bench) => operate(bench.ctx, { command: 'freeze', target: 'checkout/us-east-1', by: 'bob', reason: 'drill' }),
      /refused: freeze\/checkout\/us-east-1 is on, by bob/,
    ],
    [
      'trouble',
      {},
      (bench) => putStored(bench.ctx.ports.store, bench.clock, storeKey.incident('inc-1'), trouble, 0),
      /refused: inc-1 is acting: nothing is put back into trouble/,
    ],
  ])('is refused with %s, and says why', async (_what, over, prepare, words) => {
    const bench = withTwoOut();
    await prepare(bench);
    const before = bench.started.length;
    expect(await said(bench, over)).toMatch(words);
    expect(bench.started).toHaveLength(before);
    expect(unitsOf(bench).filter((unit) => unit.ejected)).toHaveLength(2);
  });
});

const trouble: Incident = {
  ...{ id: 'inc-1', epoch: 1, subject: { service: 'checkout', region: 'us-east-1' }, region: 'us-east-1', alert: 'error-rate' },
  ...{ cause: 'errors', locus: 'service', severity: 'critical', state: 'acting', attempt: 1, tried: [], openedAt: startAt },
  ...{ deadlineAt: startAt, reason: 'errors' },
};
