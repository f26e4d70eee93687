import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryCapacityControl } from '../../../adapters/memory/capacity-control.ts';
import { createCapacityState } from '../../../adapters/memory/capacity-state.ts';
import { parseConfig } from '../../../core/config/parse-config.ts';
import type { CapacityChange } from '../../../core/model/index.ts';
import shipped from '../../../evenkeel.config.ts';
import { LiveClock } from '../../../simulator/live/clock.ts';
import { Fleet } from '../../../simulator/live/fleet.ts';
import { createLayout } from '../../../simulator/live/layout.ts';
import { liveConfigOf } from '../../../simulator/live/live-config.ts';
import { LiveScriptRunner } from '../../../simulator/live/script-runner.ts';
import { SequentialIds } from '../../../simulator/world/ids.ts';
import { until } from './until.ts';

const parsed = parseConfig({
  ...shipped,
  services: shipped.services.slice(1).map((service) => ({ ...service, tier: 1 })),
  trafficGroups: [],
});
if (!parsed.ok) throw new Error('the example does not parse');
const layout = createLayout(parsed.config, 9_000);
const { config } = liveConfigOf(parsed.config, { layout, carrier: 'object', ipv6: false });

const clock = new LiveClock();
const target = { service: 'payments', region: 'eu-west-1' };
const call = () => ({ deadlineAt: clock.now() + 5_000 });
const fence = () => ({ epoch: 1, leaseUntil: clock.now() + 60_000 });
let fleet: Fleet;
let capacity: MemoryCapacityControl;
let crashed: string[] = [];

beforeEach(async () => {
  const ids = new SequentialIds('test');
  const state = createCapacityState();
  crashed = [];
  fleet = new Fleet({
    config,
    layout,
    clock,
    ids,
    state,
    onCrash: ({ service, region, unit }) => crashed.push(`${service}/${region}/${unit}`),
  });
  capacity = new MemoryCapacityControl(state, clock, ids);
  await fleet.start();
});
afterEach(() => fleet.stop());

const apply = (change: CapacityChange) => capacity.apply(target, change, fence(), call());
const look = async (change: CapacityChange) => {
  const seen = await capacity.verify(target, change, call());
  return seen.ok ? seen.value.verdict : seen.code;
};
const isAlive = (pid: number | undefined) => {
  try {
    return process.kill(pid ?? -1, 0);
  } catch {
    return false;
  }
};

