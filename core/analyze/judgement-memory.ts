import type { StageContext } from '../config/stage-context.ts';
import { type ConsensusState, initConsensus } from '../knowledge/consensus.ts';
import { DetectorRecords } from '../knowledge/detector-records.ts';
import { type FlaggedAnomaly, FlaggedLog, flaggedKey, Learned, learnedKey, recordsKey } from '../knowledge/judgement.ts';
import { putStored, readStored, updateStored } from '../knowledge/stored.ts';

/** What a process knows of its detectors: what was learned of them, and how often they alarm. */
export interface JudgementMemory {
  consensus: ConsensusState;
  records: DetectorRecords;
  /** Null: nothing was read yet. */
  syncedAt: number | null;
}

export const emptyJudgement = (): JudgementMemory => ({ consensus: initConsensus(), records: {}, syncedAt: null });

const syncEveryMs = 3_600_000;
const flaggedMax = 200;

/** Once an hour: takes over what was learned, and leaves the counts where learn finds them. */
export async function syncJudgement(ctx: StageContext, memory: JudgementMemory): Promise<void> {
  const { store, clock } = ctx.ports;
  const now = clock.now();
  if (memory.syncedAt !== null && now - memory.syncedAt < syncEveryMs) return;
  const [learned, records] = await Promise.all([
    readStored(store, clock, learnedKey, Learned),
    readStored(store, clock, recordsKey, DetectorRecords),
  ]);
  if (learned.ok && learned.value.value !== null) memory.consensus = structuredClone(learned.value.value.consensus);
  if (!records.ok) return;
  if (memory.syncedAt === null) memory.records = structuredClone(records.value.value ?? {});
  // Two processes count the same samples in turn: either count will do.
  else await putStored(store, clock, recordsKey, structuredClone(memory.records), records.value.version);
  memory.syncedAt = now;
}

/** Adds to the log, in one write. */
export async function logFlagged(ctx: StageContext, flagged: readonly FlaggedAnomaly[]): Promise<void> {
  if (flagged.length === 0) return;
  const { store, clock } = ctx.ports;
  await updateStored(store, clock, flaggedKey, FlaggedLog, (current) => [...(current ?? []), ...flagged].slice(-flaggedMax));
}
