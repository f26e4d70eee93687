import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadMachines } from '../../bin/load-scenario.ts';
import { readScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { simulate } from '../../simulator/simulate.ts';
import { type SoakWorld, soakConfigs } from '../../simulator/soak/soak-config.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const machines = loadMachines();

/** A bug that the soak found: the fewest faults that showed it, in the world and with the seed in which they did. */
interface Regression {
  /** What must not happen again. */
  name: string;
  faults: NonNullable<ScenarioInput['faults']>;
  orders?: NonNullable<ScenarioInput['orders']>;
  operator?: NonNullable<ScenarioInput['operator']>;
  config: SoakWorld;
  seed: number;
  minutes: number;
}

const person = { by: 'operator@example.com', reason: 'a drill' };

const regressions: readonly Regression[] = [
  {
    name: 'two failovers of one database do not both write under epoch 1',
    config: 'approve',
    operator: { approves: true, afterSeconds: 175 },
    seed: 122,
    minutes: 30,
    faults: [
      { at: 1.9, kind: 'latency', where: { service: 'checkout', region: 'us-east-1' }, with: { factor: 15.4, addMs: 5828.7 } },
      {
        at: 3.6,
        until: 17.3,
        kind: 'bad-release',
        where: { service: 'payments', region: 'us-west-2' },
        with: { share: 0.85, afterMinutes: 3.5 },
      },
    ],
  },
  {
    name: 'a run is closed once in its epoch, though its copies are throttled and the kill switch was on',
    config: 'act',
    seed: 62,
    minutes: 30,
    faults: [
      { at: 2.6, until: 6.6, kind: 'endpoint-down', where: { service: 'checkout', region: 'us-east-1' } },
      { at: 14.8, until: 20.8, kind: 'endpoint-down', where: { service: 'checkout', region: 'us-east-1' } },
      { at: 0, kind: 'call', where: { port: 'peerStores' }, with: { answer: 'throttle', share: 0.18, seconds: 4.3 } },
      {
        at: 4.3,
        until: 18.9,
        kind: 'resource-short',
        where: { service: 'payments', region: 'us-west-2' },
        with: { signal: 'cacheHitRatio', value: 0.25, curedBy: 'shop-flush-cache' },
      },
    ],
    orders: [
      { at: 2, in: 'us-west-2', order: { command: 'kill', on: true, ...person } },
      { at: 8.8, in: 'us-west-2', order: { command: 'kill', on: false, ...person } },
    ],
  },
  {
    name: 'a global database is told from the own region where to write: its undo needs nothing of the impaired one',
    config: 'act',
    seed: 86,
    minutes: 30,
    faults: [
      {
        at: 9.7,
        until: 14.9,
        kind: 'dns',
        where: { service: 'checkout', region: 'us-east-1' },
        with: { rcode: 'servfail', dependentsShare: 0.9 },
      },
      { at: 7.8, kind: 'metrics-silent', where: { region: 'us-west-2' } },
    ],
  },
  {
    name: 'an incident whose copy a lying peer table never kept comes to an end all the same',
    config: 'act',
    seed: 50,
    minutes: 60,
    faults: [
      { at: 11.6, until: 16.9, kind: 'region-unreachable', where: { region: 'eu-west-1' } },
      { at: 11.3, until: 17.9, kind: 'call', where: { port: 'peerStores' }, with: { answer: 'lie', share: 0.36 } },
    ],
  },
  {
    name: 'an executor that lost the run does not write over what his successor has undone',
    config: 'act',
    seed: 553,
    minutes: 30,
    operator: { approves: false, afterSeconds: 278 },
    faults: [
      { at: 1.4, until: 6.5, kind: 'region-unreachable', where: { region: 'eu-west-1' } },
      { at: 12, until: 18, kind: 'region-unreachable', where: { region: 'eu-west-1' } },
    ],
    orders: [{ at: 10.8, in: 'eu-west-1', order: { command: 'failback', group: 'checkout', region: 'eu-west-1', ...person } }],
  },
  {
    name: 'an end that was told is not told again because one write of the mark was throttled',
    config: 'act',
    seed: 2422,
    minutes: 30,
    operator: { approves: true, afterSeconds: 231 },
    faults: [
      {
        at: 0,
        until: 5.6,
        kind: 'call',
        where: { port: 'store', region: 'us-east-1' },
        with: { answer: 'throttle', share: 0.07, seconds: 2.1 },
      },
      {
        at: 0,
        until: 7.1,
        kind: 'dns',
        where: { service: 'checkout', region: 'eu-west-1' },
        with: { rcode: 'servfail', dependentsShare: 0.25 },
      },
    ],
  },
  {
    name: 'an incident that the table of its region took and does not have is given back by a peer',
    config: 'act',
    operator: { approves: true, afterSeconds: 276 },
    seed: 645,
    minutes: 60,
    faults: [
      { at: 6, until: 15.8, kind: 'zone-down', where: { region: 'us-east-1', zone: 'a' } },
      { at: 4.1, until: 12.5, kind: 'call', where: { port: 'store' }, with: { answer: 'lie', share: 0.34 } },
    ],
  },
  {
    name: 'how an alias divides its callers is a read: one that lies says what it said before',
    config: 'functions',
    seed: 334,
    minutes: 30,
    faults: [
      { at: 1.3, kind: 'bad-release', where: { service: 'payments', region: 'eu-west-1' }, with: { share: 0, rollOut: false } },
      { at: 4.1, until: 18.3, kind: 'call', where: { port: 'releases' }, with: { answer: 'lie', share: 0.4, seconds: 5.9 } },
    ],
    orders: [{ at: 2.9, in: 'eu-west-1', order: { command: 'rollout', service: 'payments', release: 'v2', ...person } }],
  },
  {
    name: 'a region that was left alone as impaired asks its peers before it moves its own traffic: budget, cooldown and freeze hold there, too',
    config: 'act',
    operator: { approves: true, afterSeconds: 253 },
    seed: 20539,
    minutes: 30,
    faults: [
      { at: 0.9, kind: 'bad-release', where: { service: 'checkout', region: 'us-west-2' }, with: { share: 0.17 } },
      { at: 1.9, kind: 'units-never-healthy', where: { service: 'checkout', region: 'us-west-2' } },
      { at: 0, kind: 'lb-flapping', where: { service: 'checkout', region: 'eu-west-1' }, with: { share: 1, periodSeconds: 154 } },
    ],
  },
  {
    name: 'an outcome is told once, though the own table refused the mark that it was',
    config: 'act',
    operator: { approves: true, afterSeconds: 107 },
    seed: 20589,
    minutes: 30,
    faults: [
      { at: 5.1, until: 27.8, kind: 'latency', where: { service: 'payments', region: 'us-west-2' }, with: { factor: 16.4, addMs: 4467.1 } },
      { at: 5.3, until: 21.2, kind: 'api-late', where: { service: 'ssm', region: 'us-east-1' }, with: { seconds: 7, share: 0.17 } },
      { at: 8.4, kind: 'call', where: { port: 'store', region: 'us-west-2' }, with: { answer: 'refuse', share: 0.14, seconds: 4.8 } },
    ],
    orders: [
      { at: 4.2, in: 'us-east-1', order: { command: 'kill', on: true, ...person } },
      { at: 11.3, in: 'us-east-1', order: { command: 'kill', on: false, ...person } },
    ],
  },
  {
    name: 'a zone that goes dark between the votes and the answers is no collapse of our making',
    config: 'act',
    operator: { approves: true, afterSeconds: 127 },
    seed: 21149,
    minutes: 30,
    faults: [
      { at: 8.1, kind: 'zone-down', where: { region: 'us-west-2', zone: 'b' } },
      { at: 0, until: 16.4, kind: 'leak', where: { service: 'payments', region: 'us-east-1' }, with: { minutesToFull: 4.2 } },
      { at: 3.1, kind: 'zone-down', where: { region: 'us-west-2', zone: 'c' } },
    ],
  },
  {
    name: 'an outcome is on the timeline once it is on record, though no table took the mark when it was told first',
    config: 'act',
    seed: 22160,
    minutes: 60,
    faults: [
      {
        at: 10.5,
        until: 12.3,
        kind: 'dns',
        where: { service: 'dynamodb', region: 'us-west-2' },
        with: { rcode: 'nodata', dependentsShare: 0.33 },
      },
      { at: 0, until: 7.4, kind: 'zone-down', where: { region: 'eu-west-1', zone: 'b' } },
      { at: 1.5, until: 18.3, kind: 'region-unreachable', where: { region: 'us-east-1' }, with: { lost: true } },
    ],
  },
  {
    name: 'an heir that can read no journal does not call undone what the holder verifies',
    config: 'act',
    operator: { approves: true, afterSeconds: 272 },
    seed: 23349,
    minutes: 30,
    faults: [
      {
        at: 1.6,
        kind: 'resource-short',
        where: { service: 'payments', region: 'us-east-1' },
        with: { signal: 'poolShare', value: 0.99, errorShare: 0, curedBy: 'shop-reset-pool' },
      },
      { at: 0, kind: 'script-fails', where: { document: 'shop-reset-pool' }, with: { exitStatus: 1 } },
      { at: 10, kind: 'region-unreachable', where: { region: 'us-west-2' }, with: { lost: false } },
    ],
  },
  {
    name: 'a target that begins to fail half a minute before the votes is nothing that could be known',
    config: 'act',
    operator: { approves: false, afterSeconds: 133 },
    seed: 804,
    minutes: 30,
    faults: [
      { at: 2.3, until: 16.4, kind: 'http-errors', where: { service: 'payments', region: 'us-west-2' }, with: { share: 0.99 } },
      { at: 10.1, kind: 'endpoint-down', where: { service: 'payments', region: 'us-east-1' }, with: {} },
      { at: 5.4, kind: 'endpoint-down', where: { service: 'checkout', region: 'us-west-2', address: 2 }, with: {} },
      { at: 3.2, until: 11.2, kind: 'api-down', where: { service: 'dynamodb', region: 'eu-west-1' }, with: { share: 0.36, data: true } },
    ],
  },
  {
    name: 'a drained region stays alone while the table that says so does not answer',
    config: 'act',
    operator: { approves: true, afterSeconds: 179 },
    seed: 2674,
    minutes: 30,
    faults: [
      { at: 1.5, kind: 'http-errors', where: { service: 'checkout', region: 'eu-west-1' }, with: { share: 0.79 } },
      { at: 4.7, until: 28.6, kind: 'zone-down', where: { region: 'us-east-1', zone: 'c' } },
      {
        at: 11.2,
        until: 27.4,
        kind: 'api-late',
        where: { service: 'dynamodb', region: 'us-east-1' },
        with: { seconds: 11.5, share: 0.49 },
      },
    ],
  },
  {
    name: 'a region that has come back may be called by what was planned while it was drained',
    config: 'approve',
    operator: { approves: true, afterSeconds: 208 },
    seed: 5456,
    minutes: 30,
    faults: [
      { at: 2.3, until: 7.4, kind: 'endpoint-down', where: { service: 'checkout', region: 'eu-west-1' } },
      {
        at: 7.8,
        kind: 'bad-release',
        where: { service: 'payments', region: 'us-west-2' },
        with: { share: 0.32, latencyFactor: 1, rollOut: true, afterMinutes: 1.6 },
      },
    ],
    orders: [{ at: 10.9, in: 'eu-west-1', order: { command: 'failback', group: 'checkout', region: 'eu-west-1', ...person } }],
  },
  {
    name: 'a voter that is asked for two regions in the same moment gives its word for one',
    config: 'act',
    seed: 30569,
    minutes: 30,
    faults: [
      { at: 1.8, kind: 'latency', where: { service: 'checkout', region: 'us-east-1' }, with: { addMs: 1195.5 } },
      { at: 8.1, kind: 'load', where: { service: 'checkout' }, with: { factor: 2.6 } },
      { at: 6.9, until: 8.1, kind: 'call', where: { port: 'capacity', region: 'us-east-1' }, with: { answer: 'refuse', share: 0.49 } },
      { at: 7.5, until: 25.3, kind: 'call', where: { port: 'store' }, with: { answer: 'throttle', share: 0.28 } },
    ],
  },
  {
    name: 'the lease that a run lets go, planned before a region was left, is not taken for that of the next run',
    config: 'act',
    seed: 30723,
    minutes: 30,
    faults: [
      { at: 0, kind: 'bad-release', where: { service: 'checkout', region: 'eu-west-1' }, with: { share: 0.23, afterMinutes: 1.9 } },
      { at: 3.7, until: 8.7, kind: 'executor-crash', where: { region: 'eu-west-1' }, with: { what: 'machines' } },
      { at: 1.6, kind: 'region-unreachable', where: { region: 'us-west-2' }, with: { lost: true } },
    ],
  },
  {
    name: 'a distribution that comes back after a failback is not blamed on the restart that is undone meanwhile',
    config: 'edge',
    seed: 1469,
    minutes: 30,
    faults: [
      { at: 2, until: 7.9, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1' }, with: { share: 0.7 } },
      { at: 14.7, until: 20.7, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1' }, with: { share: 0.7 } },
    ],
    operator: { approves: true, afterSeconds: 284 },
    orders: [{ at: 10.2, in: 'us-east-1', order: { command: 'failback', group: 'checkout', region: 'us-east-1', ...person } }],
  },
];

async function violationsOf({ config, seed, minutes, faults, orders, operator }: Regression) {
  const read = readScenario({
    name: 'regression',
    source: 'made',
    minutes,
    faults,
    expect: { incidents: 1 },
    ...(orders && { orders }),
    ...(operator && { operator }),
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return (await simulate(read.scenario, soakConfigs[config], { seed, settle, machines })).violations;
}

describe('what the soak has found', { timeout: 30_000 }, () => {
  for (const regression of regressions) {
    it(regression.name, async () => expect(await violationsOf(regression)).toEqual([]));
  }

  it('is told in docs/soak.md, each with its seed', () => {
    const told = readFileSync(new URL('../../docs/soak.md', import.meta.url), 'utf8');
    expect(regressions.filter(({ seed }) => !told.includes(`| ${seed} |`)).map(({ name }) => name)).toEqual([]);
  });
});
