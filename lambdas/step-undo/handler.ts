import { UndoTask, undoStep } from '../../core/execute/undo.ts';
import { serve } from '../runtime/serve.ts';
import { createStepContext } from '../runtime/step-context.ts';
import { StepUndoEnv } from './env.ts';

const ctx = createStepContext('step-undo', StepUndoEnv.parse(process.env));

export const handler = serve(ctx, (event) => undoStep(ctx, UndoTask.parse(event)));
