/** A benchmark: progress goes to stderr, the figures are what it returns. */
export interface Benchmark {
  run(options: { json?: boolean }): Promise<unknown>;
}

export const benchmarks: Record<string, () => Promise<Benchmark>> = {
  analyze: () => import('./analyze.ts'),
  bundle: () => import('./bundle.ts'),
  cause: () => import('./cause.ts'),
  experiments: () => import('./experiments.ts'),
  probe: () => import('./probe.ts'),
  scale: () => import('./scale.ts'),
  simulate: () => import('./simulate.ts'),
  synth: () => import('./synth.ts'),
};
