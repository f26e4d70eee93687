import * as z from 'zod';
import { ALARM_SCORE, type Anomaly, type Subject } from '../model/index.ts';

/** What the consensus has learnt and where its bar stands. */
export const ConsensusState = z.object({
  /** Of each detector: alarms that proved real and alarms that did not, both starting from a prior. */
  trust: z.record(z.string(), z.object({ real: z.number(), noise: z.number() })),
  /** Added to the base threshold: grows with alarms beyond the budget, shrinks with incidents that were missed. */
  raised: z.number(),
  lastAt: z.number(),
});
export type ConsensusState = z.infer<typeof ConsensusState>;

/** What one detector found in one sample. */
export interface Finding {
  detector: string;
  score: number;
  reason: string;
}

export interface ConsensusConfig {
  /** Confidence that makes an anomaly, before adaptation. */
  threshold: number;
  /** Bounds of the adapted threshold. */
  lowest: number;
  highest: number;
  /** What one false alarm adds to the threshold, and one missed incident takes away. */
  step: number;
  /** The adaptation fades to half in this time (milliseconds). */
  halfLifeMs: number;
  /** Confidence that makes it critical. */
  critical: number;
  /** Findings of these detectors speak of the whole: critical when they alarm, however small each part is. */
  systemic: readonly string[];
}

const consensusDefaults: ConsensusConfig = {
  threshold: 0.55,
  lowest: 0.4,
  highest: 0.9,
  step: 0.04,
  halfLifeMs: 86_400_000,
  critical: 0.9,
  systemic: ['isolation-forest'],
};

/** A new detector is believed like one whose alarms were real in four of five cases. */
const PRIOR = { real: 4, noise: 1 };
/** Alarms that trust remembers. */
const MEMORY = 200;
/** Scores up to here are ordinary. */
const ORDINARY = 0.3;
/** How sure a detector is that only just alarms. */
const JUST_ALARMING = 0.75;

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
/** Values for people: four significant digits. */
const shown = (value: number): string => String(Number(value.toPrecision(4)));

const noOverrides: Partial<ConsensusConfig> = {};

export const initConsensus = (): ConsensusState => ({ trust: {}, raised: 0, lastAt: 0 });

/**
 * Turns the findings of one moment about one subject into an Anomaly, or nothing. Each detector speaks with the share of
 * its past alarms that proved real times how sure it is now; independent voices combine as noisy-or, so two doubtful
 * ones that agree outweigh either. Findings whose score is no number are left out.
 */
export function weigh(
  state: ConsensusState,
  { subject, at, type }: { subject: Subject; at: number; type: string },
  findings: readonly Finding[],
  overrides: Partial<ConsensusConfig> = noOverrides,
): Anomaly | undefined {
  const config = overrides === noOverrides ? consensusDefaults : { ...consensusDefaults, ...overrides };
  fade(state, at, config);
  // Mostly nobody says anything.
  if (!findings.some(({ score }) => score > ORDINARY)) return undefined;
  const voices = findings
    .filter(({ score }) => Number.isFinite(score) && score > ORDINARY)
    .map((finding) => ({ ...finding, weight: trustOf(state, finding.detector), says: sureness(finding.score) }));
  const confidence = together(voices);
  const threshold = thresholdOf(state, config);
  if (voices.length === 0 || confidence < threshold) return undefined;

  const whole = voices.find(({ detector, score }) => config.systemic.includes(detector) && score >= ALARM_SCORE);
  const strongest = voices.reduce((best, voice) => (voice.weight * voice.says > best.weight * best.says ? voice : best));
  return {
    subject,
    at,
    type,
    severity: whole !== undefined || confidence >= config.critical ? 'critical' : 'warning',
    confidence: clamp(confidence, 0, 1),
    detectors: voices.map(({ detector, score, reason }) => ({ name: detector, score, reason })),
    reason: `${(whole ?? strongest).reason || `${strongest.detector} scores ${shown(strongest.score)}`} (confidence ${shown(confidence)} of ${shown(threshold)} needed)`,
  };
}

/** Independent voices as noisy-or. */
function together(voices: readonly { weight: number; says: number }[]): number {
  return 1 - voices.reduce((doubt, { weight, says }) => doubt * (1 - weight * says), 1);
}

/** What of a flagged anomaly is needed to learn from it. */
export type FlaggedVoices = readonly Pick<Anomaly['detectors'][number], 'name' | 'score'>[];

/**
 * Learns from what an anomaly turned out to be: `real`, or noise that nobody had to act on. The bar rises only for noise that would be
 * flagged again: where less trust is enough, the other detectors are not made deaf.
 */
export function learnOutcome(
  state: ConsensusState,
  { detectors }: { detectors: FlaggedVoices },
  real: boolean,
  overrides: Partial<ConsensusConfig> = {},
): void {
  const config = { ...consensusDefaults, ...overrides };
  for (const { name, score } of detectors) {
    if (score < ALARM_SCORE) continue;
    const trust = state.trust[name] ?? { ...PRIOR };
    const keep = Math.min(1, MEMORY / (trust.real + trust.noise + 1));
    state.trust[name] = { real: trust.real * keep + (real ? 1 : 0), noise: trust.noise * keep + (real ? 0 : 1) };
  }
  const again = together(detectors.map(({ name, score }) => ({ weight: trustOf(state, name), says: sureness(score) })));
  if (!real && again >= thresholdOf(state, config)) shift(state, config.step, config);
}

/** Learns that an incident was real though nothing was raised: the bar comes down. */
export function learnMiss(state: ConsensusState, overrides: Partial<ConsensusConfig> = {}): void {
  const config = { ...consensusDefaults, ...overrides };
  shift(state, -config.step, config);
}

/** The confidence that is needed now. */
export function thresholdOf(state: ConsensusState, config: ConsensusConfig = consensusDefaults): number {
  return clamp(config.threshold + state.raised, config.lowest, config.highest);
}

function trustOf(state: ConsensusState, detector: string): number {
  const { real, noise } = state.trust[detector] ?? PRIOR;
  return real / (real + noise);
}

/** Rises quickly up to the detector's own alarm, slowly to 1 beyond it. */
function sureness(score: number): number {
  if (score < ALARM_SCORE) return (JUST_ALARMING * (score - ORDINARY)) / (ALARM_SCORE - ORDINARY);
  return Math.min(1, JUST_ALARMING + ((1 - JUST_ALARMING) * (score - ALARM_SCORE)) / (1 - ALARM_SCORE));
}

function shift(state: ConsensusState, by: number, { threshold, lowest, highest }: ConsensusConfig): void {
  state.raised = clamp(state.raised + by, lowest - threshold, highest - threshold);
}

function fade(state: ConsensusState, at: number, { halfLifeMs }: ConsensusConfig): void {
  if (at > state.lastAt) {
    if (state.lastAt > 0) state.raised *= 0.5 ** ((at - state.lastAt) / halfLifeMs);
    state.lastAt = at;
  }
}
