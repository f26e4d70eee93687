import * as z from 'zod';
import { commonEnv, metricEnv } from '../runtime/env.ts';

export const ProbeEnv = z.object({ ...commonEnv, ...metricEnv });
