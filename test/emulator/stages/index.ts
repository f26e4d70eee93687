import type { Stage } from '../context.ts';
import { contracts } from './contracts.ts';
import { deploy } from './deploy.ts';
import { faults } from './faults.ts';
import { machines } from './machines.ts';
import { memoryContracts } from './memory-contracts.ts';

/** In the order in which they run. */
export const stages: readonly Stage[] = [memoryContracts, contracts, machines, faults, deploy];
