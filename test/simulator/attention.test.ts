import { expect, test } from 'vitest';
import { loadMachines } from '../../bin/load-scenario.ts';
import type { Message } from '../../core/model/index.ts';
import type { RuntimeFactory } from '../../simulator/host/runtime.ts';
import { createRegionRuntime } from '../../simulator/region-runtime.ts';
import { readScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { checkout, checkoutGroup, shop } from '../../simulator/scenarios/shop.ts';
import { simulate } from '../../simulator/simulate.ts';
import { startAt } from '../core/region-context.ts';
import { parsed } from './small-shop.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const machines = loadMachines();

/** Nobody fails it over, so that it is probed as seldom as every five minutes once it has been calm for long. */
const calm = checkout({
  failover: false,
  endpoints: [
    { name: 'health', kind: 'http', url: 'https://checkout.{region}.example.com/health', perRegion: true, conditions: ['[STATUS] == 200'] },
  ],
  signals: { poolShare: { namespace: 'Shop', metricName: 'Pool', dimensions: { Region: '{region}' } } },
});
const full: ScenarioInput['faults'] = [
  { at: 40, kind: 'resource-short', where: { service: 'checkout', region: 'us-east-1' }, with: { signal: 'poolShare', value: 0.97 } },
];

/** Minutes at which a peer looked at the service in us-east-1. */
const looks: number[] = [];
const watched: RuntimeFactory = (ctx) => {
  const runtime = createRegionRuntime(ctx);
  const deliver = async (message: Message) => {
    if (ctx.region === 'eu-west-1' && message.type === 'SamplesTaken')
      for (const { subject, at } of message.body.samples)
        if (subject.service === 'checkout' && subject.region === 'us-east-1') looks.push((at - startAt) / 60_000);
    await runtime.deliver(message);
  };
  return { ...runtime, deliver };
};

test('a service that was calm for long is probed quickly while somebody works on it, and seldom before and after', {
  timeout: 30_000,
}, async () => {
  const read = readScenario({ name: 'calm', source: 'made', minutes: 110, faults: full, expect: { incidents: 1 } });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const config = parsed(shop([calm], [checkoutGroup(1)]));
  const report = await simulate(read.scenario, config, { seed: 1, settle, machines, createRuntime: watched });
  const minutes = report.timeline.flatMap(({ kind, at }) =>
    kind === 'IncidentOpened' || kind === 'IncidentChanged' ? [(at - startAt) / 60_000] : [],
  );
  const [opened = 0, ended = 0] = [Math.min(...minutes), Math.max(...minutes)];
  const between = (from: number, to: number) => looks.filter((minute) => minute >= from && minute < to).length;
  expect(report.actions.map(({ action, state }) => `${action} ${state}`)).toContain('restart verified');
  expect(between(opened - 15, opened)).toBeLessThanOrEqual(4);
  expect(between(opened + 2, ended)).toBeGreaterThanOrEqual(2.5 * (ended - opened - 2));
  expect(between(ended + 8, ended + 23)).toBeLessThanOrEqual(4);
});
