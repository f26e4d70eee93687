import { runStep } from '../../core/execute/run-step.ts';
import { StepTask } from '../../core/model/index.ts';
import { serve } from '../runtime/serve.ts';
import { createStepContext } from '../runtime/step-context.ts';
import { StepApplyEnv } from './env.ts';

const ctx = createStepContext('step-apply', StepApplyEnv.parse(process.env));

export const handler = serve(ctx, (event) => runStep(ctx, StepTask.parse(event)));
