import { beforeAll, describe, expect, it } from 'vitest';
import { loadMachines } from '../../../bin/load-scenario.ts';
import type { StageContext } from '../../../core/config/stage-context.ts';
import { type Json, ok, type Result, StepRecord } from '../../../core/model/index.ts';
import type { Store } from '../../../core/ports/index.ts';
import { createCheckers } from '../../../simulator/checkers/index.ts';
import type { MachineSet } from '../../../simulator/host/machine-files.ts';
import type { RegionRuntime } from '../../../simulator/host/runtime.ts';
import { createRegionRuntime } from '../../../simulator/region-runtime.ts';
import { readScenario, type ScenarioInput } from '../../../simulator/scenario.ts';
import { type SimulationReport, simulate } from '../../../simulator/simulate.ts';
import { soakConfigs } from '../../../simulator/soak/soak-config.ts';
import { withMethods } from '../../core/with-methods.ts';
import { smallShop } from '../small-shop.ts';
import { plantedTruth } from './truth.ts';

type FaultsInput = NonNullable<ScenarioInput['faults']>;
type Orders = NonNullable<ScenarioInput['orders']>;

/**
 * The code under test broken on purpose, one way for each invariant: whole runs through the same machines and the same stages, with one
 * part that does not do what it should. `checkers.test.ts` plants in the world what such code would leave behind.
 */
