import { AwsCapacityControl } from '../../../adapters/aws/capacity-control.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import type { CapacityControl } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';
import { createDeployments } from './deployments.ts';

export function createCapacity(base: Base): CapacityControl {
  return new AwsCapacityControl(createDeployments(base), new FenceGuard(base.store, base.clock), base.clock);
}
