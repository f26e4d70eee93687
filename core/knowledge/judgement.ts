import * as z from 'zod';
import { storeKey } from '../model/index.ts';
import { ConsensusState } from './consensus.ts';
import { DetectorRecords } from './detector-records.ts';

/** One anomaly that was put on the timeline, until it is known what it was. */
export const FlaggedAnomaly = z.object({
  service: z.string(),
  region: z.string(),
  at: z.number(),
  confidence: z.number(),
  detectors: z.array(z.object({ name: z.string(), score: z.number() })),
});
export type FlaggedAnomaly = z.infer<typeof FlaggedAnomaly>;

/** The last of them, oldest first: analyze adds, learn reads those that are old enough to be decided. */
export const FlaggedLog = z.array(FlaggedAnomaly);
export type FlaggedLog = z.infer<typeof FlaggedLog>;

/** What outcomes have taught about the detectors of this region: learn writes, analyze reads. */
export const Learned = z.object({
  at: z.number(),
  consensus: ConsensusState,
  /** How alarms came out. How often there were any is counted by analyze, in an item of its own. */
  outcomes: DetectorRecords,
  /** Everything up to here is decided. */
  decidedUntil: z.number(),
  /** When people were last told of a drift, by `detector|kind`. */
  told: z.record(z.string(), z.number()),
});
export type Learned = z.infer<typeof Learned>;

export const flaggedKey = storeKey.detector('flagged');
export const learnedKey = storeKey.detector('learned');
export const recordsKey = storeKey.detector('records');
