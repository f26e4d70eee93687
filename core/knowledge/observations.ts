import { Observation, type Result, storeKey } from '../model/index.ts';
import type { Clock, Store } from '../ports/index.ts';
import { queryStored } from './stored.ts';

/** More than AWS has regions: one observation a region. */
const observersMax = 50;

/** The last word of each region about all regions, this one's own included; those that do not parse are left out. */
export function readObservations({ store, clock }: { store: Store; clock: Clock }): Promise<Result<Observation[]>> {
  return queryStored(store, clock, storeKey.observation(''), observersMax, Observation);
}
