import { serialize } from 'node:v8';
import { fitIsolationForest, scoreRows } from '../core/analyze/detect/isolation-forest.ts';
import { seededRandom } from '../core/analyze/detect/random.ts';
import { analyzeSample, initSeries, type SeriesState } from '../core/analyze/detect/series-analyzer.ts';
import { fitStandardScaler, standardise } from '../core/analyze/detect/standard-scaler.ts';

const SERIES = 50;
const SAMPLES = 20_160;
const ROUNDS = 3;
/** As many as the forest of a region is grown from. */
const FOREST_ROWS = 1024;
const FOREST_ROUNDS = 20;

/**
 * Points a second on one core and bytes a series, over two weeks of one-minute samples of a log-normal latency; and what
 * it takes to grow a region's forest and to score its rows. Times are this process' own, the best of several rounds.
 */
export async function run(): Promise<unknown> {
  const samples = latencies();
  let pointsPerSecond = 0;
  let states: SeriesState[] = [];
  let heapBytesPerSeries = 0;
  for (let round = 0; round < ROUNDS; round++) {
    states = [];
    globalThis.gc?.();
    const heapBefore = process.memoryUsage().heapUsed;
    const seconds = timer();
    for (let series = 0; series < SERIES; series++) {
      const state = initSeries();
      for (let i = 0; i < SAMPLES; i++)
        analyzeSample(state, { at: i * 60_000, value: samples[(i + series * 997) % SAMPLES] ?? 0, ok: i % 2003 !== 0 });
      states.push(state);
    }
    pointsPerSecond = Math.max(pointsPerSecond, (SERIES * SAMPLES) / seconds());
    globalThis.gc?.();
    heapBytesPerSeries = (process.memoryUsage().heapUsed - heapBefore) / SERIES;
  }
  const [first] = states;
  return {
    pointsPerSecondPerCore: Math.round(pointsPerSecond),
    bytesPerSeries: serialize(first).byteLength,
    jsonBytesPerSeries: JSON.stringify(first).length,
    ...(globalThis.gc ? { heapBytesPerSeries: Math.round(heapBytesPerSeries) } : {}),
    forest: forestFigures(samples),
  };
}

/** Seconds of this process' own time since the call; what a neighbour on the machine takes does not count. */
function timer(): () => number {
  const started = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(started);
    return (user + system) / 1e6;
  };
}

function forestFigures(latency: readonly number[]): { rows: number; msToGrow: number; rowsScoredPerSecond: number } {
  const rows = latency.slice(0, FOREST_ROWS).map((value, i) => [i % 503 === 0 ? 0 : 1, value, (i / 60) % 24]);
  const scaler = fitStandardScaler(rows);
  const scaled = rows.map((row) => standardise(scaler, row));
  const matrix = Float64Array.from(scaled.flat());
  let [grow, score] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let seed = 0; seed < FOREST_ROUNDS; seed++) {
    const growing = timer();
    const forest = fitIsolationForest(scaled, { seed });
    grow = Math.min(grow, growing());
    const scoring = timer();
    for (let i = 0; i < 10; i++) scoreRows(forest, matrix);
    score = Math.min(score, scoring() / 10);
  }
  return { rows: FOREST_ROWS, msToGrow: Number((grow * 1000).toPrecision(3)), rowsScoredPerSecond: Math.round(FOREST_ROWS / score) };
}

function latencies(): number[] {
  const random = seededRandom(1);
  let noise = 0;
  return Array.from({ length: SAMPLES }, (_, i) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    noise = 0.65 * noise + 0.76 * normal;
    const day = 1 + 0.2 * Math.sin((2 * Math.PI * i) / 1440);
    return 50 * day * Math.exp(0.25 * noise) * (random() < 0.004 ? 4 : 1);
  });
}
