import { seededRandom } from './random.ts';

export interface ForestOptions {
  seed: number;
  /** @default 100 */
  trees?: number;
  /** Rows each tree sees. @default min(256, rows) */
  maxSamples?: number;
  /** The share of training rows that lies beyond the offset. @default 0.1 */
  contamination?: number;
}

/**
 * Isolation forest (Liu, Ting and Zhou, 2008) with the semantics of sklearn.ensemble.IsolationForest: every tree sees
 * `maxSamples` rows drawn without replacement, splits a random column that is not constant at a uniform threshold, and
 * stops at depth ceil(log2(maxSamples)); a leaf that still holds n rows counts as c(n) deeper. Scores are sklearn's
 * `score_samples`: -1 (isolated at once) to 0.
 *
 * The trees lie in flat arrays, two neighbouring children per inner node; scoring is a walk without allocation.
 */
export interface IsolationForest {
  columns: number;
  /** Index of the root of each tree. */
  roots: Int32Array;
  /** The column an inner node splits; -1 in a leaf. */
  column: Int8Array;
  /** The threshold of an inner node (at or below goes left); the path length in a leaf. */
  value: Float64Array;
  /** The left child of an inner node; the right one is the next. */
  left: Int32Array;
  /** c(maxSamples), the average path that scores are measured by. */
  averagePath: number;
  /** sklearn's `offset_`: rows that score below it count as anomalies. */
  offset: number;
}

/** sklearn tells values apart only beyond this (FEATURE_THRESHOLD). */
const SAME_VALUE = 1e-7;
const EULER = 0.5772156649015329;

/** c(n): the mean path length of an unsuccessful search in a binary tree of n (equation 1 of the paper). */
export function averagePathLength(rows: number): number {
  if (rows <= 1) return 0;
  if (rows === 2) return 1;
  return 2 * (Math.log(rows - 1) + EULER) - (2 * (rows - 1)) / rows;
}

/**
 * @param rows finite numbers, one array per row, all of the same length (at most 127).
 * @throws Error without rows, with rows of different lengths, or with a number that is not finite.
 */
export function fitIsolationForest(rows: readonly (readonly number[])[], options: ForestOptions): IsolationForest {
  const columns = checkedColumns(rows);
  const trees = options.trees ?? 100;
  const maxSamples = Math.min(options.maxSamples ?? 256, rows.length);
  const random = seededRandom(options.seed);
  const growth: Growth = { data: Float64Array.from(rows.flat()), columns, random, column: [], value: [], left: [] };
  const depthLimit = Math.ceil(Math.log2(Math.max(maxSamples, 2)));

  const roots: number[] = [];
  const pool = Int32Array.from(rows.keys());
  for (let tree = 0; tree < trees; tree++) {
    drawFirst(pool, maxSamples, random);
    const root = addNodes(growth, 1);
    roots.push(root);
    grow(growth, root, pool.slice(0, maxSamples), 0, depthLimit);
  }
  const forest: IsolationForest = {
    columns,
    roots: Int32Array.from(roots),
    column: Int8Array.from(growth.column),
    value: Float64Array.from(growth.value),
    left: Int32Array.from(growth.left),
    averagePath: averagePathLength(maxSamples),
    offset: 0,
  };
  forest.offset = percentile(scoreRows(forest, growth.data), 100 * (options.contamination ?? 0.1));
  return forest;
}

/** `score_samples` of every row of a row-major matrix. */
export function scoreRows(forest: IsolationForest, data: Float64Array): Float64Array {
  const { columns, roots, column, value, left } = forest;
  const scores = new Float64Array(Math.floor(data.length / columns));
  if (forest.averagePath === 0) return scores.fill(-0.5);
  const scale = -1 / (roots.length * forest.averagePath);
  for (let tree = 0; tree < roots.length; tree++) {
    const root = roots[tree] ?? 0;
    for (let row = 0, base = 0; row < scores.length; row++, base += columns) {
      let node = root;
      for (let split = column[node] ?? -1; split >= 0; split = column[node] ?? -1) {
        node = (left[node] ?? 0) + ((data[base + split] ?? 0) <= (value[node] ?? 0) ? 0 : 1);
      }
      scores[row] = (scores[row] ?? 0) + (value[node] ?? 0);
    }
  }
  for (let row = 0; row < scores.length; row++) scores[row] = -(2 ** ((scores[row] ?? 0) * scale));
  return scores;
}

/** numpy.percentile with linear interpolation. */
export function percentile(values: ArrayLike<number>, percent: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) throw new Error('percentile of no values');
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const low = sorted[below] ?? 0;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  return low + (high - low) * (position - below);
}

interface Growth {
  data: Float64Array;
  columns: number;
  random: () => number;
  column: number[];
  value: number[];
  left: number[];
}

function checkedColumns(rows: readonly (readonly number[])[]): number {
  const columns = rows[0]?.length ?? 0;
  if (columns === 0) throw new Error('an isolation forest needs at least one row of at least one column');
  for (const [index, row] of rows.entries()) {
    if (row.length !== columns || !row.every(Number.isFinite)) {
      throw new Error(`row ${index} is ${JSON.stringify(row)}: expected ${columns} finite numbers`);
    }
  }
  return columns;
}

/** A partial Fisher-Yates shuffle: the first `count` entries become a draw without replacement. */
function drawFirst(pool: Int32Array, count: number, random: () => number): void {
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (pool.length - i));
    const drawn = pool[j] ?? 0;
    pool[j] = pool[i] ?? 0;
    pool[i] = drawn;
  }
}

function addNodes(growth: Growth, count: number): number {
  const first = growth.column.length;
  for (let i = 0; i < count; i++) {
    growth.column.push(-1);
    growth.value.push(0);
    growth.left.push(0);
  }
  return first;
}

/** Recursion is at most `depthLimit` deep: 8 for 256 rows. */
function grow(growth: Growth, node: number, members: Int32Array, depth: number, depthLimit: number): void {
  const split = depth < depthLimit && members.length > 1 ? chooseSplit(growth, members) : undefined;
  if (!split) {
    growth.value[node] = depth + averagePathLength(members.length);
    return;
  }
  const goesLeft = (row: number) => (growth.data[row * growth.columns + split.column] ?? 0) <= split.threshold;
  const children = addNodes(growth, 2);
  growth.column[node] = split.column;
  growth.value[node] = split.threshold;
  growth.left[node] = children;
  grow(growth, children, members.filter(goesLeft), depth + 1, depthLimit);
  grow(
    growth,
    children + 1,
    members.filter((row) => !goesLeft(row)),
    depth + 1,
    depthLimit,
  );
}

/** A random column that is not constant among the members, and a uniform threshold inside its range. */
function chooseSplit({ data, columns, random }: Growth, members: Int32Array): { column: number; threshold: number } | undefined {
  const candidates = Array.from({ length: columns }, (_, column) => column);
  while (candidates.length > 0) {
    const picked = Math.floor(random() * candidates.length);
    const column = candidates[picked] ?? 0;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const row of members) {
      const value = data[row * columns + column] ?? 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high > low + SAME_VALUE) {
      const threshold = low + random() * (high - low);
      return { column, threshold: threshold < high ? threshold : low };
    }
    candidates.splice(picked, 1);
  }
  return undefined;
}
