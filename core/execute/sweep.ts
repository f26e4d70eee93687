import type { StageContext } from '../config/stage-context.ts';
import { noteAttention } from '../knowledge/attention.ts';
import { nextEpochOf } from '../knowledge/epochs.ts';
import { avoidOf, changeIncident } from '../knowledge/incidents.ts';
import { noteOfRun } from '../knowledge/notes.ts';
import { patientTables } from '../knowledge/patient-tables.ts';
import { copyToPeers, livePeers } from '../knowledge/peer-copies.ts';
import { startResponder } from '../knowledge/responder.ts';
import { putStored, queryStored, readStored, updateStored } from '../knowledge/stored.ts';
import { lookAtSymptoms } from '../knowledge/symptoms.ts';
import { tellOnce } from '../knowledge/tell-people.ts';
import { Incident, isOpen, isRunning, Lease, Observation, Plan, Run, storeKey, targetKey } from '../model/index.ts';
import { within } from '../ports/within.ts';
import { freezeTarget, freezeWhereNobodyDid } from './freeze.ts';
import { holdLease } from './lease.ts';
import { tellWhatIsOut } from './still-out.ts';

const itemsMax = 500;
const callMs = 5_000;
const lapseMs = 30_000;
const rankWaitMs = 60_000;
const takeoversMax = 5;
/** A run that ended is published within seconds; after this long somebody else does it, and after a day nobody wants to know. */
const unpublishedMs = { from: 90_000, until: 24 * 3_600_000 };
/** Nothing may have failed for this long before an incident that nobody works on counts as over. */
const overMs = 300_000;

