import { SSMClient } from '@aws-sdk/client-ssm';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { AwsFlagControl } from '../../../adapters/aws/flag-control.ts';
import type { FlagControl } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';

/** Flags lie in the region whose applications read them. */
export function createFlags({ config, clock, store }: Base): FlagControl {
  const clients = Object.fromEntries(config.regions.map(({ name }) => [name, new SSMClient(clientConfig(name))]));
  return new AwsFlagControl({ clients, guard: new FenceGuard(store, clock), clock });
}
