import type { StageContext } from '../config/stage-context.ts';
import { changeIncident } from '../knowledge/incidents.ts';
import { copyToPeers, livePeers } from '../knowledge/peer-copies.ts';
import { startResponder } from '../knowledge/responder.ts';
import { queryStored, readStored, updateStored } from '../knowledge/stored.ts';
import { lookAtSymptoms } from '../knowledge/symptoms.ts';
import { Incident, isOpen, isRunning, Lease, Observation, Plan, Run, storeKey, targetKey } from '../model/index.ts';
import { within } from '../ports/within.ts';
import { holdLease } from './lease.ts';

const itemsMax = 500;
const callMs = 5_000;
const lapseMs = 30_000;
const rankWaitMs = 60_000;
const takeoversMax = 5;

/** Once a minute in every region: takes over runs whose holder is gone, answers incidents that nobody answers, closes those that are over. */
export async function sweep(ctx: StageContext): Promise<void> {
  const { store, clock } = ctx.ports;
  const runs = await queryStored(store, clock, 'run#', itemsMax, Run);
  if (runs.ok) for (const run of runs.value.filter(isRunning)) await sweepRun(ctx, run);
  const incidents = await queryStored(store, clock, 'incident#', itemsMax, Incident);
  if (!incidents.ok) return;
  const busy = new Set(runs.ok ? runs.value.filter(isRunning).map((run) => run.incidentId) : []);
  for (const incident of incidents.value) {
    if (isOpen(incident) && !busy.has(incident.id)) await sweepIncident(ctx, incident);
    else if (incident.state === 'escalated' && incident.region === ctx.region) await closeWhenOver(ctx, incident);
  }
}

async function sweepRun(ctx: StageContext, run: Run): Promise<void> {
  const { store, clock, machines } = ctx.ports;
  const [lease, plan] = await Promise.all([
    readStored(store, clock, storeKey.lease(targetKey(run.target)), Lease),
    readStored(store, clock, storeKey.plan(run.planId), Plan),
  ]);
  if (!lease.ok || !plan.ok || plan.value.value === null) return;
  if (lease.value.value !== null && lease.value.value.epoch > run.epoch) return;
  const lapsesAt = Math.max(run.leaseUntil, lease.value.value?.until ?? 0);
  if (run.holder === ctx.region) {
    const execution = await machines.describe(run.executionId, within(clock, callMs));
    const dead = execution.ok ? execution.value.status !== 'RUNNING' : execution.code === 'not-found';
    if (dead) await takeOver(ctx, run, plan.value.value);
    return;
  }
  const heirs = plan.value.value.successors.filter((region) => region !== run.holder);
  const rank = heirs.indexOf(ctx.region);
  if (rank < 0 || clock.now() < lapsesAt + lapseMs + rank * rankWaitMs) return;
  if (!(await hasMissedItsEnd(ctx, run))) await takeOver(ctx, run, plan.value.value);
}

/** A copy that did not come through leaves a run open here that has ended elsewhere: who knows more is believed. */
async function hasMissedItsEnd(ctx: StageContext, run: Run): Promise<boolean> {
  const { store, clock } = ctx.ports;
  const copies = await Promise.all(livePeers(ctx, run.avoid).map(([, peer]) => readStored(peer, clock, storeKey.run(run.planId), Run)));
  const known = copies.flatMap((copy) => (copy.ok && copy.value.value !== null ? [copy.value.value] : []));
  const later = known.find((each) => each.epoch > run.epoch || (each.epoch === run.epoch && !isRunning(each)));
  if (later === undefined) return false;
  await updateStored(store, clock, storeKey.run(run.planId), Run, (current): Run | null =>
    current !== null && current.epoch <= later.epoch && isRunning(current) ? later : null,
  );
  return true;
}

/** The next epoch: what the dead run did is verified, and undone where it is not proven, by the undo machine of this region. */
async function takeOver(ctx: StageContext, run: Run, plan: Plan): Promise<void> {
  const { store, clock, machines, trace } = ctx.ports;
  const epoch = run.epoch + 1;
  if (epoch > plan.createdEpoch + takeoversMax) return escalate(ctx, run, `${takeoversMax} takeovers of ${run.planId} did not end it`);
  const name = `undo-${run.planId}-${epoch}`;
  const next: Run = {
    ...run,
    epoch,
    holder: ctx.region,
    state: 'undoing',
    executionId: `undo:${name}`,
    leaseUntil: clock.now() + lapseMs,
    reason: `${run.holder} did not end it: lease of epoch ${run.epoch} lapsed`,
  };
  const fence = await holdLease(ctx, next);
  if (!fence.ok) return;
  const written = await updateStored(store, clock, storeKey.run(run.planId), Run, (current): Run | null =>
    current !== null && current.epoch === run.epoch && isRunning(current) ? next : null,
  );
  if (!written.ok || written.value?.epoch !== epoch) return;
  await copyToPeers(ctx, storeKey.run(run.planId), next, run.avoid);
  trace.record({
    kind: 'RunClaimed',
    subject: targetKey(run.target),
    incident: run.incidentId,
    data: { plan: run.planId, epoch, from: run.holder },
    reason: next.reason,
  });
  await machines.start(
    'undo',
    next.executionId,
    { incidentId: run.incidentId, planId: run.planId, epoch, attempt: plan.attempt },
    within(clock, callMs),
  );
}

async function escalate(ctx: StageContext, run: Run, reason: string): Promise<void> {
  await updateStored(ctx.ports.store, ctx.ports.clock, storeKey.run(run.planId), Run, (current): Run | null =>
    current !== null && isRunning(current) ? { ...current, state: 'escalated', endedAt: ctx.ports.clock.now(), reason } : null,
  );
  await changeIncident(ctx, run.incidentId, (incident) => (isOpen(incident) ? { state: 'escalated', reason } : null));
}

/** An open incident without a run: its region starts (or starts again) the respond machine; a silent region's incident is adopted. */
async function sweepIncident(ctx: StageContext, incident: Incident): Promise<void> {
  if (incident.region === ctx.region) return startResponder(ctx, incident);
  if (!(await silent(ctx, incident.region))) return;
  const heirs = ctx.config.regions
    .map((region) => region.name)
    .filter((name) => name !== incident.region && name !== incident.subject.region);
  const rank = heirs.indexOf(ctx.region);
  const age = ctx.ports.clock.now() - incident.openedAt;
  if (rank < 0 || age < lapseMs + rank * rankWaitMs) return;
  const reason = `adopted from ${incident.region}, which is silent`;
  const adopted = await changeIncident(ctx, incident.id, (current) =>
    current.region === incident.region && isOpen(current) ? { region: ctx.region, epoch: current.epoch + 1, state: 'open', reason } : null,
  );
  if (adopted.ok && adopted.value.region === ctx.region) await startResponder(ctx, adopted.value);
}

async function silent(ctx: StageContext, region: string): Promise<boolean> {
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.observation(region), Observation);
  if (!read.ok) return false;
  const at = read.value.value?.at ?? 0;
  return ctx.ports.clock.now() - at > (ctx.config.thresholds.quorumStalenessSeconds + 30) * 1000;
}

/** People have it; when the symptoms are gone for whatever reason the incident still has to end. */
async function closeWhenOver(ctx: StageContext, incident: Incident): Promise<void> {
  const look = await lookAtSymptoms(ctx, incident);
  if (!look.gone) return;
  await changeIncident(ctx, incident.id, (current) =>
    current.state === 'escalated' ? { state: 'resolved', resolvedAt: ctx.ports.clock.now(), reason: `over: ${look.reason}` } : null,
  );
}
