import type { ActionName } from '../../config/schema.ts';
import { failover } from './failover.ts';
import type { Remedy } from './remedy.ts';
import { rollback } from './rollback.ts';
import { scale } from './scale.ts';
import { degrade, script } from './script.ts';
import { shift } from './shift.ts';
import { eject, restart } from './unit-remedies.ts';

/** Which actions of a playbook become a run of a machine, and how. The others are words to people, or waits. */
export const remedies: Partial<Record<ActionName, Remedy>> = { failover, shift, eject, scale, restart, rollback, script, degrade };
