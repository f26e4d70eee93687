import * as z from 'zod';
import { ALARM_SCORE } from '../model/index.ts';
import type { Finding } from './consensus.ts';

/** What one detector said of one sample. */
type DetectorVoice = Pick<Finding, 'detector' | 'score'>;

/** How one detector has been doing. */
const DetectorRecord = z.object({
  /** Samples judged and alarms begun, faded with `MEMORY` samples; and alarms begun lately, with `RECENT_MEMORY`. */
  samples: z.number(),
  alarms: z.number(),
  recentSamples: z.number(),
  recentAlarms: z.number(),
  /** Confidence given and truth found for alarms that people or outcomes decided, and how many. */
  claimed: z.number(),
  real: z.number(),
  decided: z.number(),
  /** Real incidents in which this detector stayed silent. */
  missed: z.number(),
});
type DetectorRecord = z.infer<typeof DetectorRecord>;

/** One record per detector. */
export const DetectorRecords = z.record(z.string(), DetectorRecord);
export type DetectorRecords = z.infer<typeof DetectorRecords>;

/** A detector that no longer does what it did. */
export interface DetectorDrift {
  detector: string;
  kind: 'alarms-more' | 'overconfident' | 'underconfident' | 'misses';
  reason: string;
}

const MEMORY = 100_000;
const RECENT_MEMORY = 10_000;
const FEWEST_SAMPLES = 20_000;
const FEWEST_DECIDED = 20;
/** Standard errors of a Poisson count. */
const SIGNIFICANT = 4;
const CALIBRATION_GAP = 0.2;

/** Values for people: four significant digits. */
const shown = (value: number): string => String(Number(value.toPrecision(4)));

const emptyRecord = (): DetectorRecord => ({
  samples: 0,
  alarms: 0,
  recentSamples: 0,
  recentAlarms: 0,
  claimed: 0,
  real: 0,
  decided: 0,
  missed: 0,
});

/**
 * Counts one sample's findings: an alarm is counted when it begins. `alarming` names the detectors in alarm about this series, and follows:
 * between two looks at a series others are looked at.
 */
export function watchFindings(state: DetectorRecords, findings: readonly DetectorVoice[], alarming: Set<string>): void {
  for (const { detector, score } of findings) {
    const record = recordOf(state, detector);
    const alarm = score >= ALARM_SCORE;
    const began = alarm && !alarming.has(detector) ? 1 : 0;
    if (alarm) alarming.add(detector);
    else alarming.delete(detector);
    record.samples = record.samples * (1 - 1 / MEMORY) + 1;
    record.alarms = record.alarms * (1 - 1 / MEMORY) + began;
    record.recentSamples = record.recentSamples * (1 - 1 / RECENT_MEMORY) + 1;
    record.recentAlarms = record.recentAlarms * (1 - 1 / RECENT_MEMORY) + began;
  }
}

/** What an anomaly turned out to be: `real` or noise, with the findings it stood on and the confidence it was given. */
export function watchOutcome(state: DetectorRecords, findings: readonly DetectorVoice[], confidence: number, real: boolean): void {
  for (const { detector, score } of findings) {
    const record = recordOf(state, detector);
    if (score < ALARM_SCORE) {
      if (real) record.missed++;
      continue;
    }
    record.claimed += confidence;
    record.decided++;
    if (real) record.real++;
  }
}

/** Detectors whose alarm rate or calibration has drifted; to be reported to people. */
export function detectorDrifts(state: DetectorRecords): DetectorDrift[] {
  return Object.entries(state).flatMap(([detector, record]) => driftsOf(detector, record));
}

function driftsOf(detector: string, record: DetectorRecord): DetectorDrift[] {
  const drifts: DetectorDrift[] = [];
  const expected = (record.alarms / Math.max(1, record.samples)) * record.recentSamples;
  const bar = expected + SIGNIFICANT * Math.sqrt(Math.max(1, expected));
  if (record.samples >= FEWEST_SAMPLES && record.recentAlarms > bar) {
    drifts.push({
      detector,
      kind: 'alarms-more',
      reason: `${shown(record.recentAlarms)} alarms lately, ${shown(expected)} would be usual`,
    });
  }
  if (record.decided >= FEWEST_DECIDED) {
    const [claimed, real] = [record.claimed / record.decided, record.real / record.decided];
    if (Math.abs(claimed - real) > CALIBRATION_GAP) {
      drifts.push({
        detector,
        kind: claimed > real ? 'overconfident' : 'underconfident',
        reason: `${shown(100 * real)} % of ${record.decided} alarms were real at ${shown(100 * claimed)} % claimed`,
      });
    }
  }
  if (record.missed >= FEWEST_DECIDED && record.missed > 4 * record.real) {
    drifts.push({ detector, kind: 'misses', reason: `silent in ${record.missed} real incidents, alarmed in ${record.real}` });
  }
  return drifts;
}

function recordOf(state: DetectorRecords, detector: string): DetectorRecord {
  state[detector] ??= emptyRecord();
  return state[detector];
}
