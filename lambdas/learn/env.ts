import * as z from 'zod';
import { commonEnv, journalEnv, metricEnv, senderEnv, topicEnv } from '../runtime/env.ts';

export const LearnEnv = z.object({ ...commonEnv, ...senderEnv, ...journalEnv, ...metricEnv, ...topicEnv });
