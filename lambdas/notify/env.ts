import * as z from 'zod';
import { commonEnv, topicEnv } from '../runtime/env.ts';

export const NotifyEnv = z.object({ ...commonEnv, ...topicEnv });
