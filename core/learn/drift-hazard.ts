import type { StageContext } from '../config/stage-context.ts';
import { readSignal, type SignalName } from '../knowledge/signals.ts';
import { detectDrift } from './prediction/drift.ts';

/** Of each line the first that is measured counts: two measures of the same thing would count it twice. */
const measures: readonly (readonly SignalName[])[] = [
  ['errorRate'],
  ['responseMs', 'latencyP99Ms'],
  ['cpuShare'],
  ['memoryShare'],
  ['queueDepth'],
  ['diskIo'],
];
const dayMs = 86_400_000;
const historyMinutes = 7 * 24 * 60;
const periodSeconds = 300;
/** What counts as now; at five minutes a point just enough of them for the test. */
const recentMs = 2 * 3_600_000;

/**
 * What has drifted upwards in the last two hours against the same hours of the past week, in words. It looks at the values and never at
 * anomalies: a detector that has got used to a drift finds none.
 */
export async function driftsOf(ctx: StageContext, service: string): Promise<string[]> {
  const found: string[] = [];
  for (const names of measures) {
    for (const name of names) {
      const reading = await readSignal(ctx, service, ctx.region, name, historyMinutes, periodSeconds);
      if (!reading.ok) continue;
      const { recent, reference } = sides(reading.value.points, ctx.ports.clock.now());
      const { direction, reason } = detectDrift(reference, recent);
      if (direction === 'up') found.push(`${name} drifts upwards against the same hours of the past days: ${reason}`);
      break;
    }
  }
  return found;
}

/** The last two hours, and what was measured at the same times of the days before. */
function sides(points: readonly { at: number; value: number }[], now: number): { recent: number[]; reference: number[] } {
  const recent = points.filter(({ at }) => now - at < recentMs);
  const reference = points.filter(({ at }) => now - at >= recentMs && (now - at) % dayMs < recentMs);
  return { recent: recent.map(({ value }) => value), reference: reference.map(({ value }) => value) };
}
