import { serialize } from 'node:v8';
import { seededRandom } from '../core/analyze/detect/random.ts';
import { analyzeSample, initSeries, type SeriesState } from '../core/analyze/detect/series-analyzer.ts';

const SERIES = 50;
const SAMPLES = 20_160;
const ROUNDS = 3;

/** Points a second on one core and bytes a series, over two weeks of one-minute samples of a log-normal latency. */
export async function run(): Promise<unknown> {
  const samples = latencies();
  let pointsPerSecond = 0;
  let states: SeriesState[] = [];
  let heapBytesPerSeries = 0;
  for (let round = 0; round < ROUNDS; round++) {
    states = [];
    globalThis.gc?.();
    const heapBefore = process.memoryUsage().heapUsed;
    const started = process.cpuUsage();
    for (let series = 0; series < SERIES; series++) {
      const state = initSeries();
      for (let i = 0; i < SAMPLES; i++)
        analyzeSample(state, { at: i * 60_000, value: samples[(i + series * 997) % SAMPLES] ?? 0, ok: i % 2003 !== 0 });
      states.push(state);
    }
    const { user, system } = process.cpuUsage(started);
    globalThis.gc?.();
    heapBytesPerSeries = (process.memoryUsage().heapUsed - heapBefore) / SERIES;
    pointsPerSecond = Math.max(pointsPerSecond, (SERIES * SAMPLES * 1e6) / (user + system));
  }
  const [first] = states;
  return {
    pointsPerSecondPerCore: Math.round(pointsPerSecond),
    bytesPerSeries: serialize(first).byteLength,
    jsonBytesPerSeries: JSON.stringify(first).length,
    ...(globalThis.gc ? { heapBytesPerSeries: Math.round(heapBytesPerSeries) } : {}),
  };
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
