import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { fitIsolationForest, scoreRows } from '../../core/analyze/detect/isolation-forest.ts';
import { fitStandardScaler, standardise } from '../../core/analyze/detect/standard-scaler.ts';
import { readWhole } from './expectations.ts';
import type { ConformanceResult } from './index.ts';

const SEEDS = 50;
const ROWS_PER_SECOND = 150_000;
const SCALER_TOLERANCE = 1e-9;

const referenceSchema = z.object({
  datasets: z.record(
    z.string(),
    z.object({
      rows: z.int().positive(),
      scaler_mean: z.array(z.number()),
      scaler_scale: z.array(z.number()),
      'contamination_0.1_seed0_offset': z.number().optional(),
      flagged_seed0: z.int().optional(),
    }),
  ),
});

interface Figure {
  what: string;
  value: number;
  least?: number;
  most?: number;
}

/** Judges the forest against sklearn's scores (mean over many seeds) on each data set of a reference.json. */
export function run(cases: unknown, file: string): ConformanceResult {
  const result: ConformanceResult = { passed: 0, failures: [] };
  for (const [name, expected] of Object.entries(readWhole(referenceSchema, cases).datasets)) {
    const { rows, reference } = readTable(join(dirname(file), `${name}.csv`));
    const scaler = fitStandardScaler(rows);
    const scaled = rows.map((row) => standardise(scaler, row));
    const mean = new Float64Array(rows.length);
    const offsets: number[] = [];
    const flaggedBySeed: number[] = [];
    const matrix = Float64Array.from(scaled.flat());
    for (let seed = 0; seed < SEEDS; seed++) {
      const forest = fitIsolationForest(scaled, { seed });
      const scores = scoreRows(forest, matrix);
      offsets.push(forest.offset);
      flaggedBySeed.push(scores.filter((score) => score < forest.offset).length);
      for (const [row, score] of scores.entries()) mean[row] = (mean[row] ?? 0) + score / SEEDS;
    }
    const differences = reference.map((score, row) => Math.abs(score - (mean[row] ?? 0)));
    const { rows: expectedRows, 'contamination_0.1_seed0_offset': offset, flagged_seed0: flagged } = expected;
    const figures: Figure[] = [
      { what: 'rows missing', value: Math.abs(rows.length - expectedRows), most: 0 },
      { what: 'scaler mean difference', value: largest(scaler.mean, expected.scaler_mean), most: SCALER_TOLERANCE },
      { what: 'scaler scale difference', value: largest(scaler.scale, expected.scaler_scale), most: SCALER_TOLERANCE },
      { what: 'spearman', value: spearman(reference, [...mean]), least: 0.997 },
      { what: 'mean difference', value: average(differences), most: 0.002 },
      { what: 'largest difference', value: Math.max(...differences), most: 0.01 },
      { what: 'rows scored a second', value: scoringSpeed(scaled), least: ROWS_PER_SECOND },
    ];
    // One seed of theirs against the mean of ours: as far apart as single seeds are.
    if (offset !== undefined) figures.push({ what: 'offset difference', value: Math.abs(average(offsets) - offset), most: 0.03 });
    if (flagged !== undefined)
      figures.push({ what: 'flagged rows difference', value: Math.abs(average(flaggedBySeed) - flagged), most: 2 });
    for (const { what, value, least, most } of figures) {
      process.stderr.write(`${name} ${what}: ${+value.toPrecision(6)}\n`);
      if (value >= (least ?? -Infinity) && value <= (most ?? Infinity)) result.passed++;
      else
        result.failures.push({
          id: `${name}/${what}`,
          reason: `is ${value}, expected ${least === undefined ? `at most ${most}` : `at least ${least}`}`,
        });
    }
  }
  return result;
}

function readTable(file: string): { rows: number[][]; reference: number[] } {
  if (!existsSync(file)) throw new Error(`no data set ${file}: the CSV files lie beside reference.json`);
  const [header = '', ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/);
  const columns = header.split(',');
  const features = columns.indexOf('is_anomaly');
  const score = columns.indexOf('score_mean');
  if (features < 1 || score < 0) throw new Error(`${file} has the header ${header}: expected features, is_anomaly, score_mean`);
  const cells = lines.map((line) => line.split(',').map(Number));
  return { rows: cells.map((row) => row.slice(0, features)), reference: cells.map((row) => row[score] ?? Number.NaN) };
}

const average = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
const largest = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((x, i) => Math.abs(x - (b[i] ?? Number.NaN)) / Math.max(1, Math.abs(x))));

/** Rank correlation; ties share their mean rank. */
function spearman(a: readonly number[], b: readonly number[]): number {
  const [ra, rb] = [ranks(a), ranks(b)];
  const [ma, mb] = [average(ra), average(rb)];
  const covariance = average(ra.map((x, i) => (x - ma) * ((rb[i] ?? 0) - mb)));
  return covariance / Math.sqrt(average(ra.map((x) => (x - ma) ** 2)) * average(rb.map((x) => (x - mb) ** 2)));
}

function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const result = new Array<number>(values.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1] ?? 0] === values[order[from] ?? 0]) to++;
    for (let k = from; k <= to; k++) result[order[k] ?? 0] = (from + to) / 2;
    from = to + 1;
  }
  return result;
}

/** Rows a second of one core's own time (a neighbour on the machine does not count), the best of several rounds. */
function scoringSpeed(rows: readonly number[][]): number {
  const forest = fitIsolationForest(rows, { seed: 1 });
  const matrix = Float64Array.from(Array.from({ length: 20_000 }, (_, i) => rows[i % rows.length] ?? []).flat());
  let best = 0;
  for (let round = 0; round < 5; round++) {
    const started = process.cpuUsage();
    scoreRows(forest, matrix);
    const { user, system } = process.cpuUsage(started);
    best = Math.max(best, (20_000 * 1e6) / (user + system));
  }
  return best;
}
