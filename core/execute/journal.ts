import type { StageContext } from '../config/stage-context.ts';
import { copyToPeers, livePeers } from '../knowledge/peer-copies.ts';
import { readStored, storeCallMs, writeStored } from '../knowledge/stored.ts';
import { failed, type Json, ok, type Result, StepRecord, storeKey } from '../model/index.ts';
import type { Store } from '../ports/index.ts';
import { within } from '../ports/within.ts';
import type { PlannedRun } from './plan-items.ts';

const stepsMax = 100;

/** A record as it stands in the own table, with the version to write on. */
export interface Entry {
  record: StepRecord;
  version: number;
}

export async function readEntry(ctx: StageContext, planId: string, stepId: string): Promise<Result<Entry | null>> {
  const read = await readStored(ctx.ports.store, ctx.ports.clock, storeKey.step(planId, stepId), StepRecord);
  if (!read.ok) return read;
  return ok(read.value.value === null ? null : { record: read.value.value, version: read.value.version });
}

/**
 * Writes a record to the own table on its version, then copies it to the live peers. With `mustCopy` at least one peer has to have it
 * before this answers ok, so that the record outlives the region; without, the copies are best effort.
 */
export async function writeEntry(
  ctx: StageContext,
  record: StepRecord,
  version: number,
  avoid: readonly string[],
  mustCopy: boolean,
): Promise<Result<Entry>> {
  const written = await writeStored(ctx.ports.store, ctx.ports.clock, storeKey.step(record.plan, record.step), StepRecord, record, version);
  if (!written.ok) return written;
  const copied = await copyToPeers(ctx, storeKey.step(record.plan, record.step), record, avoid, (stored) => isFurther(stored, record));
  if (mustCopy && !copied.ok) return copied;
  return ok({ record, version: written.value.version });
}

const progress: Record<StepRecord['state'], number> = {
  intended: 0,
  applying: 1,
  applied: 2,
  failed: 3,
  committed: 4,
  undoing: 5,
  frozen: 6,
  undone: 7,
};

/**
 * An executor that lost the run, and comes back, must not write over what his successor has undone. What was frozen may be tried again.
 */
function isFurther(stored: Json, record: StepRecord): boolean {
  const known = StepRecord.safeParse(stored);
  if (!known.success || known.data.state === 'frozen') return false;
  return progress[known.data.state] >= progress.undoing && progress[known.data.state] > progress[record.state];
}

/**
 * Every record of a run, from the own table and all reachable peers', the furthest state of each; in journal order. Each record stands with
 * whoever wrote it and with one peer at least. So a successor may miss the table of the first holder, who is gone, and no other: else what
 * was done may be known only where it cannot read, and it answers `unavailable`.
 */
export async function readJournal(ctx: StageContext, { plan, run }: PlannedRun): Promise<Result<StepRecord[]>> {
  const prefix = `step#${plan.id}#`;
  const query = (store: Store) => store.query(prefix, stepsMax, within(ctx.ports.clock, storeCallMs));
  const [own, ...others] = await Promise.all([query(ctx.ports.store), ...livePeers(ctx, run.avoid).map(([, store]) => query(store))]);
  if (own === undefined || !own.ok) return own ?? failed('failed', 'no table was asked');
  const unread = others.filter((result) => !result.ok).length;
  if (run.epoch > plan.createdEpoch && unread > 1)
    return failed('unavailable', `the journals of ${unread} of ${others.length} peers cannot be read: what was done is not known here`);
  const latest = new Map<string, StepRecord>();
  for (const result of [own, ...others]) {
    if (!result.ok) continue;
    for (const item of result.value) {
      const parsed = StepRecord.safeParse(item.body);
      if (!parsed.success) continue;
      const known = latest.get(parsed.data.step);
      if (known === undefined || progress[parsed.data.state] > progress[known.state]) latest.set(parsed.data.step, parsed.data);
    }
  }
  return ok([...latest.values()].sort((a, b) => a.order - b.order));
}

/** What undo has to look at next: the highest record that may have touched the world and is not undone. Null: nothing is left. */
export function lastOpenRecord(journal: readonly StepRecord[], undoable: (stepId: string) => boolean): StepRecord | null {
  for (let index = journal.length - 1; index >= 0; index -= 1) {
    const record = journal[index];
    if (record === undefined || record.state === 'intended' || record.state === 'undone') continue;
    if (undoable(record.step)) return record;
  }
  return null;
}
