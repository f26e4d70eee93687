import * as z from 'zod';
import { commonEnv, journalEnv, senderEnv } from '../runtime/env.ts';

export const LearnEnv = z.object({ ...commonEnv, ...senderEnv, ...journalEnv });
