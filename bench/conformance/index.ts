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
  'cw-missing-data': () => import('./cw-missing-data.ts'),
  'isolation-forest': () => import('./isolation-forest.ts'),
};
