import { Route53Client } from '@aws-sdk/client-route-53';
import { clientConfig } from '../../../adapters/aws/client-config.ts';
import { FenceGuard } from '../../../adapters/aws/fence-guard.ts';
import { RecordWeights } from '../../../adapters/aws/record-weights.ts';
import type { WeightSet } from '../../../core/model/index.ts';
import type { Call } from '../../../core/ports/index.ts';
import type { Base } from '../context.ts';
import { credentialsOf } from './credentials.ts';

/** Record weights of all groups; each group has a client of its own, for its zone may be another account's. */
class WeightsByGroup extends RecordWeights {
  readonly #controls: ReadonlyMap<string, RecordWeights>;

  constructor({ config, region, clock }: Base) {
    super(new Route53Client(clientConfig(region)), {}, clock);
    this.#controls = new Map(
      config.trafficGroups.map(({ name, zone, records }) => {
        const client = new Route53Client(clientConfig(region, credentialsOf(config, region, zone.account)));
        const weighted = records.filter(({ routing }) => routing === 'weighted');
        return [name, new RecordWeights(client, { [name]: { zoneId: zone.id, records: weighted } }, clock)];
      }),
    );
  }

  override shares(group: string, call: Call) {
    return this.#controls.get(group)?.shares(group, call) ?? super.shares(group, call);
  }

  override setWeights(expected: WeightSet, next: Record<string, number>, call: Call) {
    return this.#controls.get(expected.group)?.setWeights(expected, next, call) ?? super.setWeights(expected, next, call);
  }
}

export function createWeights(base: Base) {
  return { control: new WeightsByGroup(base), guard: new FenceGuard(base.store, base.clock) };
}
