import { ALARM_SCORE, clamp, type Detector, type DetectorSample, type Judgement, readable, savedAs, shown } from './detector.ts';
import { fitIsolationForest, type IsolationForest, scoreRows } from './isolation-forest.ts';
import { seededRandom } from './random.ts';
import { fitStandardScaler, type StandardScaler, standardise } from './standard-scaler.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const HOURS = 24;
const SHARES_PER_HOUR = 4;
/** Rows within so many hours of the day stand for any time among them. */
const HOURS_AROUND = 3;

export interface ForestWatchConfig {
  seed: number;
  /** Rows of the clean window that the forest is trained on. */
  baselineRows: number;
  /** The clean window lasts at least this long (milliseconds): the hour is a column, so it must have seen a whole day. */
  learnMs: number;
  /** The forest is renewed from clean rows when it is this old (milliseconds). */
  renewAfterMs: number;
  /** Share of baseline rows beyond the offset, by construction. */
  contamination: number;
  /** New rows over which the share beyond the offset is taken. */
  recentRows: number;
  /**
   * How many standard errors above the share of the baseline at these hours that share must lie: at exactly the share,
   * clean rows would alarm every other time. Neighbouring samples resemble each other, so it is more than a few.
   */
  significance: number;
}

const forestWatchDefaults: ForestWatchConfig = {
  seed: 1,
  baselineRows: 1024,
  learnMs: DAY_MS,
  renewAfterMs: DAY_MS,
  contamination: 0.1,
  recentRows: 200,
  significance: 5,
};

/** One row: success (1 or 0), response time in milliseconds, hour of the day (0 to 24, UTC). */
type Row = [success: number, responseMs: number, hour: number];

export interface ForestWatchState {
  seed: number;
  /** What the forest in use was trained on; empty before the first. The forest itself is grown again from these. */
  baseline: Row[];
  trainedAt: number;
  /** A reservoir of clean rows for the next forest, and how many rows it was drawn from. */
  collected: Row[];
  offered: number;
  /** When the first of them came. */
  offeredFrom: number;
  /** For each recent row, 1 when it lay beyond the offset, and the share of the baseline that does at its hour; rings. */
  beyond: number[];
  usual: number[];
  rows: number;
}

interface Trained {
  scaler: StandardScaler;
  forest: IsolationForest;
  /** By quarter of an hour, worked out when it comes. */
  usualShare: number[];
}

/** Forests grown from a state's baseline. A cache, not state: growing one again from the same rows and seed gives the same. */
const grown = new WeakMap<Row[], Trained>();

/**
 * Many rows a little odd at once. A forest learns (success, response time, hour) of a clean window; when significantly
 * more of the new rows lie beyond its offset than the share that does so by construction, something systemic is wrong,
 * though no single row or endpoint may cross a threshold. Feed it the samples of all endpoints of a service or region.
 * Several samples may carry the same time here.
 */
export function forestWatch(overrides: Partial<ForestWatchConfig> = {}): Detector<ForestWatchState> {
  const config = { ...forestWatchDefaults, ...overrides };
  return {
    name: 'isolation-forest',
    init: () => ({
      seed: config.seed,
      baseline: [],
      trainedAt: 0,
      collected: [],
      offered: 0,
      offeredFrom: 0,
      beyond: [],
      usual: [],
      rows: 0,
    }),
    step: (state, sample) => step(state, sample, config),
    ...savedAs<ForestWatchState>('isolation-forest'),
  };
}

function step(state: ForestWatchState, { at, value, ok = true }: DetectorSample, config: ForestWatchConfig): Judgement<ForestWatchState> {
  if (!readable(value) || !Number.isFinite(at)) return { state, score: 0, reason: '' };
  const row: Row = [ok ? 1 : 0, value, hourOf(at)];
  const trained = trainedOn(state, config);
  if (!trained) {
    collect(state, at, row, config);
    if (state.collected.length >= config.baselineRows && at - state.offeredFrom >= config.learnMs) renew(state, at);
    return { state, score: 0, reason: '' };
  }

  const depth = scoreRows(trained.forest, Float64Array.from(standardise(trained.scaler, row)))[0] ?? 0;
  const place = state.rows++ % config.recentRows;
  state.beyond[place] = depth < trained.forest.offset ? 1 : 0;
  state.usual[place] = usualShareAt(trained, state.baseline, row[2], config);
  const { share, usual, bar } = sharesOf(state, config);
  const systemic = share > bar;
  if (!systemic) {
    collect(state, at, row, config);
    if (at - state.trainedAt >= config.renewAfterMs && state.collected.length >= config.baselineRows) renew(state, at);
    return { state, score: ALARM_SCORE * clamp(share / bar, 0, 0.99), reason: '' };
  }
  const reason = `${shown(100 * share)} % of the last ${state.beyond.length} rows lie beyond the baseline's offset, ${shown(100 * usual)} % do in the baseline`;
  return { state, score: ALARM_SCORE + (1 - ALARM_SCORE) * clamp((share - bar) / (1 - bar) + 0.5, 0, 1), reason };
}

