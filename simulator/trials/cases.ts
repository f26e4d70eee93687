import { failoverCases } from './failover-cases.ts';
import { respondCases } from './respond-cases.ts';
import { serviceCases } from './service-cases.ts';
import type { TrialCase } from './trial-case.ts';

/** Every machine that carries out a plan, with plans that reach every kind of step. */
export const trialCases: readonly TrialCase[] = [...failoverCases, ...serviceCases, ...respondCases];
