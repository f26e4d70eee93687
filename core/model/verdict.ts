import * as z from 'zod';

/** What one look at the world proved. `inconclusive` is neither health nor failure and never counts as a pass. */
export const Verdict = z.enum(['pass', 'fail', 'inconclusive']);
export type Verdict = z.infer<typeof Verdict>;

/** The six dimensions of health that a probe can speak for. */
export const Dimension = z.enum(['liveness', 'readiness', 'startup', 'dependency', 'performance', 'business']);
export type Dimension = z.infer<typeof Dimension>;
