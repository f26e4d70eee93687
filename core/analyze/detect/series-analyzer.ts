import type { Finding } from '../../knowledge/consensus.ts';
import { addToWindows, emptyWindows, type RollingWindows } from '../windows/rolling-windows.ts';
import type { DetectorSample } from './detector.ts';
import { type OnsetState, onsetDetector } from './onset.ts';
import { type SustainedState, sustainedDetector } from './sustained.ts';

/** Goes up when the shape of a series' state changes. */
const STATE_VERSION = 2;

/** Everything that is kept about one series; plain JSON. */
export interface SeriesState {
  version: typeof STATE_VERSION;
  windows: RollingWindows;
  sustained: SustainedState;
  onset: OnsetState;
}

/** `onset` takes one sample a minute, or a little less: its alarms are bounded by samples, and so they are by time. */
const ONSET_EVERY_MS = 50_000;

const sustained = sustainedDetector();
const onset = onsetDetector();

export function initSeries(): SeriesState {
  return { version: STATE_VERSION, windows: emptyWindows(), sustained: sustained.init(), onset: onset.init() };
}

/** A series from its JSON text; one that another version has written learns anew. */
export function restoreSeries(saved: string): SeriesState {
  const read: SeriesState | null = JSON.parse(saved);
  return read?.version === STATE_VERSION ? read : initSeries();
}

/**
 * One sample through windows and both statistical detectors; changes `state` in place. The onset detector sees the
 * values of successful samples only, and no more than one a minute: what fails, and what lasts for less, is the sustained
 * detector's to tell.
 */
export function analyzeSample(state: SeriesState, sample: DetectorSample): Finding[] {
  addToWindows(state.windows, sample.at, sample.value, sample.ok);
  const lasting = sustained.step(state.sustained, sample);
  const findings: Finding[] = [{ detector: sustained.name, score: lasting.score, reason: lasting.reason }];
  if (sample.ok !== false && sample.at - state.onset.lastAt >= ONSET_EVERY_MS) {
    const sudden = onset.step(state.onset, sample);
    findings.push({ detector: onset.name, score: sudden.score, reason: sudden.reason });
  }
  return findings;
}
