import { Route53Client } from '@aws-sdk/client-route-53';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { RecordWeights } from '../../../adapters/aws/record-weights.ts';
import type { Base } from '../context.ts';
import { credentialsOf } from './credentials.ts';

/** Record weights, by Route 53's control plane. One client per group, for a zone may be another account's. */
export function createWeights({ config, region, clock, store }: Base) {
  const controls = new Map(
    config.trafficGroups.map((group) => {
      const credentials = credentialsOf(config, region, group.zone.account);
      const records = group.records.filter(({ routing }) => routing === 'weighted');
      const client = new Route53Client(clientConfig(region, credentials));
      return [group.name, new RecordWeights(client, { [group.name]: { zoneId: group.zone.id, records } }, clock)];
    }),
  );
  const nowhere = new RecordWeights(new Route53Client(clientConfig(region)), {}, clock);
  const of = (group: string) => controls.get(group) ?? nowhere;
  const control: Pick<RecordWeights, 'shares' | 'setWeights'> = {
    shares: (group, call) => of(group).shares(group, call),
    setWeights: (expected, next, call) => of(expected.group).setWeights(expected, next, call),
  };
  return { control: control as RecordWeights, guard: new FenceGuard(store, clock) };
}
