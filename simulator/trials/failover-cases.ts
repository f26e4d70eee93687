import { quorumOf } from '../../core/config/votes.ts';
import { type Step, storeKey } from '../../core/model/index.ts';
import { once, step, twice } from '../../core/plan/step.ts';
import { checkout } from '../scenarios/shop.ts';
import { writeItem } from './seed-items.ts';
import { begin, configOf, failing, group, here, holder, impaired, leadSeconds, restoring, service } from './stage-set.ts';
import type { Scene, TrialCase } from './trial-case.ts';

const bakeSeconds = 20;
const database = 'orders';
const approval = 'approval-of-the-trial';
const drainArgs = { group, subject: impaired, quorum: quorumOf(3) };
const needs = [{ target: here, desired: 8 }];

type Move = 'none' | 'switchover' | 'lossy';

function databaseSteps(move: Move): Step[] {
  switch (move) {
    case 'none':
      return [];
    case 'switchover':
      return [step('database', 'move-database', { database, to: holder }, once(300), { kind: 'return-database', verify: once(300) })];
    case 'lossy':
      return [{ ...step('database', 'move-database', { database, to: holder, approval }, once(300)), irreversible: true }];
  }
}

function failoverSteps(carrier: 'object' | 'metric', move: Move): Step[] {
  const drainSeconds = carrier === 'metric' ? 300 : 120;
  const withdraw = { kind: 'withdraw-drain', verify: twice(drainSeconds) };
  const databases = move === 'none' ? [] : [{ id: database, lagSecondsMax: 5 }];
  const raise = { changes: [{ target: here, change: { kind: 'count', desired: 8 } }] };
  return [
    step('claim', 'claim-grants', drainArgs, once(45), withdraw),
    step('preflight', 'preflight', { group, subject: impaired, to: holder, needs, databases }, once(60)),
    step('pre-scale', 'change-capacity', raise, once(300), restoring),
    step('capacity', 'confirm-capacity', { needs }, once(60)),
    ...databaseSteps(move),
    step('drain', 'request-drain', drainArgs, twice(drainSeconds), withdraw),
    step('prove', 'prove', { group, to: holder }, twice(60)),
    step('bake', 'bake', { group, to: holder, seconds: bakeSeconds }, once(bakeSeconds + 60)),
  ];
}

function failover(name: string, carrier: 'object' | 'metric', move: Move): TrialCase {
  const orders = { kind: 'aurora-global' as const, id: database, writerRegion: impaired };
  const deployments = Object.entries(checkout({}).deployments ?? {});
  const withDatabase = Object.fromEntries(deployments.map(([region, each]) => [region, { ...each, database: orders }]));
  return {
    name,
    machine: 'failover',
    config: configOf(move === 'none' ? {} : { deployments: withDatabase }, carrier),
    holder,
    target: { service, region: impaired, group },
    avoid: [impaired],
    steps: failoverSteps(carrier, move),
    leadSeconds,
    prepare(scene) {
      // For a switchover the source has to be well: clients get errors there, its control plane works.
      begin(scene, move === 'switchover' ? failing(impaired) : { at: 0, kind: 'region-unreachable', where: { region: impaired } });
      if (move === 'lossy') acceptLoss(scene);
    },
    sabotage: { after: 'drain', fault: failing(holder) },
  };
}

/** A person has agreed that the writer moves although writes may be lost. */
function acceptLoss({ shared, at }: Scene): void {
  const store = shared.stores.get(holder);
  const asked = { planId: 'failover-trial', incident: 'inc-trial', what: 'lose what was not replicated', expiresAt: at + 3_600_000 };
  const decision = { by: 'on-call', accept: true, reason: 'the region is gone', at };
  if (store !== undefined) writeItem(store, storeKey.approval(approval), { approval: asked, decision });
}

/** The votes of both peers stand since an earlier failover, and the old region has been well for long enough. */
function voteOut({ world, shared, at }: Scene): void {
  const old = { incident: 'inc-old', epoch: 2, at, reason: 'an earlier failover' };
  for (const voter of [holder, 'us-west-2']) {
    const store = shared.stores.get(voter);
    const state = { ...old, group, subject: impaired, drain: true, heldUntil: at };
    if (store !== undefined) writeItem(store, storeKey.vote(group, impaired), state);
    world.castVote({ voter, subject: impaired, group, epoch: 2, drain: true, at, reason: old.reason }, at);
  }
}

const failback: TrialCase = {
  name: 'failback',
  machine: 'failback',
  config: configOf(),
  holder,
  target: { service, region: impaired, group },
  avoid: [],
  steps: [
    step('proven', 'confirm-proven', { group, region: impaired, seconds: 60 }, once(60)),
    step('stage-1', 'return-traffic', drainArgs, twice(180), { kind: 'drain-again', verify: twice(180) }),
    step('recover', 'bake', { group, to: impaired, seconds: bakeSeconds }, once(bakeSeconds + 60)),
  ],
  leadSeconds: 245,
  prepare: voteOut,
  sabotage: { after: 'stage-1', fault: failing(impaired) },
};

export const failoverCases: readonly TrialCase[] = [
  failover('failover by objects', 'object', 'none'),
  failover('failover by metrics', 'metric', 'none'),
  failover('failover with a switchover', 'object', 'switchover'),
  failover('failover with loss of data', 'object', 'lossy'),
  failback,
];