/** Once a minute in every region: takes over runs whose holder is gone, answers incidents that nobody answers, closes those that are over; what is still worked on is looked at more closely. */
export async function sweep(given: StageContext): Promise<void> {
  const ctx = patientTables(given);
  const { store, clock } = ctx.ports;
  const runs = await queryStored(store, clock, 'run#', itemsMax, Run);
  // Whoever does not know what runs would answer an incident that is worked on a second time.
  if (!runs.ok) return;
  for (const run of runs.value) await (isRunning(run) ? sweepRun(ctx, run) : sweepEnded(ctx, run));
  const incidents = await queryStored(store, clock, 'incident#', itemsMax, Incident);
  if (!incidents.ok) return;
  await noteAttention(ctx, incidents.value, runs.value);
  const busy = new Set(runs.value.filter(isRunning).map((run) => run.incidentId));
  for (const incident of incidents.value) {
    const epochs = runs.value.flatMap((run) => (run.incidentId === incident.id ? [run.epoch] : []));
    if (isOpen(incident) && !busy.has(incident.id)) await sweepIncident(ctx, incident, Math.max(0, ...epochs));
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
  const held = lease.value.value;
  // A higher epoch that lives has the target. One that has lapsed died between its lease and its claim of the run: the next goes above it.
  if (held !== null && held.epoch > run.epoch && clock.now() < held.until + lapseMs) return;
  const lastEpoch = Math.max(run.epoch, held?.epoch ?? 0);
  const lapsesAt = Math.max(run.leaseUntil, held?.until ?? 0);
  if (run.holder === ctx.region) {
    const execution = await machines.describe(run.executionId, within(clock, callMs));
    // A run is on record before its machine starts: an execution that nobody knows may still be waiting for its turn.
    const dead = execution.ok ? execution.value.status !== 'RUNNING' : execution.code === 'not-found' && clock.now() >= lapsesAt + lapseMs;
    if (dead) await takeOver(ctx, run, plan.value.value, lastEpoch);
    return;
  }
  const heirs = plan.value.value.successors.filter((region) => region !== run.holder);
  const rank = heirs.indexOf(ctx.region);
  if (rank < 0 || clock.now() < lapsesAt + lapseMs + rank * rankWaitMs) return;
  if (!(await hasMissedItsEnd(ctx, run))) await takeOver(ctx, run, plan.value.value, lastEpoch);
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
async function takeOver(ctx: StageContext, run: Run, plan: Plan, lastEpoch: number): Promise<void> {
  const { store, clock, machines, trace } = ctx.ports;
  const epoch = nextEpochOf(ctx.config, ctx.region, lastEpoch);
  if (epoch > plan.createdEpoch + takeoversMax * ctx.config.regions.length)
    return escalate(ctx, run, `${takeoversMax} takeovers of ${run.planId} did not end it`);
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
  // With nobody left to witness it the run is taken over all the same: only a higher epoch stops an undo.
  if (!fence.ok && fence.code === 'superseded') return;
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
    name,
    { incidentId: run.incidentId, planId: run.planId, epoch, attempt: plan.attempt },
    within(clock, callMs),
  );
}

/**
 * What the end of a run left undone. One that was given to people is frozen. One that nobody heard of, since whoever ended it died, has its
 * machine's last task done again, by the holder or an heir.
 */
async function sweepEnded(ctx: StageContext, run: Run): Promise<void> {
  const { store, clock, machines } = ctx.ports;
  const since = clock.now() - (run.endedAt ?? 0);
  if (run.state === 'escalated' && since < unpublishedMs.until) await freezeWhereNobodyDid(ctx, run);
  await tellWhatIsOut(ctx, run);
  if (run.published === true || since < unpublishedMs.from || since > unpublishedMs.until) return;
  if (await isMarkedAtPeer(ctx, run)) return;
  const plan = await readStored(store, clock, storeKey.plan(run.planId), Plan);
  if (!plan.ok || plan.value.value === null) return;
  const { successors, attempt } = plan.value.value;
  const rank = [run.holder, ...successors.filter((region) => region !== run.holder)].indexOf(ctx.region);
  if (rank < 0 || since < unpublishedMs.from + rank * rankWaitMs) return;
  // An heir publishes it under an epoch of his own: the holder may come back and publish it, too.
  const epoch = rank === 0 ? run.epoch : nextEpochOf(ctx.config, ctx.region, run.epoch);
  if (rank > 0) {
    const claimed = await updateStored(store, clock, storeKey.run(run.planId), Run, (current): Run | null =>
      current !== null && current.epoch === run.epoch && current.published !== true ? { ...current, epoch, holder: ctx.region } : null,
    );
    if (!claimed.ok || claimed.value?.epoch !== epoch) return;
  }
  const input = { incidentId: run.incidentId, planId: run.planId, epoch, attempt };
  await machines.start('undo', `undo-${run.planId}-${epoch}-end`, input, within(clock, callMs));
}

/** The own table may have refused the mark that the outcome was told; a peer's has it then, and the own gets it now. */
async function isMarkedAtPeer(ctx: StageContext, run: Run): Promise<boolean> {
  const { store, clock } = ctx.ports;
  const key = storeKey.run(run.planId);
  const copies = await Promise.all(livePeers(ctx, run.avoid).map(([, peer]) => readStored(peer, clock, key, Run)));
  const told = copies.some((copy) => copy.ok && copy.value.value?.published === true && copy.value.value.epoch === run.epoch);
  if (!told) return false;
  await updateStored(store, clock, key, Run, (current): Run | null =>
    current !== null && current.epoch === run.epoch && !isRunning(current) ? { ...current, published: true } : null,
  );
  return true;
}

async function escalate(ctx: StageContext, run: Run, reason: string): Promise<void> {
  const { store, clock } = ctx.ports;
  const endedAt = clock.now();
  const ended = await updateStored(store, clock, storeKey.run(run.planId), Run, (current): Run | null =>
    current !== null && isRunning(current) ? { ...current, state: 'escalated', endedAt, reason } : null,
  );
  if (ended.ok && ended.value !== null) await copyToPeers(ctx, storeKey.run(run.planId), ended.value, run.avoid);
  await freezeTarget(ctx, run, reason);
  // Told at once; its outcome is published, as that of every run, by whoever finds that nobody did.
  const note = ended.ok && ended.value !== null ? noteOfRun(ended.value) : null;
  if (note !== null) await tellOnce(ctx, note, run.avoid);
  await changeIncident(ctx, run.incidentId, (incident) => (isOpen(incident) ? { state: 'escalated', reason } : null));
}

/**
 * An open incident without a run: its region starts (or starts again) the respond machine; a silent region's incident is adopted, and a
 * region that has lost it gets it back.
 * @param spent the highest epoch under which one of its runs wrote: what is planned next needs a higher one
 */
async function sweepIncident(ctx: StageContext, incident: Incident, spent: number): Promise<void> {
  if (incident.region === ctx.region) {
    if (spent <= incident.epoch) return answer(ctx, incident);
    const raised = await changeIncident(ctx, incident.id, (current) =>
      isOpen(current) && current.epoch < spent
        ? { epoch: nextEpochOf(ctx.config, ctx.region, spent), state: 'open', reason: `epoch ${spent} has written` }
        : null,
    );
    if (raised.ok) await answer(ctx, raised.value);
    return;
  }
  if (!(await silent(ctx, incident.region))) return giveBack(ctx, incident);
  const heirs = ctx.config.regions
    .map((region) => region.name)
    .filter((name) => name !== incident.region && name !== incident.subject.region);
  const rank = heirs.indexOf(ctx.region);
  const age = ctx.ports.clock.now() - incident.openedAt;
  if (rank < 0 || age < lapseMs + rank * rankWaitMs) return;
  if (await hasMissedTheWord(ctx, incident)) return;
  const reason = `adopted from ${incident.region}, which is silent`;
  const adopted = await changeIncident(ctx, incident.id, (current) =>
    current.region === incident.region && isOpen(current)
      ? { region: ctx.region, epoch: nextEpochOf(ctx.config, ctx.region, Math.max(current.epoch, spent)), state: 'open', reason }
      : null,
  );
  if (adopted.ok && adopted.value.region === ctx.region) await answer(ctx, adopted.value);
}

/** As with runs: a copy that did not come through leaves an incident open here that has ended, or that another region holds by now. */
async function hasMissedTheWord(ctx: StageContext, incident: Incident): Promise<boolean> {
  const { store, clock } = ctx.ports;
  const key = storeKey.incident(incident.id);
  const copies = await Promise.all(livePeers(ctx, await avoidOf(ctx, incident)).map(([, peer]) => readStored(peer, clock, key, Incident)));
  const known = copies.flatMap((copy) => (copy.ok && copy.value.value !== null ? [copy.value.value] : []));
  const later = known.find((each) => each.epoch > incident.epoch || (each.epoch === incident.epoch && !isOpen(each)));
  if (later === undefined) return false;
  await updateStored(store, clock, key, Incident, (current): Incident | null =>
    current !== null && current.epoch <= later.epoch && isOpen(current) ? later : null,
  );
  return true;
}

/**
 * A table that took a write and does not have it (it lied, or was restored to an earlier hour) leaves an incident that nobody works on:
 * its region lives, so that nobody adopts it, and knows of nothing to work on, or takes another region for its holder.
 */
async function giveBack(ctx: StageContext, incident: Incident): Promise<void> {
  const { clock } = ctx.ports;
  if (clock.now() - incident.openedAt < lapseMs) return;
  const [, table] = livePeers(ctx, await avoidOf(ctx, incident)).find(([name]) => name === incident.region) ?? [];
  if (table === undefined) return;
  const key = storeKey.incident(incident.id);
  const there = await readStored(table, clock, key, Incident);
  if (!there.ok) return;
  const { value: known, version } = there.value;
  if (known === null || (known.region !== incident.region && known.epoch < incident.epoch))
    await putStored(table, clock, key, incident, version);
}

/** One more responder; when all of them ended without an end of the incident, it belongs to people. */
async function answer(ctx: StageContext, incident: Incident): Promise<void> {
  if (await startResponder(ctx, incident)) return;
  const reason = `every responder of ${incident.id} ended before the incident did`;
  await changeIncident(ctx, incident.id, (current) => (isOpen(current) ? { state: 'escalated', reason } : null));
}

async function silent(ctx: StageContext, region: string): Promise<boolean> {
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.observation(region), Observation);
  if (!read.ok) return false;
  const at = read.value.value?.at ?? 0;
  return ctx.ports.clock.now() - at > (ctx.config.thresholds.quorumStalenessSeconds + 30) * 1000;
}

/** People have it; when the symptoms are gone for whatever reason the incident still has to end. */
async function closeWhenOver(ctx: StageContext, incident: Incident): Promise<void> {
  const look = await lookAtSymptoms(ctx, incident, overMs);
  if (!look.gone) return;
  const now = ctx.ports.clock.now();
  await changeIncident(ctx, incident.id, (current) =>
    current.state === 'escalated'
      ? { state: 'resolved', resolvedAt: now, overAt: now - (look.forMs ?? 0), reason: `over: ${look.reason}` }
      : null,
  );
}
