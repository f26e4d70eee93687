import { RDSClient } from '@aws-sdk/client-rds';
import { isAccepted } from '../../../adapters/aws/approval-item.ts';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { AwsDataControl, type DatabaseParts } from '../../../adapters/aws/data-control.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import type { Config } from '../../../core/config/schema.ts';
import type { DataControl } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';
import { createMetricSource } from './metric-source.ts';

export function createDatabases(base: Base): DataControl {
  const { config, region, clock, store, dynamodb } = base;
  const databases = databasesOf(config);
  const rds = Object.fromEntries(config.regions.map(({ name }) => [name, new RDSClient(clientConfig(name))]));
  return new AwsDataControl({
    region,
    databases,
    rds,
    dynamodb,
    metrics: createMetricSource(base),
    approved: (token, call) => isAccepted(store, token, call),
    guard: new FenceGuard(store, clock),
    clock,
  });
}

/** The databases by id; what the deployments of each region say of one id belongs together. */
export function databasesOf(config: Config): Record<string, DatabaseParts> {
  const found: Record<string, DatabaseParts> = {};
  for (const { name: region } of config.regions) {
    for (const { deployments } of config.services) {
      const database = deployments[region]?.database;
      if (database === undefined) continue;
      const { kind, id, memberId } = database;
      const known = found[id];
      if (kind === 'dynamodb-global') {
        const regions = known?.kind === kind ? known.regions : [];
        found[id] = { kind, id, regions: [...new Set([...regions, region])] };
      } else {
        const members = known !== undefined && known.kind !== 'dynamodb-global' ? known.members : {};
        found[id] = { kind, id, members: { ...members, [region]: memberId ?? id } };
      }
    }
  }
  return found;
}
