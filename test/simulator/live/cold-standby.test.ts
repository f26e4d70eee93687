import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderLive } from '../../../bin/operator/live-order.ts';
import { parseConfig } from '../../../core/config/parse-config.ts';
import shipped from '../../../evenkeel.config.ts';
import { PageServer } from '../../../simulator/live/page-server.ts';
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

describe('orders of the command line, to a live world', () => {
  it('are carried out in a region that is up, and refused with the reason', async () => {
    const server = new PageServer({ port: await freePorts(1), source: pageOf(world, 0) });
    await server.open();
    const order = (command: object, region?: string) => orderLive(server.url, region, command);
    const who = { by: 'a test', reason: 'a drill' };
    expect(await order({ command: 'pause', ...who })).toMatchObject({ lines: ['pause is on'] });
    expect(await order({ command: 'status' }, 'us-west-2')).toMatchObject({ data: { region: 'us-west-2', pause: true } });
    expect(await order({ command: 'resume', ...who })).toMatchObject({ lines: ['pause is off'] });
    expect(await order({ command: 'thaw', target: 'checkout/eu-west-1', ...who })).toEqual({ error: 'checkout/eu-west-1 is not frozen' });
    expect(await order({ command: 'status' }, 'mars')).toMatchObject({
      error: expect.stringContaining('"mars" is not up; regions that are:'),
    });
    expect(await order({ command: 'dance' })).toHaveProperty('error');
    server.close();
  });
});

describe('a standby that stays cold, on real sockets', () => {
  it('is given back everything that was tried: the world is as before, and people are called', { timeout: 150_000 }, async () => {
    const scenario = liveScenarios.find(({ name }) => name === 'cold-standby');
    const healthy = world.snapshot();
    for (const fault of scenario?.faults(world) ?? []) await world.breakage.inject(fault);
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
    for (const fault of world.breakage.standing) await world.breakage.clear(fault);
    await until(() => world.steady() && world.customer?.last?.ok === true, 30);
    expect(world.snapshot()).toEqual(healthy);
  });
});
