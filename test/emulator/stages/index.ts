import type { Stage } from '../context.ts';
import { contracts } from './contracts.ts';
import { deploy } from './deploy.ts';
import { faults } from './faults.ts';
import { machines } from './machines.ts';
import { memoryContracts } from './memory-contracts.ts';

/** What stands in one track runs in this order. The application mostly waits, so the adapters' cases run meanwhile. */
export const tracks: readonly (readonly Stage[])[] = [[deploy], [memoryContracts, contracts, machines, faults]];
export const stages: readonly Stage[] = tracks.flat();
