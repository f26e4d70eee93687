import type { StageContext } from '../config/stage-context.ts';
import { readSignal, type SignalName } from '../knowledge/signals.ts';
import type { Incident } from '../model/index.ts';
import { type BrokenCorrelation, emptyCorrelations, stepCorrelations } from './detect/correlations.ts';

type Broken = NonNullable<Incident['broken']>[number];

const measures: readonly SignalName[] = [
  'requestsPerMinute',
  'cpuShare',
  'memoryShare',
  'responseMs',
  'latencyP99Ms',
  'errorRate',
  'poolShare',
  'cacheHitRatio',
  'queueDepth',
  'diskIo',
];
const historyMinutes = 6 * 60;

/** Which measures of a service here moved together for hours and, as of the last minute, no longer do. */
export async function brokenCorrelations(ctx: StageContext, service: string): Promise<Broken[]> {
  const minutes = new Map<number, Record<string, number>>();
  const readings = await Promise.all(measures.map((name) => readSignal(ctx, service, ctx.region, name, historyMinutes)));
  for (const [index, reading] of readings.entries()) {
    for (const { at, value } of reading.ok ? reading.value.points : []) {
      const minute = minutes.get(at) ?? {};
      minute[measures[index] ?? ''] = value;
      minutes.set(at, minute);
    }
  }
  const state = emptyCorrelations();
  let broken: BrokenCorrelation[] = [];
  for (const [, minute] of [...minutes].sort(([a], [b]) => a - b)) broken = stepCorrelations(state, minute);
  return broken.map(({ a, b, reason }) => ({ a, b, reason }));
}
