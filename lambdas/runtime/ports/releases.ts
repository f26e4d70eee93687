import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { AwsReleaseControl } from '../../../adapters/aws/release-control.ts';
import type { ReleaseControl } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';
import { createDeployments } from './deployments.ts';

export function createReleases(base: Base): ReleaseControl {
  return new AwsReleaseControl(createDeployments(base), new FenceGuard(base.store, base.clock), base.clock);
}
