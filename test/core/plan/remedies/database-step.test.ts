import { describe, expect, it } from 'vitest';
import { createDatabase, createDataState, type Database, MemoryDataControl } from '../../../../adapters/memory/data-control.ts';
import { databaseStep } from '../../../../core/plan/remedies/database-step.ts';
import { checkout, checkoutGroup, ecs, shop } from '../../../../simulator/scenarios/shop.ts';
import { configOf, regionContext } from '../../region-context.ts';

const regions = ['us-east-1', 'eu-west-1', 'us-west-2'] as const;

function benchWith(change: (database: Database) => void, kind: 'aurora-global' | 'dynamodb-global' = 'aurora-global', known = 'orders') {
  const database = { kind, id: 'orders' };
  const deployments = Object.fromEntries(regions.map((region) => [region, { ...ecs(4), database }]));
  const bench = regionContext(configOf(shop([checkout({ deployments })], [checkoutGroup(1)])), 'eu-west-1');
  const state = createDataState();
  const orders = createDatabase('orders', kind, [...regions]);
  change(orders);
  state.databases[known] = orders;
  bench.ctx.ports.data = new MemoryDataControl(state, bench.clock, async () => ({ ok: true, value: true }));
  return databaseStep(bench.ctx, 'checkout', 'us-east-1', 'eu-west-1');
}

describe('the database step of a failover', () => {
  it('is a switchover with an undo while the source is well', async () => {
    const made = await benchWith(() => {});
    expect(made).toMatchObject({
      ok: true,
      value: {
        kind: 'move-database',
        args: { database: 'orders', to: 'eu-west-1' },
        undo: { kind: 'return-database' },
        irreversible: false,
      },
    });
  });

  it('is a point of no return that needs an approval when the source is lost', async () => {
    const made = await benchWith((orders) => {
      for (const member of orders.members) if (member.region === 'us-east-1') member.status = 'unavailable';
    });
    expect(made).toMatchObject({ ok: true, value: { args: { approval: 'plan' }, undo: null, irreversible: true } });
  });

  it('is not there when the writer is elsewhere already', async () => {
    const made = await benchWith((orders) => {
      orders.writer = 'us-west-2';
    });
    expect(made).toEqual({ ok: true, value: null });
  });

  it('is not there for a table that is written everywhere', async () => {
    expect(await benchWith(() => {}, 'dynamodb-global')).toEqual({ ok: true, value: null });
  });

  it('is refused when the services of the group write two databases: a run moves one writer', async () => {
    const on = (id: string) =>
      Object.fromEntries(regions.map((region) => [region, { ...ecs(4), database: { kind: 'aurora-global' as const, id } }]));
    const cart = { ...checkout({ deployments: on('carts') }), name: 'cart' };
    const config = configOf(shop([checkout({ deployments: on('orders') }), cart], [checkoutGroup(1)]));
    const made = await databaseStep(regionContext(config, 'eu-west-1').ctx, 'checkout', 'us-east-1', 'eu-west-1');
    expect(made).toMatchObject({ ok: false, code: 'refused', reason: expect.stringContaining('2 databases') });
  });

  it('is refused when the database cannot be asked: nobody moves traffic away from the only writer unseen', async () => {
    const made = await benchWith(() => {}, 'aurora-global', 'other');
    expect(made.ok).toBe(false);
  });
});
