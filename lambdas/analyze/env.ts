import * as z from 'zod';
import { commonEnv, senderEnv, topicEnv } from '../runtime/env.ts';

export const AnalyzeEnv = z.object({ ...commonEnv, ...senderEnv, ...topicEnv });
