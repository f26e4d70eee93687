import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../core/config/parse-config.ts';
import shipped from '../../../evenkeel.config.ts';
import { pageOf } from '../../../simulator/live/page-source.ts';
import { awaitSteady } from '../../../simulator/live/run-scenario.ts';
import { liveScenarios } from '../../../simulator/live/scenario.ts';
import { LiveWorld } from '../../../simulator/live/world.ts';
import { openPage } from '../../dashboard/browser.ts';
import { freePorts } from './free-ports.ts';
import { machineFiles } from './machine-files.ts';
import { until } from './until.ts';

/** Times faster than real: two verifications of five minutes have to fail. */
const speed = 14;
let world: LiveWorld;

beforeAll(async () => {
  const parsed = parseConfig(shipped);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  world = await LiveWorld.start({ shipped: parsed.config, machines: machineFiles(), carrier: 'object', port: await freePorts(5), speed });
  await awaitSteady(world, new AbortController().signal);
}, 60_000);
afterAll(() => world.stop());

describe('a standby that stays cold, on real sockets', () => {
  it('is given back everything that was tried: the world is as before, and people are called', { timeout: 150_000 }, async () => {
    const scenario = liveScenarios.find(({ name }) => name === 'cold-standby');
    const healthy = world.snapshot();
    for (const fault of scenario?.faults(world) ?? []) await world.inject(fault);
    await until(() => [...world.fleet.pids().keys()].every((unit) => !unit.includes('us-east-1')));
    const before = world.snapshot();
    await until(() => world.records().incidents.some(({ state }) => state === 'escalated'), 120);

    expect(world.snapshot()).toEqual(before);
    const { runs, steps } = world.records();
    expect(runs.map(({ action, state }) => [action, state])).toEqual([
      ['failover', 'undone'],
      ['failover', 'undone'],
    ]);
    const applied = [...steps.values()].flat().filter(({ appliedAt, undo }) => appliedAt !== undefined && undo !== undefined);
    expect(applied.map(({ step, state, undo }) => [step, state, undo?.verdict])).toEqual([
      ['claim', 'undone', 'pass'],
      ['pre-scale', 'undone', 'pass'],
      ['claim', 'undone', 'pass'],
      ['pre-scale', 'undone', 'pass'],
    ]);

    // The page can show what this world tells it.
    const page = openPage();
    page.send('entries', world.timeline.entries);
    page.send('state', pageOf(world, 0).state());
    expect(page.byId('runs').textContent).toMatch(/escalated .*pre-scale +undone +fail +undo +pass/);
    expect(page.byId('regions').all('article')).toHaveLength(3);

    // With the faults gone the same units serve again.
    for (const fault of world.faults) await world.clear(fault);
    await until(() => world.steady() && world.customer?.last?.ok === true, 30);
    expect(world.snapshot()).toEqual(healthy);
  });
});
