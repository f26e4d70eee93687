import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config, ConfigInput } from '../../core/config/schema.ts';
import { quorumOf } from '../../core/config/votes.ts';
import type { Json, Step } from '../../core/model/index.ts';
import { once, step, twice } from '../../core/plan/step.ts';
import { checkout, checkoutGroup, shop } from '../scenarios/shop.ts';
import { type FaultInput, faultSchema } from '../world/fault.ts';
import type { Scene, TrialCase } from './trial-case.ts';

const [impaired, holder] = ['us-east-1', 'eu-west-1'];
const group = 'checkout';
const service = 'checkout';
const here = { service, region: holder };
const bakeSeconds = 20;

type CheckoutInput = Parameters<typeof checkout>[0];

function configOf(over: CheckoutInput = {}, carrier: 'object' | 'metric' = 'object', rest: Partial<ConfigInput> = {}): Config {
  const parsed = parseConfig(shop([checkout(over)], [checkoutGroup(3, { carrier })], rest));
  if (!parsed.ok) throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return parsed.config;
}

function begin({ world, at }: Scene, fault: FaultInput): void {
  world.begin(faultSchema.parse(fault), at);
}

/** Nobody is served here any more from then on. */
const failing = (region: string): FaultInput => ({ at: 0, kind: 'http-errors', where: { service, region }, with: { share: 1 } });

const changes = (...all: { change: Json; region?: string }[]) =>
  all.map(({ change, region = holder }) => ({ target: { service, region }, change }));
const restoring = { kind: 'restore-capacity', verify: once(300) };

function failoverSteps(carrier: 'object' | 'metric', database: boolean): Step[] {
  const drainArgs = { group, subject: impaired, quorum: quorumOf(3) };
  const drainSeconds = carrier === 'metric' ? 300 : 120;
  const withdraw = { kind: 'withdraw-drain', verify: twice(drainSeconds) };
  const needs = [{ target: here, desired: 8 }];
  const databases = database ? [{ id: 'orders', lagSecondsMax: 5 }] : [];
  return [
    step('claim', 'claim-grants', drainArgs, once(45), withdraw),
    step('preflight', 'preflight', { group, subject: impaired, to: holder, needs, databases }, once(60)),
    step('pre-scale', 'change-capacity', { changes: changes({ change: { kind: 'count', desired: 8 } }) }, once(300), restoring),
    step('capacity', 'confirm-capacity', { needs }, once(60)),
    ...(database
      ? [
          step('database', 'move-database', { database: 'orders', to: holder }, once(300), {
            kind: 'return-database',
            verify: once(300),
          }),
        ]
      : []),
    step('drain', 'request-drain', drainArgs, twice(drainSeconds), withdraw),
    step('prove', 'prove', { group, to: holder }, twice(120)),
    step('bake', 'bake', { group, to: holder, seconds: bakeSeconds }, once(bakeSeconds + 120)),
  ];
}

const recover = step('recover', 'confirm-recovery', here, twice(180));
const nothing = (): void => {};

const inPlace = { holder, target: here, avoid: [], leadSeconds: 65, prepare: nothing };

function failoverCase(name: string, carrier: 'object' | 'metric', database = false): TrialCase {
  const aurora = { kind: 'aurora-global' as const, id: 'orders', writerRegion: impaired };
  const deployments = checkout({}).deployments ?? {};
  const withDatabase = Object.fromEntries(Object.entries(deployments).map(([region, each]) => [region, { ...each, database: aurora }]));
  return {
    name,
    machine: 'failover',
    config: configOf(database ? { deployments: withDatabase } : {}, carrier),
    holder,
    target: { service, region: impaired, group },
    avoid: [impaired],
    steps: failoverSteps(carrier, database),
    leadSeconds: 65,
    // Clients cannot use the region; its control plane and its evenkeel are well, or a switchover would be out of the question.
    prepare: (scene) => begin(scene, database ? failing(impaired) : { at: 0, kind: 'region-unreachable', where: { region: impaired } }),
    sabotage: { after: 'drain', fault: failing(holder) },
  };
}

/** Every machine that carries out a plan, with plans that reach every kind of step. */
export function trialCases(): TrialCase[] {
  return [
    failoverCase('failover, object carrier', 'object'),
    failoverCase('failover, metric carrier', 'metric'),
    failoverCase('failover with its database', 'object', true),
    {
      ...inPlace,
      name: 'scale, units',
      machine: 'scale',
      config: configOf(),
      steps: [
        step('stage-1', 'change-capacity', { changes: changes({ change: { kind: 'count', desired: 8 } }) }, once(300), restoring),
        step('recover', 'confirm-relief', { target: here, of: 'stage-1', share: 0.2 }, once(150)),
      ],
      sabotage: { after: 'stage-1', fault: { at: 0, kind: 'load', where: { service }, with: { factor: 3 } } },
    },
  ];
}
