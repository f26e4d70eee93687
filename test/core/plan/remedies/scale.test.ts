import { describe, expect, it } from 'vitest';
import { createService, type ServiceCapacity } from '../../../../adapters/memory/capacity-state.ts';
import type { JsonObject } from '../../../../core/model/index.ts';
import { scale } from '../../../../core/plan/remedies/scale.ts';
import { checkout, checkoutGroup, shop, shopRegions } from '../../../../simulator/scenarios/shop.ts';
import { incidentOf } from '../../incident-of.ts';
import { configOf, regionContext } from '../../region-context.ts';

const region = 'us-east-1';
const incident = incidentOf({ alert: 'cpu', cause: 'busy', reason: 'busy' });
const onLambda = { kind: 'lambda' as const, function: 'checkout', minUnits: 1, baselineUnits: 4, maxUnits: 24 };

/** What a scale of a function with this concurrency comes to: its change and the proof that follows, or why it is refused. */
async function scaled(over: Partial<ServiceCapacity>, args: JsonObject = {}) {
  const deployments = Object.fromEntries(shopRegions.map((each) => [each, onLambda]));
  const bench = regionContext(configOf(shop([checkout({ deployments })], [checkoutGroup(4)])), region);
  const service = createService({ desired: 0, min: 0, max: 24, zones: ['a'], startUpMs: 1_000, saturation: 0.9 }, 'checkout');
  bench.capacity.services[`checkout/${region}`] = { ...service, ...over };
  const draft = await scale(bench.ctx, incident, args);
  if (!draft.ok) return draft.reason;
  const [stage, proof] = draft.value.steps;
  if (stage === undefined) return 'no step';
  const changes = stage.args.changes as { change: unknown }[];
  return [changes[0]?.change, proof?.kind];
}

describe('scaling a Lambda function', () => {
  it('raises what is provisioned, to where 60 % of it would be used', async () => {
    const concurrency = { provisioned: 4, reserved: null, readyAt: 0 };
    expect(await scaled({ concurrency })).toEqual([{ kind: 'concurrency', provisioned: 6, reserved: null }, 'confirm-relief']);
    expect(await scaled({ concurrency }, { factor: 2 })).toEqual([
      { kind: 'concurrency', provisioned: 8, reserved: null },
      'confirm-relief',
    ]);
  });

  it('adds one unit where the saturation says nothing or is low already', async () => {
    const concurrency = { provisioned: 4, reserved: null, readyAt: 0 };
    for (const saturation of [Number.NaN, 0.1, 0.6])
      expect(await scaled({ concurrency, saturation })).toMatchObject([{ provisioned: 5 }, {}]);
  });

  it('raises the reservation with it where that would be less, and leaves a larger one', async () => {
    expect(await scaled({ concurrency: { provisioned: 4, reserved: 5, readyAt: 0 } })).toMatchObject([{ provisioned: 6, reserved: 6 }, {}]);
    expect(await scaled({ concurrency: { provisioned: 4, reserved: 50, readyAt: 0 } })).toMatchObject([
      { provisioned: 6, reserved: 50 },
      {},
    ]);
  });

  it('never goes over the policy, the deployment or the quota of the account', async () => {
    expect(await scaled({ concurrency: { provisioned: 4, reserved: null, readyAt: 0 } }, { factor: 9 })).toMatchObject([
      { provisioned: 8 },
      {},
    ]);
    expect(await scaled({ concurrency: { provisioned: 20, reserved: null, readyAt: 0 } }, { factor: 2 })).toMatchObject([
      { provisioned: 24 },
      {},
    ]);
    const quota = { limit: 10, usedElsewhere: 5 };
    expect(await scaled({ concurrency: { provisioned: 4, reserved: null, readyAt: 0 }, quota })).toBe(
      'quota: 5 of 10 units are used, 6 more are wanted',
    );
    expect(await scaled({ concurrency: { provisioned: 4, reserved: 4, readyAt: 0 }, quota })).toBe(
      'quota: 9 of 10 units are used, 2 more are wanted',
    );
  });

  it('has no size to change', async () => {
    expect(await scaled({ concurrency: { provisioned: 4, reserved: null, readyAt: 0 } }, { memoryFactor: 1.5 })).toContain('not ours');
  });
});
