import type { StageContext } from '../config/stage-context.ts';
import { keepIncident } from '../knowledge/incidents.ts';
import { copyToPeers } from '../knowledge/peer-copies.ts';
import { putStored } from '../knowledge/stored.ts';
import { readFreeze, readSwitch } from '../knowledge/switches.ts';
import {
  failed,
  followUpLevel,
  freezeSwitch,
  type Incident,
  killSwitch,
  type Outcome,
  ok,
  type Plan,
  pauseSwitch,
  type Result,
  type Run,
  storeKey,
  type Target,
  targetKey,
} from '../model/index.ts';
import { within } from '../ports/within.ts';
import { planId } from './plan-id.ts';
import type { Draft } from './remedies/remedy.ts';

const callMs = 15_000;
const runLeaseMs = 120_000;

/** Keeps what a person has ordered, here and at the peers, and starts its machine; refused while a switch forbids it. */
export async function startOrdered(ctx: StageContext, incident: Incident, draft: Draft): Promise<Result<Plan>> {
  const refusal = await switchedOff(ctx, draft.target, []);
  if (refusal !== null) return failed('refused', refusal);
  const kept = await keepIncident(ctx, incident);
  if (!kept.ok) return kept;
  const id = planId(draft.action, incident.id, targetKey(draft.target), 1, 1, incident.epoch);
  return start(ctx, draft, { id, incident: incident.id, epoch: incident.epoch, level: 'ordered', avoid: [] });
}

/** Starts what follows an outcome, as a part of the same incident; `conflict` when it was started before. */
export async function startFollowUp(ctx: StageContext, draft: Draft, outcome: Outcome, epoch: number): Promise<Result<Plan>> {
  const avoid = outcome.avoid ?? [];
  const refusal = await switchedOff(ctx, draft.target, avoid);
  if (refusal !== null) return failed('refused', refusal);
  const id = planId(draft.action, outcome.planId, targetKey(draft.target), 1, 1, outcome.epoch);
  return start(ctx, draft, { id, incident: outcome.incidentId, epoch, level: followUpLevel, avoid });
}

interface Started {
  id: string;
  incident: string;
  epoch: number;
  level: string;
  avoid: string[];
}

async function start(ctx: StageContext, draft: Draft, { id, incident, epoch, level, avoid }: Started): Promise<Result<Plan>> {
  const { action, target, steps, reason } = draft;
  const now = ctx.ports.clock.now();
  const successors = [ctx.region, ...ctx.config.regions.map((each) => each.name).filter((name) => name !== ctx.region)];
  const plan: Plan = {
    ...{ id, version: 1, incident, action, target, level, attempt: 1, steps, policies: [] },
    ...{ successors: successors.filter((name) => !avoid.includes(name)), createdAt: now, createdEpoch: epoch, reason },
  };
  const run: Run = {
    ...{ planId: id, incidentId: incident, action, target, epoch, holder: ctx.region, executionId: `${action}:${id}` },
    ...{ state: 'running', avoid, startedAt: now, leaseUntil: now + runLeaseMs, reason },
  };
  for (const [key, value] of [
    [storeKey.plan(id), plan],
    [storeKey.run(id), run],
  ] as const) {
    const written = await putStored(ctx.ports.store, ctx.ports.clock, key, value, 0);
    if (!written.ok) return written;
    const copied = await copyToPeers(ctx, key, value, avoid);
    if (!copied.ok) return copied;
  }
  tellOfPlan(ctx, plan);
  const input = { incidentId: incident, planId: id, epoch, attempt: 1 };
  const started = await ctx.ports.machines.start(action, id, input, within(ctx.ports.clock, callMs));
  return started.ok ? ok(plan) : started;
}

function tellOfPlan(ctx: StageContext, { id, incident, action, target, level, attempt, steps, reason }: Plan): void {
  ctx.ports.trace.record({
    kind: 'PlanMade',
    subject: targetKey(target),
    incident,
    data: {
      incident,
      plan: id,
      action,
      target: targetKey(target),
      level,
      attempt,
      steps: steps.map((step) => step.id),
      mode: ctx.config.mode,
    },
    reason,
  });
}

async function switchedOff(ctx: StageContext, target: Target, avoid: readonly string[]): Promise<string | null> {
  for (const name of [killSwitch, pauseSwitch, freezeSwitch(targetKey(target))]) {
    const read = name === killSwitch || name === pauseSwitch ? await readSwitch(ctx, name) : await readFreeze(ctx, target, avoid);
    if (!read.ok) return `the switch ${name} cannot be read: no new action starts`;
    if (read.value?.on === true) return `${name} is on, by ${read.value.by}: ${read.value.reason}`;
  }
  return null;
}
