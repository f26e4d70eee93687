/** What one set of reference cases came to. */
export interface ConformanceResult {
  passed: number;
  failures: { id: string; reason: string }[];
}

/** A runner of one set: gets the parsed file and its path (some sets have further files beside it). */
export interface ConformanceRunner {
  run(cases: unknown, file: string): Promise<ConformanceResult> | ConformanceResult;
}

export const conformanceSets: Record<string, () => Promise<ConformanceRunner>> = {
  asl: () => import('./asl.ts'),
  'asl-static': () => import('./asl-static.ts'),
  'cw-missing-data': () => import('./cw-missing-data.ts'),
  kayenta: () => import('./kayenta.ts'),
  'two-sample-tests': () => import('./two-sample-tests.ts'),
  hpa: () => import('./hpa.ts'),
  breaker: () => import('./breaker.ts'),
  'isolation-forest': () => import('./isolation-forest.ts'),
  'gatus-conditions': () => import('./gatus-conditions.ts'),
};
