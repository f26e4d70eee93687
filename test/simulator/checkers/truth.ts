import { Incident, type Json, Run, StepRecord, storeKey } from '../../../core/model/index.ts';
import type { Checker, Truth } from '../../../simulator/checkers/index.ts';
import { createSharedState } from '../../../simulator/host/shared-state.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';
import { type Fault, faultSchema } from '../../../simulator/world/fault.ts';
import { SequentialIds } from '../../../simulator/world/ids.ts';
import { SeededRandom } from '../../../simulator/world/random.ts';
import { World } from '../../../simulator/world/world.ts';
import { smallShop } from '../small-shop.ts';

const minute = 60_000;

/** A calm world in which a test plants its violation by hand: what broken code would have done. */
export function plantedTruth() {
  const clock = new VirtualClock(0);
  const config = smallShop();
  const checkers: Checker[] = [];
  let seq = 0;
  const tell = (at: number, kind: string, subject: string, data: Record<string, Json>, reason = 'planted', region = 'us-west-2') => {
    for (const checker of checkers) checker.onEntry?.({ at, seq: seq++, region, kind, subject, data, reason });
  };
  const world: World = new World({
    config,
    startAt: 0,
    ids: new SequentialIds('world'),
    onStatusChange: ({ at, check, healthy }) => {
      if (check.split('/').length === 2) tell(at, 'AnswersChanged', `group:${check}`, { check, healthy });
    },
  });
  const shared = createSharedState(config, world, clock, new SeededRandom(1));
  const truth: Truth = { config, world, shared, hosts: new Map(), clock };
  return {
    truth,
    world,
    tell,
    watch(create: (truth: Truth) => Checker): Checker {
      const checker = create(truth);
      checkers.push(checker);
      return checker;
    },
    vote(voter: string, subject: string, drain: boolean, atMinute: number) {
      world.castVote({ voter, subject, group: 'checkout', epoch: 1, drain, at: atMinute * minute, reason: 'planted' }, atMinute * minute);
    },
    begin(fault: Parameters<typeof faultSchema.parse>[0], atMinute: number): Fault {
      const begun = faultSchema.parse(fault);
      world.begin(begun, atMinute * minute);
      return begun;
    },
    store(key: string, body: Json, region = 'us-west-2') {
      shared.stores.get(region)?.items.set(key, { key, version: 1, body });
    },
  };
}

export const plan = 'failover-planted';

export function runItem(over: Partial<Run> = {}): { key: string; body: Json } {
  const run: Run = {
    planId: plan,
    incidentId: 'inc-1',
    action: 'failover',
    target: { service: 'checkout', region: 'us-east-1', group: 'checkout' },
    epoch: 1,
    holder: 'us-west-2',
    executionId: 'failover:planted',
    state: 'running',
    avoid: ['us-east-1'],
    startedAt: 0,
    leaseUntil: 60_000,
    reason: 'planted',
    ...over,
  };
  return { key: storeKey.run(run.planId), body: JSON.parse(JSON.stringify(Run.parse(run))) };
}

export function stepItem(over: Partial<StepRecord> = {}): { key: string; body: Json } {
  const step: StepRecord = {
    plan,
    step: 'pre-scale',
    kind: 'change-capacity',
    order: 1,
    executionId: 'failover:planted',
    epoch: 1,
    state: 'committed',
    before: null,
    intentAt: 0,
    appliedAt: 1,
    looks: [],
    reason: 'planted',
    ...over,
  };
  return { key: storeKey.step(step.plan, step.step), body: JSON.parse(JSON.stringify(StepRecord.parse(step))) };
}

export function incidentItem(over: Partial<Incident> = {}): { key: string; body: Json } {
  const incident: Incident = {
    id: 'inc-1',
    epoch: 1,
    attempt: 1,
    tried: [],
    subject: { service: 'checkout', region: 'us-east-1' },
    group: 'checkout',
    region: 'us-west-2',
    alert: 'region-impaired',
    cause: 'planted',
    locus: 'region',
    severity: 'critical',
    state: 'open',
    openedAt: 0,
    deadlineAt: 300_000,
    reason: 'planted',
    ...over,
  };
  return { key: storeKey.incident(incident.id), body: JSON.parse(JSON.stringify(Incident.parse(incident))) };
}
