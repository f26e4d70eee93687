import * as z from 'zod';
import { MemoryNetwork } from '../../adapters/memory/bus.ts';
import { type CourierState, createCourierState } from '../../adapters/memory/courier.ts';
import { createDatabase, createDataState, type DataState } from '../../adapters/memory/data-control.ts';
import type { FaultHits } from '../../adapters/memory/fault-point.ts';
import type { SeenEpochs } from '../../adapters/memory/fence.ts';
import { createNotifierState, type NotifierState } from '../../adapters/memory/notifier.ts';
import { createScriptState, type ScriptState } from '../../adapters/memory/script-runner.ts';
import { createStoreState, type StoreState } from '../../adapters/memory/store.ts';
import { regionNames } from '../../core/config/derive.ts';
import type { Config } from '../../core/config/schema.ts';
import type { VirtualClock } from '../world/clock.ts';
import { roundTripMs } from '../world/distance.ts';
import type { SeededRandom } from '../world/random.ts';
import type { World } from '../world/world.ts';

/** What the regions' adapters stand on: tables, network, people, scripts and databases. It outlives every process that dies. */
export interface SharedState {
  network: MemoryNetwork;
  stores: Map<string, StoreState>;
  notifiers: Map<string, NotifierState>;
  /** What topics and webhooks of the configuration were handed, by any region. */
  courier: CourierState;
  scripts: ScriptState;
  data: DataState;
  weightEpochs: SeenEpochs;
  flagEpochs: SeenEpochs;
  hits: FaultHits;
}

/** EventBridge accepts and delivers in about half a second (documented as typical); across regions the way comes on top. */
const deliveryMs = { median: 400, sigma: 0.3 };

export function createSharedState(config: Config, world: World, clock: VirtualClock, random: SeededRandom): SharedState {
  const regions = regionNames(config);
  return {
    network: new MemoryNetwork(regions, clock, (from, to) => carriage(world, random, from, to)),
    stores: new Map(regions.map((region) => [region, createStoreState()])),
    notifiers: new Map(regions.map((region) => [region, createNotifierState()])),
    courier: createCourierState(),
    scripts: documentsOf(config),
    data: databasesOf(config),
    weightEpochs: {},
    flagEpochs: {},
    hits: {},
  };
}

/** When one message arrives; the faults of kind `messages` delay, double and lose it. */
function carriage(world: World, random: SeededRandom, from: string, to: string): number[] {
  let arrivals = [random.lognormal(deliveryMs.median, deliveryMs.sigma) + roundTripMs(from, to) / 2];
  for (const fault of world.weather.of('messages')) {
    if ((fault.where.region ?? from) !== from && fault.where.region !== to) continue;
    const { delaySeconds, duplicateShare, loseShare } = fault.with;
    arrivals = arrivals.flatMap((ms) =>
      random.chance(loseShare) ? [] : random.chance(duplicateShare) ? [ms, ms + 1_000 * random.next()] : [ms],
    );
    arrivals = arrivals.map((ms) => ms + random.uniform(0, delaySeconds * 1000));
  }
  return arrivals.map(Math.round);
}

function databasesOf(config: Config): DataState {
  const state = createDataState();
  for (const service of config.services) {
    for (const [region, { database }] of Object.entries(service.deployments)) {
      if (database === undefined) continue;
      const writer = database.writerRegion ?? region;
      const others = regionNames(config).filter((name) => name !== writer && service.deployments[name]?.database?.id === database.id);
      state.databases[database.id] ??= createDatabase(database.id, database.kind, [writer, ...others]);
    }
  }
  return state;
}

const Document = z.object({ document: z.string(), version: z.string() });
const ScriptArgs = Document.extend({ undo: Document.optional() });

/** The documents that the playbooks name, each ending well after a while (chosen). */
export function documentsOf(config: Config): ScriptState {
  const state = createScriptState();
  const actions = config.playbooks.flatMap((playbook) => playbook.levels.flatMap((level) => level.actions));
  for (const { args } of actions.filter(({ action }) => action === 'script')) {
    const script = ScriptArgs.safeParse(args);
    if (!script.success) continue;
    const { undo, ...own } = script.data;
    for (const { document, version } of undo === undefined ? [own] : [own, undo]) {
      const versions = [...new Set([...(state.documents[document]?.versions ?? []), version])];
      state.documents[document] = { versions, durationMs: 20_000, exitStatus: 0 };
    }
  }
  return state;
}
