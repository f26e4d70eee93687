import { type PhasesMs, responseTimeMs } from '../model/index.ts';

/** Milliseconds as reasons show them: one decimal below 100, none above. */
export function showMs(ms: number): string {
  return `${ms < 100 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}

const labels: [keyof PhasesMs, string][] = [
  ['resolve', 'resolve'],
  ['connect', 'connect'],
  ['tls', 'tls'],
  ['firstByte', 'first byte'],
  ['transfer', 'transfer'],
];

/** `34.2 ms (resolve 1.1 ms, connect 5 ms, …)`. */
export function showPhases(phases: PhasesMs): string {
  const reached = labels.flatMap(([key, label]) => (phases[key] === undefined ? [] : [`${label} ${showMs(phases[key])}`]));
  return `${showMs(responseTimeMs(phases))} (${reached.join(', ')})`;
}

/** Phase by phase; a phase that neither reached stays absent. */
export function addPhases(a: PhasesMs, b: PhasesMs): PhasesMs {
  const sum: PhasesMs = { ...a };
  for (const [key] of labels) {
    const value = b[key];
    if (value !== undefined) sum[key] = (sum[key] ?? 0) + value;
  }
  return sum;
}
