import * as z from 'zod';
import { commonEnv, metricEnv } from '../runtime/env.ts';

export const ProbeEnv = z.object({
  ...commonEnv,
  ...metricEnv,
  /** Which of a region's probes this is. */
  PROBE_PLACE: z.enum(['outside', 'vpc']),
});
