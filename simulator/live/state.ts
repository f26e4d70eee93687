import { MemoryNetwork } from '../../adapters/memory/bus.ts';
import type { CapacityState } from '../../adapters/memory/capacity-state.ts';
import { type CourierState, createCourierState } from '../../adapters/memory/courier.ts';
import { createDataState, type DataState } from '../../adapters/memory/data-control.ts';
import type { SeenEpochs } from '../../adapters/memory/fence.ts';
import type { FlagState } from '../../adapters/memory/flag-control.ts';
import { createNotifierState, type NotifierState } from '../../adapters/memory/notifier.ts';
import { createReleaseState, type ReleaseState } from '../../adapters/memory/release-control.ts';
import { createStoreState, type StoreState } from '../../adapters/memory/store.ts';
import type { MemoryTrafficParts } from '../../adapters/memory/traffic-control.ts';
import { regionNames } from '../../core/config/derive.ts';
import type { Config } from '../../core/config/schema.ts';
import type { Target } from '../../core/model/index.ts';
import type { Ids, Random } from '../../core/ports/index.ts';
import type { CloudWatch } from '../world/cloudwatch.ts';
import type { LiveClock } from './clock.ts';
import type { Layout } from './layout.ts';
import type { LiveCarriers } from './vote-carriers.ts';

/** What the regions of the live world stand on: tables, buses, people, platforms. It outlives a region that is lost. */
export interface LiveState {
  config: Config;
  layout: Layout;
  random: Random;
  network: MemoryNetwork;
  capacity: CapacityState;
  unitIds: Ids;
  releases: ReleaseState;
  data: DataState;
  flags: FlagState;
  notifier: NotifierState;
  courier: CourierState;
  weightEpochs: SeenEpochs;
  scriptEpochs: SeenEpochs;
  stores: Map<string, StoreState>;
  storeOf(region: string): StoreState;
  cloudwatch(region: string): CloudWatch;
  isDown(region: string): boolean;
  carriers: LiveCarriers;
  records: MemoryTrafficParts['world'];
  unitsOf(target: Target): readonly { id: string; address: string; port: number }[];
}

/** EventBridge accepts and delivers in about half a second (documented as typical). */
const deliveryMs = 400;

type Given = Pick<LiveState, 'config' | 'layout' | 'capacity' | 'unitIds' | 'carriers' | 'records' | 'cloudwatch' | 'isDown' | 'unitsOf'>;

export function createLiveState(given: Given, clock: LiveClock): LiveState {
  const regions = regionNames(given.config);
  const stores = new Map(regions.map((region) => [region, createStoreState()]));
  return {
    ...given,
    stores,
    random: { next: Math.random },
    network: new MemoryNetwork(regions, clock, () => [deliveryMs]),
    releases: createReleaseState(),
    data: createDataState(),
    flags: { values: new Map(), epochs: {} },
    notifier: createNotifierState(),
    courier: createCourierState(),
    weightEpochs: {},
    scriptEpochs: {},
    storeOf(region) {
      const store = stores.get(region);
      if (store === undefined) throw new Error(`the live world has no region ${JSON.stringify(region)}`);
      return store;
    },
  };
}
