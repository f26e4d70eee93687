import * as z from 'zod';
import { commonEnv, journalEnv, machineEnv, senderEnv, topicEnv } from '../runtime/env.ts';

export const SweepEnv = z.object({ ...commonEnv, ...senderEnv, ...journalEnv, ...machineEnv, ...topicEnv });
