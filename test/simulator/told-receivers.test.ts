import { expect, test } from 'vitest';
import { loadMachines } from '../../bin/load-scenario.ts';
import { createRegionRuntime } from '../../simulator/region-runtime.ts';
import { readScenario } from '../../simulator/scenario.ts';
import { simulate } from '../../simulator/simulate.ts';
import { smallShop } from './small-shop.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test('each webhook is told of an outage once, though half of what is sent to it fails and messages come twice', {
  timeout: 60_000,
}, async () => {
  const read = readScenario({
    name: 'told',
    source: 'made',
    minutes: 25,
    expect: { incidents: 1 },
    faults: [
      { at: 0, kind: 'call', where: { port: 'courier' }, with: { answer: 'refuse', share: 0.5 } },
      { at: 0, kind: 'messages', where: {}, with: { duplicateShare: 0.5 } },
      { at: 5, kind: 'region-unreachable', where: { region: 'us-east-1' } },
    ],
  });
  if (!read.ok) throw new Error(JSON.stringify(read));
  const webhooks = ['chat', 'board'].map((name) => ({ name, url: `https://${name}.example.com/in` }));
  const config = smallShop({}, { notifications: { notify: { webhooks } } });
  const { timeline, violations } = await simulate(read.scenario, config, {
    ...{ seed: 1, settle, machines: loadMachines(), createRuntime: createRegionRuntime },
  });
  const notified = timeline.filter(({ kind }) => kind === 'Notified');
  const people = notified.filter(({ data }) => data.receiver === undefined && data.delivered === true);
  const told = new Set(people.map(({ data }) => String(data.title)).filter((title) => !title.includes('does not take')));
  expect(told.size).toBeGreaterThan(2);
  for (const { name } of webhooks) {
    const taken = notified.filter(({ data }) => data.receiver === name && data.delivered === true).map(({ data }) => String(data.title));
    expect(taken.filter((title) => told.has(title)).sort(), name).toEqual([...told].sort());
  }
  expect(violations).toEqual([]);
});
