import type { Stage } from '../context.ts';
import { contracts } from './contracts.ts';
import { faults } from './faults.ts';

/** In the order in which they run. */
export const stages: readonly Stage[] = [contracts, faults];
