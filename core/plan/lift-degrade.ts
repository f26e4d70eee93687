import * as z from 'zod';
import type { StageContext } from '../config/stage-context.ts';
import { nextServiceEpoch } from '../knowledge/epochs.ts';
import { queryStored, readStored } from '../knowledge/stored.ts';
import { Incident, Plan, Run, type Step, storeKey, targetKey } from '../model/index.ts';
import { startOrdered } from './order-run.ts';
import { degraded, normal } from './remedies/script.ts';
import { once, step } from './step.ts';

const itemsMax = 500;

const Flag = z.looseObject({ name: z.string() });

/**
 * What was degraded for a sick dependency goes back to normal when that is well and its incident ends, in a run of its own: only where the
 * flag still says so, and nothing else that is sick has asked for it. In approve mode, or while a switch holds it back, people do it.
 */
export async function liftDegrade(ctx: StageContext, ended: Incident): Promise<void> {
  if (ended.region !== ctx.region || ctx.config.mode !== 'act') return;
  const { store, clock } = ctx.ports;
  const [runs, incidents] = await Promise.all([
    queryStored(store, clock, 'run#', itemsMax, Run),
    queryStored(store, clock, 'incident#', itemsMax, Incident),
  ]);
  if (!runs.ok || !incidents.ok) return;
  const sick = new Set(incidents.value.filter((each) => each.region === ctx.region && each.state !== 'resolved').map((each) => each.id));
  const flags = await flagsOf(ctx, runs.value, (incident) => incident === ended.id);
  const wanted = await flagsOf(ctx, runs.value, (incident) => sick.has(incident));
  const lifted = flags.filter((flag) => !wanted.some((each) => nameOf(each) === nameOf(flag)));
  if (lifted.length > 0) await lift(ctx, ended, lifted);
}

/** The steps that set a flag, of the proven runs of some incidents here. */
async function flagsOf(ctx: StageContext, runs: readonly Run[], isAsked: (incident: string) => boolean): Promise<Step[]> {
  const { store, clock } = ctx.ports;
  const asked = runs.filter(
    (run) => run.action === 'script' && run.state === 'verified' && run.holder === ctx.region && isAsked(run.incidentId),
  );
  const plans = await Promise.all(asked.map((run) => readStored(store, clock, storeKey.plan(run.planId), Plan)));
  return plans.flatMap((plan) => (plan.ok ? (plan.value.value?.steps ?? []) : [])).filter((each) => each.kind === 'set-flag');
}

function nameOf({ args }: Step): string {
  return Flag.parse(args).name;
}

async function lift(ctx: StageContext, ended: Incident, flags: readonly Step[]): Promise<void> {
  const { service } = ended.subject;
  const epoch = await nextServiceEpoch(ctx, service);
  if (!epoch.ok) return;
  const target = { service, region: ctx.region };
  const reason = `${service} is well again: ${flags.map(nameOf).join(', ')} back to ${normal}`;
  const incident: Incident = {
    ...ended,
    ...{
      id: `lift-${ended.id}`,
      epoch: epoch.value,
      alert: 'dependency-well',
      severity: 'warning',
      cause: reason,
      reason,
      attempt: 0,
      tried: [],
    },
  };
  const undo = { kind: 'restore-flag', verify: once(60) };
  const steps = flags.map(({ args }, index) =>
    step(`stage-${index + 1}`, 'set-flag', { ...args, value: normal, from: degraded }, once(60), undo),
  );
  const started = await startOrdered(ctx, incident, { action: 'script', target, capacityOutShare: 0, steps, reason });
  if (started.ok || started.code === 'conflict') return;
  ctx.ports.trace.record({
    kind: 'PolicyRefused',
    subject: targetKey(target),
    incident: ended.id,
    data: { incident: ended.id, policy: 'switches', action: 'degrade', target: targetKey(target) },
    reason: `${reason} is not done, set it by hand: ${started.reason}`,
  });
}