describe('the fleet', () => {
  it('runs more processes when the desired count rises, proves them by their answers, and ends them when it falls', async () => {
    const more: CapacityChange = { kind: 'count', desired: 3, max: 3 };
    expect(await apply(more)).toMatchObject({ ok: true });
    expect(await look(more)).toBe('inconclusive');
    await until(async () => (await look(more)) === 'pass');
    expect(fleet.serving('payments', 'eu-west-1')).toHaveLength(3);
    const pids = [...fleet.pids().values()];
    await apply({ kind: 'count', desired: 1, max: 3 });
    await until(() => pids.filter(isAlive).length === pids.length - 2);
  });

  it('replaces a unit by another process', async () => {
    const [unit] = fleet.serving('payments', 'eu-west-1');
    const pid = fleet.pids().get(unit?.id ?? '');
    const replace: CapacityChange = { kind: 'replace', unit: unit?.id ?? '' };
    await apply(replace);
    await until(async () => (await look(replace)) === 'pass' && !isAlive(pid));
    expect(crashed).toEqual([]);
    expect(fleet.serving('payments', 'eu-west-1').map(({ id }) => id)).not.toContain(unit?.id);
  });

  it('gives no requests to an ejected unit, which runs on', async () => {
    const [unit] = fleet.serving('payments', 'eu-west-1');
    await apply({ kind: 'eject', units: [unit?.id ?? ''] });
    expect(fleet.serving('payments', 'eu-west-1')).toEqual([]);
    expect(isAlive(fleet.pids().get(unit?.id ?? ''))).toBe(true);
    await apply({ kind: 'readmit', units: [unit?.id ?? ''] });
    expect(fleet.serving('payments', 'eu-west-1')).toHaveLength(1);
  });

  it('starts another unit for one that crashes', async () => {
    const victim = fleet.killOne('payments', 'eu-west-1');
    await until(() => fleet.serving('payments', 'eu-west-1').some(({ id }) => id !== victim));
    expect(crashed).toEqual([`payments/eu-west-1/${victim}`]);
  });

  it('has a unit that answers errors to everything but its health check, so that the platform keeps it', async () => {
    const unit = fleet.setModeOfOne('payments', 'eu-west-1', 'grey');
    const [place] = fleet.serving('payments', 'eu-west-1');
    const ask = async (path: string) => (await fetch(`http://${place?.address}:${place?.port}${path}`)).status;
    await until(async () => (await ask('/')) === 500);
    expect(await ask('/ready')).toBe(200);
    expect(fleet.serving('payments', 'eu-west-1').map(({ id }) => id)).toEqual([unit]);
  });

  it('says how much of its memory a service has, which a document gives back', async () => {
    const share = () => fleet.memoryShare('payments', 'eu-west-1') ?? 0;
    await until(() => share() > 0.2);
    const calm = share();
    fleet.setMode('payments', 'eu-west-1', 'leaking');
    await until(() => share() > calm + 0.08);
    const leaked = share();
    const [place] = fleet.serving('payments', 'eu-west-1');
    await fetch(`http://${place?.address}:${place?.port}/_script/evenkeel-collect-garbage`, { method: 'POST' });
    await until(() => share() < leaked - 0.04);
  });

  it('starts nothing in a region that is down, and the same units when it is back', async () => {
    const [before] = fleet.serving('payments', 'eu-west-1');
    fleet.strike('eu-west-1');
    await until(() => !fleet.pids().has(before?.id ?? ''));
    fleet.revive('eu-west-1');
    await until(() => fleet.serving('payments', 'eu-west-1').some(({ id }) => id === before?.id));
  });

  it('shows new units that never become ready as such', async () => {
    fleet.chill('eu-west-1');
    await apply({ kind: 'count', desired: 2, max: 3 });
    await until(() => fleet.pids().size === 4);
    fleet.thaw('eu-west-1');
    await apply({ kind: 'count', desired: 3, max: 3 });
    await until(() => fleet.pids().size === 5);
    const [cold = '', warm = ''] = [...fleet.pids().keys()].slice(-2);
    const serving = () => fleet.serving('payments', 'eu-west-1').map(({ id }) => id);
    // The one that came later is in service, the cold one is not.
    await until(() => serving().includes(warm));
    expect(serving()).not.toContain(cold);
    expect(await look({ kind: 'count', desired: 3, max: 3 })).toBe('inconclusive');
  });

  it('runs a document on every unit as a process, whose exit status is that of the run', async () => {
    const scripts = new LiveScriptRunner({
      clock,
      ids: new SequentialIds('run'),
      unitsOf: () => fleet.serving('payments', 'eu-west-1'),
      epochs: {},
    });
    const statusOf = async (document: string, unitsOf = () => fleet.serving('payments', 'eu-west-1')) => {
      const runner = new LiveScriptRunner({ clock, ids: new SequentialIds('run'), unitsOf, epochs: {} });
      const started = await runner.run(target, document, '1', {}, fence(), call());
      if (!started.ok) return started.code;
      let last = '';
      await until(async () => {
        const status = await runner.status(started.value.runId, call());
        last = status.ok ? `${status.value.state} ${status.value.exitStatus}` : status.code;
        return !last.startsWith('running');
      });
      return last;
    };
    fleet.setMode('payments', 'eu-west-1', 'errors');
    expect(await statusOf('flush-cache')).toBe('succeeded 0');
    expect(await statusOf('flush-cache', () => [{ id: 'gone', address: '127.0.0.1', port: 1 }])).toBe('failed 1');
    expect(await scripts.run(target, 'flush-cache', '2', {}, fence(), call())).toMatchObject({ ok: false, code: 'not-found' });
  });
});
