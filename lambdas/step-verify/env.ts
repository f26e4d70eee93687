export { StepEnv as StepVerifyEnv } from '../runtime/step-env.ts';