interface Mutation {
  checker: string;
  what: string;
  minutes: number;
  faults: FaultsInput;
  orders?: Orders;
  config?: () => ReturnType<typeof smallShop>;
  mutate: (ctx: StageContext) => RegionRuntime;
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
let machines: MachineSet;
beforeAll(() => {
  machines = loadMachines();
});

const withPorts = (ctx: StageContext, ports: Partial<StageContext['ports']>): RegionRuntime =>
  createRegionRuntime({ ...ctx, ports: { ...ctx.ports, ...ports } });

/** Every table, the own and the peers', as `change` makes it. */
function withTables(ctx: StageContext, change: (store: Store) => Partial<Store>): RegionRuntime {
  const { store, peerStores } = ctx.ports;
  const changed = Object.fromEntries(Object.entries(peerStores).map(([region, each]) => [region, withMethods(each, change(each))]));
  return withPorts(ctx, { store: withMethods(store, change(store)), peerStores: changed });
}

const regionDown = (until: number): FaultsInput => [{ at: 3, until, kind: 'region-unreachable', where: { region: 'us-east-1' } }];
const neverHealthy = (region: string): FaultsInput => [{ at: 3, kind: 'units-never-healthy', where: { service: 'checkout', region } }];
const person = { by: 'ana@example.com', reason: 'a drill' };
const operationOf = (event: unknown): unknown =>
  typeof event === 'object' && event !== null && 'operation' in event ? event.operation : undefined;
/** A step's record without its verdicts. */
function unjudged(body: Json): Json {
  const { verdict: _verdict, undo, ...record } = StepRecord.parse(body);
  const { verdict: _undone, ...undoing } = undo ?? {};
  return JSON.parse(JSON.stringify({ ...record, ...(undo && { undo: undoing }) }));
}
const isFreeze = (key: string): boolean => key.startsWith('switch#freeze/');

const mutations: Mutation[] = [
  {
    checker: 'serving-regions',
    what: 'every region votes for a drain, whatever was asked',
    minutes: 15,
    faults: regionDown(10),
    mutate: (ctx) =>
      withPorts(ctx, {
        traffic: withMethods(ctx.ports.traffic, { castVote: (vote, call) => ctx.ports.traffic.castVote({ ...vote, drain: true }, call) }),
      }),
  },
  {
    checker: 'single-writer',
    what: 'the database is told to move under the first epoch, whoever asks',
    minutes: 25,
    faults: [
      { at: 3, kind: 'http-errors', where: { service: 'checkout', region: 'us-east-1' } },
      // The first executor has moved the database when it fails to ask for the drain; the next one moves it again.
      { at: 4.5, until: 7, kind: 'call', where: { port: 'traffic', method: 'requestDrain' }, with: { answer: 'refuse' } },
    ],
    config: () => soakConfigs.act,
    mutate: (ctx) => {
      const { data } = ctx.ports;
      return withPorts(ctx, {
        data: withMethods(data, { switchover: (database, to, fence, call) => data.switchover(database, to, { ...fence, epoch: 1 }, call) }),
      });
    },
  },
  {
    checker: 'verdicts',
    what: 'the journal forgets what a step and its undo were found to be',
    minutes: 20,
    faults: [...regionDown(20), ...neverHealthy('eu-west-1'), ...neverHealthy('us-west-2')],
    mutate: (ctx) =>
      withTables(ctx, (store) => ({
        put: (item, version, call) =>
          store.put({ ...item, body: item.key.startsWith('step#') ? unjudged(item.body) : item.body }, version, call),
      })),
  },
  {
    checker: 'before-state',
    what: 'an undo skips every step and says that nothing is left',
    minutes: 20,
    faults: [...regionDown(20), ...neverHealthy('eu-west-1'), ...neverHealthy('us-west-2')],
    mutate: (ctx) => {
      const runtime = createRegionRuntime(ctx);
      const nothingLeft = { code: 'pass', retryable: false, reason: 'planted', stepId: '' };
      return {
        ...runtime,
        invoke: async (name, event) => (name === 'step-undo' && operationOf(event) === 'next' ? nothingLeft : runtime.invoke(name, event)),
      };
    },
  },
  {
    checker: 'budgets',
    what: 'the policies read other budgets than the configuration holds',
    minutes: 25,
    faults: [{ at: 3, kind: 'units-never-healthy', where: { service: 'checkout', region: 'eu-west-1' } }, ...regionDown(25)],
    config: () => smallShop({}, { policies: { budgets: { globalPerHour: 1 } } }),
    mutate: (ctx) => {
      const { policies } = ctx.config;
      const loose = { ...policies, budgets: { ...policies.budgets, perTargetPerHour: 100, globalPerHour: 100 } };
      return createRegionRuntime({ ...ctx, config: { ...ctx.config, policies: loose } });
    },
  },
  {
    checker: 'banned-calls',
    what: 'a pre-scale looks at the region that is being left, too',
    minutes: 10,
    faults: regionDown(10),
    mutate: (ctx) => {
      const { capacity } = ctx.ports;
      return withPorts(ctx, {
        capacity: withMethods(capacity, {
          apply: async (target, change, fence, call): Promise<Result<void>> => {
            await capacity.snapshot({ ...target, region: 'us-east-1' }, call);
            return capacity.apply(target, change, fence, call);
          },
        }),
      });
    },
  },
  {
    checker: 'steady',
    what: 'nobody sweeps, so that a run whose machines died goes on for ever',
    minutes: 45,
    faults: [...regionDown(8), { at: 3.6, until: 4, kind: 'executor-crash', where: { region: 'eu-west-1' }, with: { what: 'both' } }],
    mutate: (ctx) => ({ ...createRegionRuntime(ctx), minute: async () => undefined }),
  },
  {
    checker: 'incidents-kept',
    what: 'no table keeps an incident',
    minutes: 8,
    faults: regionDown(8),
    mutate: (ctx) =>
      withTables(ctx, (store) => ({
        put: async (item, version, call) =>
          item.key.startsWith('incident#') ? ok({ ...item, version: version + 1 }) : store.put(item, version, call),
      })),
  },
  {
    checker: 'once',
    what: 'a step is applied without a look at what the journal says about it',
    minutes: 8,
    faults: regionDown(8),
    mutate: (ctx) => {
      const forgetful = withTables(ctx, (store) => ({
        get: async (key, call) => {
          const found = await store.get(key, call);
          const { body } = found.ok && found.value !== null ? found.value : { body: null };
          const applied = key.startsWith('step#') && typeof body === 'object' && body !== null && 'appliedAt' in body;
          return applied && found.ok && found.value !== null ? ok({ ...found.value, body: { ...body, state: 'intended' } }) : found;
        },
      }));
      return {
        ...forgetful,
        invoke: async (name, event) => {
          if (name === 'step-apply' && operationOf(event) === 'apply') await forgetful.invoke(name, event);
          return forgetful.invoke(name, event);
        },
      };
    },
  },
  {
    checker: 'functions-stand',
    what: 'a function throws',
    minutes: 3,
    faults: [],
    mutate: (ctx) => ({ ...createRegionRuntime(ctx), minute: () => Promise.reject(new TypeError('planted')) }),
  },
  {
    checker: 'collapse',
    what: 'every unit is counted twice, and probes of the regions that take over always pass',
    minutes: 15,
    faults: regionDown(15),
    config: () => smallShop({ peakPerSecond: 850 }),
    mutate: (ctx) => {
      const { capacity, prober } = ctx.ports;
      return withPorts(ctx, {
        prober: withMethods(prober, {
          probe: async (request, vantage, deadlineMs) => {
            const samples = await prober.probe(request, vantage, deadlineMs);
            return request.subject.region === 'us-east-1'
              ? samples
              : samples.map((each) => ({ ...each, verdict: 'pass', status: 'healthy' }));
          },
        }),
        capacity: withMethods(capacity, {
          apply: async () => ok(undefined),
          verify: async () => ok({ verdict: 'pass', reason: 'planted' }),
          snapshot: async (target, call) => {
            const found = await capacity.snapshot(target, call);
            return found.ok ? ok({ ...found.value, healthy: found.value.healthy * 2, running: found.value.running * 2 }) : found;
          },
        }),
      });
    },
  },
  {
    checker: 'frozen',
    what: 'nobody reads that a target is frozen',
    minutes: 15,
    faults: regionDown(15),
    orders: [{ at: 1, in: 'us-west-2', order: { command: 'freeze', target: 'group:checkout/us-east-1', ...person } }],
    mutate: (ctx) => withTables(ctx, (store) => ({ get: async (key, call) => (isFreeze(key) ? ok(null) : store.get(key, call)) })),
  },
];

async function run({ minutes, faults, orders, config = smallShop }: Mutation, mutate: Mutation['mutate']): Promise<SimulationReport> {
  const read = readScenario({ name: 'mutation', source: 'made', minutes, faults, ...(orders && { orders }), expect: { incidents: 1 } });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return simulate(read.scenario, config(), { seed: 1, settle, machines, createRuntime: mutate });
}

describe('the code broken on purpose is seen by', { timeout: 60_000 }, () => {
  it.each(mutations)('$checker: $what', async (mutation) => {
    const sound = await run(mutation, createRegionRuntime);
    expect(sound.violations).toEqual([]);
    const broken = await run(mutation, mutation.mutate);
    expect([...new Set(broken.violations.map(({ checker }) => checker))]).toContain(mutation.checker);
  });

  it('and there is a way to break the code for every checker', () => {
    const names = createCheckers(plantedTruth().truth).map(({ name }) => name);
    expect(mutations.map(({ checker }) => checker).toSorted()).toEqual(names.toSorted());
  });
});
