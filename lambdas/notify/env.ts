import * as z from 'zod';
import { commonEnv, journalEnv, topicEnv } from '../runtime/env.ts';

export const NotifyEnv = z.object({ ...commonEnv, ...journalEnv, ...topicEnv });
