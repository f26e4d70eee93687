import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ALARM_SCORE } from '../core/analyze/detect/detector.ts';
import { onsetDetector } from '../core/analyze/detect/onset.ts';
import { sustainedDetector } from '../core/analyze/detect/sustained.ts';

/**
 * The thresholds the project ships for the three cost profiles of the Numenta Anomaly Benchmark. They lie on the flat
 * part of the curve below the onset detector's own alarm score, not at its peak (docs/detection.md).
 */
export const nabThresholds = { standard: 0.495, reward_low_FP_rate: 0.5, reward_low_FN_rate: 0.49 };

/** Writes `out/<group>/<file>.csv` (timestamp,value,anomaly_score) for every file below `corpus/data`, and the thresholds. */
export function writeNabScores(corpus: string, out: string): number {
  const data = join(corpus, 'data');
  if (!existsSync(data)) throw new Error(`no folder ${data}: expected <corpus>/data/<group>/<file>.csv`);
  let files = 0;
  for (const group of readdirSync(data, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    mkdirSync(join(out, group.name), { recursive: true });
    for (const file of readdirSync(join(data, group.name)).filter((name) => name.endsWith('.csv'))) {
      writeFileSync(join(out, group.name, basename(file)), scored(join(data, group.name, file)));
      files++;
    }
  }
  writeFileSync(join(out, 'thresholds.json'), `${JSON.stringify(nabThresholds, null, 2)}\n`);
  return files;
}

function scored(file: string): string {
  const [header = '', ...lines] = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.length > 0);
  const columns = header.split(',').map((name) => name.trim());
  const [timestamp, value] = [columns.indexOf('timestamp'), columns.indexOf('value')];
  if (timestamp < 0 || value < 0) {
    throw new Error(`the header of ${file} is ${JSON.stringify(header)}: expected timestamp and value`);
  }
  const detector = onsetDetector();
  const state = detector.init();
  const rows = lines.map((line) => {
    const cells = line.split(',');
    const [when = '', what = ''] = [cells[timestamp], cells[value]];
    const at = Date.parse(`${when.trim().replace(' ', 'T')}Z`);
    const { score } = detector.step(state, { at, value: what.trim() === '' ? Number.NaN : Number(what) });
    return `${when},${what},${score}`;
  });
  return `${['timestamp,value,anomaly_score', ...rows].join('\n')}\n`;
}

interface Endpoint {
  n: number;
  /** Epoch seconds of the first sample, and seconds between samples. */
  t0: number;
  stepSec: number;
  /** Milliseconds, and 1 or 0. */
  lat: ArrayLike<number>;
  ok: ArrayLike<number>;
}

interface TrafficModule {
  makeEndpoint(id: number): Endpoint;
  judge(endpoint: Endpoint, alarms: Uint8Array): unknown;
  summarise(results: unknown[]): unknown;
}

/** Judges the sustained detector on endpoints `first` to `first + count - 1` of a generator module; what its `summarise` returns. */
export async function judgeProbes(file: string, first: number, count: number): Promise<unknown> {
  const traffic = await loadTraffic(file);
  const results: unknown[] = [];
  for (let id = first; id < first + count; id++) {
    const endpoint = traffic.makeEndpoint(id);
    results.push(traffic.judge(endpoint, alarmsOf(endpoint)));
  }
  return traffic.summarise(results);
}

async function loadTraffic(file: string): Promise<TrafficModule> {
  const module: Partial<TrafficModule> = await import(pathToFileURL(resolve(file)).href);
  const { makeEndpoint, judge, summarise } = module;
  if (!makeEndpoint || !judge || !summarise)
    throw new Error(`${file} exports ${Object.keys(module)}: expected makeEndpoint, judge, summarise`);
  return { makeEndpoint, judge, summarise };
}

function alarmsOf({ n, t0, stepSec, lat, ok }: Endpoint): Uint8Array {
  const detector = sustainedDetector();
  const state = detector.init();
  return Uint8Array.from({ length: n }, (_, i) => {
    const sample = { at: (t0 + i * stepSec) * 1000, value: lat[i] ?? Number.NaN, ok: ok[i] === 1 };
    return detector.step(state, sample).score >= ALARM_SCORE ? 1 : 0;
  });
}
