import { describe, expect, it } from 'vitest';
import { onAssistMessage } from '../../../core/execute/assist.ts';
import { type AssistRequest, failed, Message, ok } from '../../../core/model/index.ts';
import { regionContext, shopConfig, startAt } from '../region-context.ts';
import { withMethods } from '../with-methods.ts';

const region = 'eu-west-1';
const target = { service: 'checkout', region };

function request(id: string, phase: AssistRequest['phase'] = 'prepare'): Message {
  const change = { kind: 'count', desired: 8 };
  const body = { phase, planId: 'failover-1', incident: 'inc-1', epoch: 1, requester: 'us-west-2', target, change, reason: 'a test' };
  return Message.parse({ v: 1, type: 'AssistRequested', from: 'us-west-2', sentAt: startAt, id, body });
}

describe('a region that is asked to make room', () => {
  it('tries again at the next request when its platform was busy at the first', async () => {
    const bench = regionContext(shopConfig(), region);
    const { capacity } = bench.ctx.ports;
    let busy = 1;
    const moody = withMethods(capacity, {
      apply: async (...args) => (busy-- > 0 ? failed('throttled', 'busy') : capacity.apply(...args)),
    });
    const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, capacity: moody } };
    await onAssistMessage(ctx, request('m-1'));
    expect(bench.capacity.services[`checkout/${region}`]?.desired).toBe(4);
    await onAssistMessage(ctx, request('m-2'));
    await bench.pass(60);
    await onAssistMessage(ctx, request('m-3'));
    expect(bench.capacity.services[`checkout/${region}`]?.desired).toBe(8);
    await bench.pass(1);
    const verdicts = bench.messages.flatMap((each) => (each.type === 'AssistReported' ? [each.body.verdict] : []));
    expect(verdicts).toEqual(['inconclusive', 'inconclusive', 'pass']);
  });

  it('goes back to what was there before the first request, however often it was asked', async () => {
    const bench = regionContext(shopConfig(), region);
    for (const id of ['m-1', 'm-2']) await onAssistMessage(bench.ctx, request(id));
    await onAssistMessage(bench.ctx, request('m-3', 'return'));
    expect(bench.capacity.services[`checkout/${region}`]?.desired).toBe(4);
    // What comes late must not bring back what was given back.
    await onAssistMessage(bench.ctx, request('m-4'));
    expect(bench.capacity.services[`checkout/${region}`]?.desired).toBe(4);
  });

  it('touches nothing while its table loses the way back: what is there at the next request is not what was there before', async () => {
    const bench = regionContext(shopConfig(), region);
    const { store } = bench.ctx.ports;
    const lying = withMethods(store, { put: async (item, version) => ok({ ...item, version: version + 1 }) });
    const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, store: lying } };
    for (const id of ['m-1', 'm-2']) await onAssistMessage(ctx, request(id));
    expect(bench.capacity.services[`checkout/${region}`]?.desired).toBe(4);
  });
});
