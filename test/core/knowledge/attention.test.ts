import { expect, it } from 'vitest';
import { Attention, attentionKey, isHeeded, noteAttention } from '../../../core/knowledge/attention.ts';
import { readStored } from '../../../core/knowledge/stored.ts';
import type { Incident } from '../../../core/model/index.ts';
import { incidentOf } from '../incident-of.ts';
import { regionContext } from '../region-context.ts';

async function heeded(incident: Incident): Promise<(service: string, region: string) => boolean> {
  const { ctx } = regionContext();
  await noteAttention(ctx, [incident], []);
  const read = await readStored(ctx.ports.store, ctx.ports.clock, attentionKey, Attention);
  const attention = read.ok ? read.value.value : null;
  return (service, region) => attention !== null && isHeeded(attention, { service, region });
}

it('a service that is worked on is looked at closely wherever it runs, its neighbours in the region are not', async () => {
  const isSeen = await heeded(incidentOf());
  expect([isSeen('checkout', 'us-east-1'), isSeen('checkout', 'eu-west-1'), isSeen('ads', 'us-east-1')]).toEqual([true, true, false]);
});

it('a region that is worked on is looked at closely with all that runs there, and so is its traffic group everywhere', async () => {
  const isSeen = await heeded(incidentOf({ group: 'checkout' }));
  expect([isSeen('ads', 'us-east-1'), isSeen('checkout', 'eu-west-1'), isSeen('ads', 'eu-west-1')]).toEqual([true, true, false]);
});

it('what is over is not worked on', async () => {
  expect((await heeded(incidentOf({ state: 'resolved' })))('checkout', 'us-east-1')).toBe(false);
});
