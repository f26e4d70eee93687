import { describe, expect, it } from 'vitest';
import { readStored } from '../../../core/knowledge/stored.ts';
import { Incident, storeKey } from '../../../core/model/index.ts';
import { onPlanMessage } from '../../../core/plan/on-message.ts';
import { composeMessage } from '../../../core/ports/compose-message.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { incidentOf } from '../incident-of.ts';
import { type RegionBench, regionContext } from '../region-context.ts';

const here = 'us-east-1';
const open = incidentOf({ state: 'open' });

async function hear(bench: RegionBench, incident: Incident, from = here): Promise<string[]> {
  await onPlanMessage(bench.ctx, composeMessage({ region: from, ports: bench.ctx.ports }, 'IncidentChanged', incident), async () => {});
  return bench.started.map(({ machine }) => machine);
}

describe('word of an incident', () => {
  it('that is open and ours starts one responder, however often it comes', async () => {
    const bench = regionContext();
    expect(await hear(bench, open)).toEqual(['respond']);
    expect(await hear(bench, open)).toEqual(['respond']);
  });

  it.each<[string, Partial<Incident>]>([
    ['another region holds', { region: 'eu-west-1' }],
    ['is worked on already', { state: 'acting' }],
    ['is over', { state: 'resolved' }],
    ['people have', { state: 'escalated' }],
  ])('that %s starts nothing', async (_, over) => {
    expect(await hear(regionContext(), { ...open, ...over })).toEqual([]);
  });

  it('that its holder hands over is kept, whether or not the copy came', async () => {
    for (const copied of [false, true]) {
      const bench = regionContext();
      const state = bench.states.get(here);
      if (copied && state) writeItem(state, storeKey.incident(open.id), { ...open, region: 'eu-west-1' });
      await hear(bench, { ...open, epoch: 2 }, 'eu-west-1');
      const kept = await readStored(bench.ctx.ports.store, bench.clock, storeKey.incident(open.id), Incident);
      expect(kept.ok && kept.value.value).toMatchObject({ region: here, epoch: 2 });
    }
  });

  it.each<[string, Partial<Incident>, string]>([
    ['somebody who does not hold it', { region: 'eu-west-1' }, 'us-west-2'],
    ['its holder under an epoch that is over', { region: 'eu-west-1', epoch: 5 }, 'eu-west-1'],
    ['its holder, after it ended', { region: 'eu-west-1', state: 'resolved' }, 'eu-west-1'],
  ])('is not taken from %s', async (_, known, from) => {
    const bench = regionContext();
    const state = bench.states.get(here);
    if (state) writeItem(state, storeKey.incident(open.id), { ...open, ...known });
    await hear(bench, { ...open, epoch: 2 }, from);
    const kept = await readStored(bench.ctx.ports.store, bench.clock, storeKey.incident(open.id), Incident);
    expect(kept.ok && kept.value.value).toMatchObject({ region: 'eu-west-1', epoch: known.epoch ?? 1 });
  });
});
