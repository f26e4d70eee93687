import { type Detector, type DetectorSample, type Judgement, readable, savedAs, shown } from './detector.ts';
import { beyondRange, emptyRange, type Range, spreadOf } from './never-seen.ts';
import { distanceToPastDays, emptyPastDays, type PastDays, rememberToday } from './past-days.ts';

/** Ways of looking at the series; each votes by how far it shows what it has never shown before. */
const VIEWS = [
  'value',
  'residual against the slow mean',
  'median of 12',
  'median of 24',
  'mean of 24 against the slow mean',
  'mean of 48 against the slow mean',
  'distance to the same time of the past days',
  'spread of 48',
] as const;

const SHORT = 12;
const MIDDLE = 24;
const LONG = 48;
const SLOW = 0.01;

export interface OnsetConfig {
  /** Samples to learn before the first alarm. */
  learnSamples: number;
  /** Standard deviations beyond the range that make half a vote. */
  halfVote: number;
  /** Mean vote that raises an alarm while the budget is untouched. */
  gate: number;
  /** Samples of silence after an alarm: the onset is told once. */
  refractorySamples: number;
  /** Each alarm spent raises the bar by this factor of itself, fading with `budgetSamples`. */
  alarmCost: number;
  budgetSamples: number;
  pastDays: number;
}

/** One set for every series; chosen in the middle of a plateau (docs/detection.md), not at its peak. */
export const onsetDefaults: OnsetConfig = {
  learnSamples: 240,
  halfVote: 0.27,
  gate: 0.04,
  refractorySamples: 72,
  alarmCost: 1.4,
  budgetSamples: 1000,
  pastDays: 7,
};

export interface OnsetState {
  samples: number;
  lastAt: number;
  /** The last `LONG` values, a ring; the newest is at (samples - 1) % LONG. */
  recent: number[];
  /** The newest 12 and 24 of them, sorted: their middle is the upper median. */
  newest12: number[];
  newest24: number[];
  slowMean: number;
  pastDays: PastDays;
  /** Mean distance to the past days, and from how many. */
  distance: number;
  distances: number;
  ranges: Range[];
  /** Each view's vote on the last sample. */
  votes: number[];
  sinceAlarm: number;
  /** Alarms spent, fading. */
  debt: number;
}

/**
 * Onsets of anything unheard of. Evidence is what has never been seen before, over several views of the series: each
 * view votes between 0 and 1, the votes are averaged, alarms are followed by silence and make the next one dearer.
 */
export function onsetDetector(overrides: Partial<OnsetConfig> = {}): Detector<OnsetState> {
  const config = { ...onsetDefaults, ...overrides };
  return {
    name: 'onset',
    init: () => ({
      samples: 0,
      lastAt: Number.MIN_SAFE_INTEGER,
      recent: [],
      newest12: [],
      newest24: [],
      slowMean: 0,
      pastDays: emptyPastDays(config.pastDays),
      distance: 0,
      distances: 0,
      ranges: VIEWS.map(emptyRange),
      votes: VIEWS.map(() => 0),
      sinceAlarm: config.refractorySamples,
      debt: 0,
    }),
    step: (state, sample) => step(state, sample, config),
    ...savedAs<OnsetState>('onset'),
  };
}

function step(state: OnsetState, { at, value }: DetectorSample, config: OnsetConfig): Judgement<OnsetState> {
  if (!readable(value) || !(at > state.lastAt)) return { state, score: 0, reason: '' };
  look(state, at, value, config.halfVote);
  state.lastAt = at;
  state.debt *= 1 - 1 / config.budgetSamples;
  state.sinceAlarm++;
  if (state.samples <= config.learnSamples || state.sinceAlarm < config.refractorySamples) return { state, score: 0, reason: '' };

  let sum = 0;
  for (const vote of state.votes) sum += vote;
  const evidence = sum / VIEWS.length / (1 + config.alarmCost * state.debt);
  const score = evidence / (evidence + config.gate);
  if (evidence < config.gate) return { state, score, reason: '' };
  state.sinceAlarm = 0;
  state.debt += 1;
  return { state, score, reason: reasonOf(state.votes, value) };
}

/** Takes the value in and notes each view's vote; a view that cannot see yet votes 0. */
function look(state: OnsetState, at: number, value: number, halfVote: number): void {
  const before = state.samples++;
  if (before === 0) state.slowMean = value;
  state.recent[before % LONG] = value;

  vote(state, 0, value, halfVote);
  if (before > 20) vote(state, 1, value - state.slowMean, halfVote);
  state.slowMean += (value - state.slowMean) * Math.max(SLOW, 1 / (before + 1));
  slide(state.newest12, state.recent[(before - SHORT) % LONG], value);
  slide(state.newest24, state.recent[(before - MIDDLE) % LONG], value);
  if (before >= SHORT - 1) vote(state, 2, state.newest12[SHORT >> 1] ?? 0, halfVote);
  if (before >= MIDDLE - 1) vote(state, 3, state.newest24[MIDDLE >> 1] ?? 0, halfVote);
  if (before > 50) lookAtMeans(state, before % LONG, halfVote);

  state.votes[6] = 0;
  const distance = distanceToPastDays(state.pastDays, at, value);
  if (distance >= 0) {
    state.distance += ((distance - state.distance) * 2) / SHORT;
    if (++state.distances > 100) vote(state, 6, state.distance, halfVote);
  }
  rememberToday(state.pastDays, at, value);
}

function vote(state: OnsetState, view: number, shows: number, halfVote: number): void {
  const range = state.ranges[view];
  const beyond = range ? beyondRange(range, shows) : 0;
  state.votes[view] = beyond > 0 ? beyond / (beyond + halfVote) : 0;
}

function lookAtMeans(state: OnsetState, newest: number, halfVote: number): void {
  const { recent, slowMean } = state;
  let sum = 0;
  let squares = 0;
  for (let back = 0, place = newest; back < LONG; back++) {
    const from = (recent[place] ?? 0) - slowMean;
    sum += from;
    squares += from * from;
    place = place === 0 ? LONG - 1 : place - 1;
    if (back === MIDDLE - 1) vote(state, 4, sum / MIDDLE, halfVote);
  }
  vote(state, 5, sum / LONG, halfVote);
  const spread = Math.sqrt(Math.max(0, squares / LONG - (sum / LONG) ** 2));
  const floor = 1e-3 * (spreadOf(state.ranges[0]) + 1e-9);
  vote(state, 7, Math.log(spread + floor), halfVote);
}

/** Puts a value into a sorted list and takes the one that leaves out; before the list is full, none leaves. */
function slide(sorted: number[], leaving: number | undefined, entering: number): void {
  let place = leaving === undefined ? sorted.length : sorted.indexOf(leaving);
  while (place > 0 && (sorted[place - 1] ?? 0) > entering) {
    sorted[place] = sorted[place - 1] ?? 0;
    place--;
  }
  while (place + 1 < sorted.length && (sorted[place + 1] ?? 0) < entering) {
    sorted[place] = sorted[place + 1] ?? 0;
    place++;
  }
  sorted[place] = entering;
}

function reasonOf(votes: readonly number[], value: number): string {
  const loudest = VIEWS.map((name, view) => ({ name, vote: votes[view] ?? 0 }))
    .filter(({ vote }) => vote > 0)
    .sort((a, b) => b.vote - a.vote)
    .slice(0, 3);
  return `never seen before at ${shown(value)}: ${loudest.map(({ name, vote }) => `${name} (${shown(vote)} of 1)`).join(', ')}`;
}
