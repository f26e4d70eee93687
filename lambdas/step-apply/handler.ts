import { onAssistMessage } from '../../core/execute/assist.ts';
import { runStep } from '../../core/execute/run-step.ts';
import { StepTask } from '../../core/model/index.ts';
import { isBusEvent, messageOf, serve } from '../runtime/serve.ts';
import { createStepContext } from '../runtime/step-context.ts';
import { StepApplyEnv } from './env.ts';

const ctx = createStepContext('step-apply', StepApplyEnv.parse(process.env));

/** A machine's task is a step; a message is a peer that asks for a part of its step here. */
export const handler = serve(ctx, async (event) =>
  isBusEvent(event) ? onAssistMessage(ctx, messageOf(event)) : runStep(ctx, StepTask.parse(event)),
);
