import { SFNClient } from '@aws-sdk/client-sfn';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { AwsMachines } from '../../../adapters/aws/machines.ts';
import type { Machines } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';
import { RegionMachines } from './region-machines.ts';

/** @param names machines that this function starts; its role may start no other */
export function createMachines({ region, clock }: Base, env: { MACHINE_ARN_PREFIX: string }, names: readonly string[]): Machines {
  const arns = Object.fromEntries(names.map((name) => [name, `${env.MACHINE_ARN_PREFIX}${name}`]));
  return new RegionMachines(new AwsMachines(new SFNClient(clientConfig(region)), arns, clock), env.MACHINE_ARN_PREFIX);
}