/**
 * To a hundredth, as the rows are kept as text. The first and the last quarter of an hour of a day count as one moment each: a tree of 256
 * rows has two or three of such rows, and any one beyond them would look odd for its time alone.
 */
function hourOf(at: number): number {
  const hour = Math.floor((100 * (((at % DAY_MS) + DAY_MS) % DAY_MS)) / HOUR_MS) / 100;
  return clamp(hour, 1 / SHARES_PER_HOUR, HOURS - 1 / SHARES_PER_HOUR);
}

/** The share of recent rows beyond the offset, what is usual at their hours, and the share that raises the alarm. */
function sharesOf(state: ForestWatchState, { contamination, recentRows, significance }: ForestWatchConfig) {
  const rows = state.beyond.length;
  const usual = Math.max(contamination, mean(state.usual));
  if (rows < recentRows / 2) return { share: 0, usual, bar: 1 };
  const near = (state.baseline.length * 2 * HOURS_AROUND) / HOURS;
  const error = Math.sqrt(usual * (1 - usual) * (1 / rows + 1 / near));
  return { share: mean(state.beyond), usual, bar: Math.min(1, usual + significance * error) };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

function trainedOn(state: ForestWatchState, config: ForestWatchConfig): Trained | undefined {
  if (state.baseline.length === 0) return undefined;
  const known = grown.get(state.baseline);
  if (known) return known;
  const scaler = fitStandardScaler(state.baseline);
  const rows = state.baseline.map((row) => standardise(scaler, row));
  const forest = fitIsolationForest(rows, { seed: state.seed, contamination: config.contamination });
  const trained = { scaler, forest, usualShare: [] };
  grown.set(state.baseline, trained);
  return trained;
}

/**
 * The share of baseline rows of about this time of the day that would lie beyond the offset at exactly this time: a forest finds the ends
 * of the day odder than its middle, as nothing lies beyond them.
 */
function usualShareAt({ scaler, forest, usualShare }: Trained, baseline: readonly Row[], at: number, config: ForestWatchConfig): number {
  const quarter = Math.round(at * SHARES_PER_HOUR);
  const known = usualShare[quarter];
  if (known !== undefined) return known;
  const hour = quarter / SHARES_PER_HOUR;
  const near = baseline.filter((row) => Math.abs(((row[2] - hour + 1.5 * HOURS) % HOURS) - HOURS / 2) <= HOURS_AROUND);
  const scores = scoreRows(forest, Float64Array.from(near.flatMap(([success, value]) => standardise(scaler, [success, value, hour]))));
  const share = near.length === 0 ? config.contamination : scores.filter((score) => score < forest.offset).length / near.length;
  usualShare[quarter] = share;
  return share;
}

/** Reservoir sampling (Vitter, 1985): every clean row since the last training has the same chance to be kept. */
function collect(state: ForestWatchState, at: number, row: Row, { baselineRows }: ForestWatchConfig): void {
  if (state.offered++ === 0) state.offeredFrom = at;
  if (state.collected.length < baselineRows) {
    state.collected.push(row);
    return;
  }
  const place = Math.floor(seededRandom(state.seed * 7919 + state.offered)() * state.offered);
  if (place < baselineRows) state.collected[place] = row;
}

function renew(state: ForestWatchState, at: number): void {
  state.baseline = state.collected;
  state.collected = [];
  state.offered = 0;
  state.beyond = [];
  state.usual = [];
  state.rows = 0;
  state.trainedAt = at;
  state.seed++;
}
