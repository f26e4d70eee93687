import { sweep } from '../../core/execute/sweep.ts';
import { serve } from '../runtime/serve.ts';
import { createSweepContext } from '../runtime/sweep-context.ts';
import { SweepEnv } from './env.ts';

const ctx = createSweepContext(SweepEnv.parse(process.env));

export const handler = serve(ctx, () => sweep(ctx));
