import { createReleases } from '../../adapters/memory/release-control.ts';
import type { JsonObject, Step } from '../../core/model/index.ts';
import { weightsOf } from '../../core/plan/distribution.ts';
import { once, step, twice } from '../../core/plan/step.ts';
import { addressOf } from '../scenarios/shop.ts';
import { begin, behindDistribution, configOf, failing, group, here, holder, leadSeconds, restoring, service } from './stage-set.ts';
import type { Scene, TrialCase } from './trial-case.ts';

const minuteMs = 60_000;
const nothing = (): void => {};
const recover = step('recover', 'confirm-recovery', here, twice(120));
const afterFirst = { after: 'stage-1', fault: failing(holder) };
const common = { holder, target: here, avoid: [], leadSeconds, prepare: nothing, sabotage: afterFirst };

const changing = (id: string, change: JsonObject): Step =>
  step(id, 'change-capacity', { changes: [{ target: here, change }] }, once(300), restoring);

/** Not every change lowers the saturation of the simulated service; where it does not, none is asked for. */
const relief = (share: number): Step => step('recover', 'confirm-relief', { target: here, of: 'stage-1', share }, twice(120));

const equal = { 'us-east-1': 1, 'eu-west-1': 1, 'us-west-2': 1 };
/** The holder gives away a part of its third, the others take half of it each. */
const without = (part: number): Record<string, number> =>
  Object.fromEntries(Object.keys(equal).map((region) => [region, region === holder ? (1 - part) / 3 : (1 + part / 2) / 3]));
const shifting = (id: string, part: number): Step =>
  step(id, 'set-weights', { group, weights: weightsOf(equal, without(part)) }, once(120), {
    kind: 'restore-weights',
    verify: once(120),
  });

const weights = { ...common, machine: 'shift' as const, config: configOf(), target: { ...here, group } };

const shifts: TrialCase[] = [
  { ...weights, name: 'shift at once', steps: [shifting('stage-1', 0.5), recover] },
  {
    ...weights,
    name: 'shift in a ramp',
    steps: [shifting('stage-1', 0.1), shifting('stage-2', 0.2), shifting('stage-3', 0.3), recover],
    sabotage: { after: 'stage-3', fault: failing(holder) },
  },
  {
    ...weights,
    name: 'shift with a distribution',
    config: behindDistribution(),
    steps: [
      shifting('stage-1', 0.5),
      step('stage-2', 'prefer-origin', { group, to: 'us-west-2' }, once(300), { kind: 'restore-origin', verify: once(300) }),
      recover,
    ],
    sabotage: { after: 'stage-2', fault: failing(holder) },
  },
  {
    ...common,
    name: 'shift by ejecting',
    machine: 'shift',
    config: configOf(),
    prepare: (scene) => begin(scene, { at: 0, kind: 'http-errors', where: { service, region: holder, address: 2 }, with: { share: 1 } }),
    steps: [changing('stage-1', { kind: 'eject', units: [addressOf(holder, 2)] }), recover],
  },
  {
    ...common,
    name: 'shift by readmitting',
    machine: 'shift',
    config: configOf(),
    prepare: takeOut,
    steps: [
      changing('stage-1', { kind: 'readmit', units: [addressOf(holder, 2)] }),
      step('recover', 'confirm-readmitted', { target: here, units: [addressOf(holder, 2)], seconds: 60 }, once(120)),
    ],
  },
];

function takeOut({ world }: Scene): void {
  for (const unit of world.capacity.services[`${service}/${holder}`]?.units ?? []) unit.ejected = unit.id === addressOf(holder, 2);
}

const onLambda = { kind: 'lambda' as const, function: 'checkout', minUnits: 1, baselineUnits: 4, maxUnits: 24, unitCapacityPerSecond: 50 };
const overloaded = { after: 'stage-1', fault: { at: 0, kind: 'load' as const, where: { service }, with: { factor: 4 } } };
const scaling = { ...common, machine: 'scale' as const, sabotage: overloaded };

function giveSize({ world }: Scene): void {
  for (const capacity of Object.values(world.capacity.services)) {
    capacity.size = { cpu: 512, memoryMiB: 1024 };
    for (const unit of capacity.units) unit.size = { ...capacity.size };
  }
}

