export { StepEnv as StepApplyEnv } from '../runtime/step-env.ts';
