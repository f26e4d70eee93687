export { StepEnv as StepUndoEnv } from '../runtime/step-env.ts';