const scales: TrialCase[] = [
  { ...scaling, name: 'scale units', config: configOf(), steps: [changing('stage-1', { kind: 'count', desired: 8 }), relief(0.2)] },
  {
    ...scaling,
    name: 'scale sizes',
    config: configOf(),
    prepare: giveSize,
    steps: [changing('stage-1', { kind: 'size', cpu: 1024, memoryMiB: 2048 }), relief(0)],
  },
  {
    ...scaling,
    name: 'scale concurrency',
    config: configOf({ deployments: { 'us-east-1': onLambda, 'eu-west-1': onLambda, 'us-west-2': onLambda } }),
    steps: [changing('stage-1', { kind: 'concurrency', provisioned: 6, reserved: 20 }), relief(0)],
  },
];

function releaseTwice({ world, at }: Scene): void {
  const versions = [
    { version: 'v1', at: at - 100 * minuteMs },
    { version: 'v2', at: at - 10 * minuteMs },
  ];
  world.releases.services[`${service}/${holder}`] = createReleases(versions, minuteMs);
}

function publishThird({ world, at }: Scene): void {
  const versions = [1, 2].map((n) => ({ version: `v${n}`, at: at - (100 - n) * minuteMs }));
  const released = createReleases(versions, minuteMs, true);
  released.releases.unshift({ id: 'v3', version: 'v3', at: at - minuteMs, state: 'previous' });
  world.releases.services[`${service}/${holder}`] = released;
}

/** A stage of a rollout and the judge after it. */
function rolling(stage: number, share: number): Step[] {
  const args = { target: here, stable: 'v2', release: 'v3', share };
  const shared = step(`stage-${stage}`, 'set-share', args, once(120), { kind: 'return-share', verify: once(120) });
  return share === 1 ? [shared] : [shared, step(`judge-${stage}`, 'confirm-canary', { ...args, windowSeconds: 60 }, once(120))];
}

/** A script and what takes its effect back, by the name that the state of the world knows it by. */
const scripted = (id: string, document: string): Step => {
  const args = { target: here, version: '1', parameters: {} };
  const run = step(id, 'run-script', { ...args, document }, once(180));
  const undo = step(`${id}-undo`, 'run-script', { ...args, document: `undo-${document}` }, once(180));
  return { ...run, undo };
};

function writeScripts({ shared }: Scene): void {
  for (const document of ['flush', 'warm', 'undo-flush', 'undo-warm'])
    shared.scripts.documents[document] = { versions: ['1'], durationMs: 20_000, exitStatus: 0 };
}

const flagged = (id: string, name: string): Step =>
  step(id, 'set-flag', { target: here, name, value: 'degraded' }, once(60), { kind: 'restore-flag', verify: once(60) });

const scripting = { ...common, machine: 'script' as const, config: configOf(), prepare: writeScripts };

const scripts: TrialCase[] = [
  { ...scripting, name: 'script', steps: [scripted('stage-1', 'flush'), scripted('stage-2', 'warm')] },
  {
    ...scripting,
    name: 'script without an undo',
    steps: [{ ...scripted('stage-1', 'flush'), undo: null, irreversible: true }, scripted('stage-2', 'warm')],
  },
  {
    ...scripting,
    name: 'flags',
    steps: [flagged('stage-1', 'degrade'), flagged('stage-2', 'queue-orders'), scripted('stage-3', 'warm')],
    sabotage: { after: 'stage-2', fault: failing(holder) },
  },
];

export const serviceCases: readonly TrialCase[] = [
  ...shifts,
  ...scales,
  {
    ...common,
    name: 'restart',
    machine: 'restart',
    config: configOf(),
    steps: [
      changing('stage-1', { kind: 'replace', unit: addressOf(holder, 1) }),
      changing('stage-2', { kind: 'replace', unit: addressOf(holder, 2) }),
      recover,
    ],
    sabotage: { after: 'stage-2', fault: failing(holder) },
  },
  {
    ...common,
    name: 'rollback',
    machine: 'rollback',
    config: configOf(),
    prepare: releaseTwice,
    steps: [
      step('stage-1', 'set-release', { target: here, release: 'v1' }, once(180), { kind: 'restore-release', verify: once(180) }),
      recover,
    ],
  },
  {
    ...common,
    name: 'rollout',
    machine: 'rollout',
    config: configOf({ deployments: { 'us-east-1': onLambda, 'eu-west-1': onLambda, 'us-west-2': onLambda } }),
    prepare: publishThird,
    steps: [...rolling(1, 0.05), ...rolling(2, 0.5), ...rolling(3, 1), recover],
    sabotage: { after: 'stage-2', fault: failing(holder) },
  },
  ...scripts,
];
