import type { StageContext } from '../config/stage-context.ts';
import { keepIncident } from '../knowledge/incidents.ts';
import { copyToPeers } from '../knowledge/peer-copies.ts';
import { putStored } from '../knowledge/stored.ts';
import { readFreeze, readSwitch } from '../knowledge/switches.ts';
import {
  failed,
  freezeSwitch,
  type Incident,
  killSwitch,
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

/** Keeps the plan and the run of what a person has ordered, here and at the peers, and starts its machine; refused while a switch forbids it. */
export async function startOrdered(ctx: StageContext, incident: Incident, draft: Draft): Promise<Result<Plan>> {
  const { action, target, steps, reason } = draft;
  const refusal = await switchedOff(ctx, target);
  if (refusal !== null) return failed('refused', refusal);
  const now = ctx.ports.clock.now();
  const plan: Plan = {
    ...{ id: planId(action, incident.id, targetKey(target), 1, 1, incident.epoch), version: 1, incident: incident.id },
    ...{ action, target, level: 'ordered', attempt: 1, steps, policies: [] },
    ...{ successors: ctx.config.regions.map((each) => each.name), createdAt: now, createdEpoch: incident.epoch, reason },
  };
  const run: Run = {
    ...{
      planId: plan.id,
      incidentId: incident.id,
      action,
      target,
      epoch: incident.epoch,
      holder: ctx.region,
      executionId: `${action}:${plan.id}`,
    },
    ...{ state: 'running', avoid: [], startedAt: now, leaseUntil: now + runLeaseMs, reason },
  };
  const kept = await keepIncident(ctx, incident);
  if (!kept.ok) return kept;
  for (const [key, value] of [
    [storeKey.plan(plan.id), plan],
    [storeKey.run(plan.id), run],
  ] as const) {
    const written = await putStored(ctx.ports.store, ctx.ports.clock, key, value, 0);
    if (!written.ok) return written;
    const copied = await copyToPeers(ctx, key, value, []);
    if (!copied.ok) return copied;
  }
  tellOfPlan(ctx, plan);
  const input = { incidentId: incident.id, planId: plan.id, epoch: incident.epoch, attempt: 1 };
  const started = await ctx.ports.machines.start(action, plan.id, input, within(ctx.ports.clock, callMs));
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

async function switchedOff(ctx: StageContext, target: Target): Promise<string | null> {
  for (const name of [killSwitch, pauseSwitch, freezeSwitch(targetKey(target))]) {
    const read = name === killSwitch || name === pauseSwitch ? await readSwitch(ctx, name) : await readFreeze(ctx, target, []);
    if (!read.ok) return `the switch ${name} cannot be read: no new action starts`;
    if (read.value?.on === true) return `${name} is on, by ${read.value.by}: ${read.value.reason}`;
  }
  return null;
}
