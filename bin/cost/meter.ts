import { EmbeddedMetricSink } from '../../adapters/aws/embedded-metrics.ts';
import { packSeries } from '../../core/analyze/anomalies.ts';
import { analyzeSample, initSeries } from '../../core/analyze/detect/series-analyzer.ts';
import { endpointsSeenFrom } from '../../core/config/endpoints-seen.ts';
import type { Config } from '../../core/config/schema.ts';
import { freshMemory } from '../../core/config/stage-context.ts';
import { failed, type Message, messageRoutes, ok, type Result, type Sample, storeKey } from '../../core/model/index.ts';
import type { Clock, MetricSink, Ports } from '../../core/ports/index.ts';
import { namesOf } from '../../lib/names.ts';
import { createRegionRuntime } from '../../simulator/region-runtime.ts';
import { SequentialIds } from '../../simulator/world/ids.ts';
import { SeededRandom } from '../../simulator/world/random.ts';
import { assumptions } from './assumptions.ts';
import { MeteredStore } from './metered-store.ts';

/** What all regions together use in one calm minute: counted while the deployed stage code runs, not worked out on paper. */
export interface Metered {
  minutes: number;
  /** Probes of endpoints, those of the self-test and the AWS catalogue included. */
  probes: number;
  slots: number;
  /** Slots in which nothing was due. */
  idleSlots: number;
  /** Of messages, by function; slots and what the schedule starts each minute are counted apart. */
  invocations: Record<string, number>;
  storeCalls: Record<string, number>;
  writeUnits: number;
  readUnits: number;
  storedBytes: number;
  /** In units of 64 KB, as they are billed. */
  ownEvents: number;
  peerEvents: number;
  peerEventBytes: number;
  metricRequests: number;
  metricSeries: number;
  metricReads: number;
  votesCast: number;
  dnsLooks: number;
  logBytes: number;
  /** Where the write units go, by family of keys. */
  writesByFamily: Record<string, number>;
}

const slotSeconds = [0, 20, 40];
const minuteMs = 60_000;
const startAt = 1_767_614_400_000;
const eventBlockBytes = 64 * 1024;

type Counts = Omit<Metered, 'minutes' | 'storedBytes' | 'metricSeries' | 'writesByFamily' | 'readUnits' | 'writeUnits'>;

/**
 * Runs every stage of every region over memory while everything is well: first `warmMinutes` that are not counted, until intervals and
 * hysteresis stand still, then `minutes` that are. The endpoints are old acquaintances: what detectors keep of a series grows for a week.
 */
export async function meterCalm(config: Config, { warmMinutes, minutes }: { warmMinutes: number; minutes: number }): Promise<Metered> {
  const world = new CalmWorld(config);
  await world.age(config);
  await world.run(warmMinutes);
  world.reset();
  await world.run(minutes);
  return world.read(minutes);
}

class CalmWorld {
  #now = startAt;
  #counts = zero();
  #series = new Set<string>();
  #queue: { to: string; message: Message }[] = [];
  #function = 'probe';
  readonly #random = new SeededRandom(1);
  readonly #embedded: MetricSink;
  readonly #stores: Map<string, MeteredStore>;
  readonly #runtimes: Map<string, ReturnType<typeof createRegionRuntime>>;
  readonly #regions: string[];
  readonly #clock: Clock = { now: () => this.#now, sleep: async () => {} };

  constructor(config: Config) {
    this.#regions = config.regions.map(({ name }) => name);
    this.#embedded = new EmbeddedMetricSink(namesOf(config).metricNamespace, (line) => {
      this.#counts.logBytes += line.length + assumptions.logBytesPerLine;
    });
    this.#stores = new Map(this.#regions.map((region) => [region, new MeteredStore(this.#clock, () => this.#countStoreCall())]));
    const runtimeOf = (region: string) => createRegionRuntime({ config, region, ports: this.#ports(region), memory: freshMemory() });
    this.#runtimes = new Map(this.#regions.map((region) => [region, runtimeOf(region)]));
  }

  async age(config: Config): Promise<void> {
    const call = { deadlineAt: this.#now + minuteMs };
    for (const [region, store] of this.#stores)
      for (const { service, endpoint, region: subject = '-' } of endpointsSeenFrom(config, region))
        await store.put({ key: storeKey.detector(`${service}/${subject}/${endpoint.name}`), body: { state: oldSeries() } }, 0, call);
  }

  async run(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      const beginning = this.#now;
      await this.#tick();
      for (const second of slotSeconds) {
        this.#now = beginning + second * 1000;
        await this.#slot();
      }
      this.#now = beginning + minuteMs;
    }
  }

  reset(): void {
    this.#counts = zero();
    this.#series.clear();
    for (const store of this.#stores.values()) store.reset();
  }

  read(minutes: number): Metered {
    const stores = [...this.#stores.values()];
    const sum = (of: (store: MeteredStore) => number) => stores.reduce((total, store) => total + of(store), 0);
    const writesByFamily: Record<string, number> = {};
    for (const store of stores)
      for (const [family, units] of store.writesByFamily) writesByFamily[family] = (writesByFamily[family] ?? 0) + units;
    return {
      ...this.#counts,
      minutes,
      writeUnits: sum((store) => store.writeUnits),
      readUnits: sum((store) => store.readUnits),
      storedBytes: sum((store) => store.storedBytes()),
      metricSeries: this.#series.size,
      writesByFamily,
    };
  }

  /** The invocations that the schedule makes once a minute. */
  async #tick(): Promise<void> {
    for (const [, runtime] of this.#runtimes) {
      this.#function = 'minute';
      await runtime.minute(this.#now);
    }
    await this.#deliverAll();
  }

  async #slot(): Promise<void> {
    for (const [, runtime] of this.#runtimes) {
      this.#counts.slots += 1;
      this.#function = 'probe';
      const before = this.#counts.probes;
      await runtime.slot(this.#now);
      if (this.#counts.probes === before) this.#counts.idleSlots += 1;
    }
    await this.#deliverAll();
  }

  async #deliverAll(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const { to, message } = next;
      for (const [name, types] of Object.entries(messageRoutes)) if (types?.includes(message.type)) this.#invoked(name);
      this.#function = 'messages';
      await this.#runtimes.get(to)?.deliver(message);
    }
  }

  #invoked(name: string): void {
    this.#counts.invocations[name] = (this.#counts.invocations[name] ?? 0) + 1;
  }

  #countStoreCall(): void {
    this.#counts.storeCalls[this.#function] = (this.#counts.storeCalls[this.#function] ?? 0) + 1;
  }

  #ports(region: string): Ports {
    const counts = () => this.#counts;
    const none = async (): Promise<Result<never>> => failed('not-found', 'nothing runs while costs are counted');
    const store = this.#stores.get(region);
    if (store === undefined) throw new Error(`no store for ${region}`);
    return {
      clock: this.#clock,
      ids: new SequentialIds(region),
      random: new SeededRandom(1),
      store,
      peerStores: Object.fromEntries([...this.#stores].filter(([name]) => name !== region)),
      prober: {
        probe: async (request, vantage) => {
          counts().probes += 1;
          return [calmSample(request, vantage, this.#now, counts().probes, this.#random)];
        },
      },
      metricSink: {
        publish: async (data, call) => {
          // The probe's metrics are lines of its log, what others publish are requests.
          if (this.#function === 'probe') await this.#embedded.publish(data, call);
          else counts().metricRequests += Math.ceil(data.length / 1000);
          for (const datum of data) this.#series.add(JSON.stringify([region, datum.name, datum.dimensions]));
          return ok(undefined);
        },
      },
      metricSource: {
        read: async () => {
          counts().metricReads += 1;
          return ok([{ label: 'calm', points: [] }]);
        },
      },
      traffic: {
        observe: async (group) => {
          counts().dnsLooks += 1;
          return ok({ group, at: this.#now, vantage: region, servers: [], regions: this.#regions });
        },
        castVote: async () => {
          counts().votesCast += 1;
          return ok(undefined);
        },
        requestDrain: none,
        withdraw: none,
        shares: none,
        setWeights: none,
        origins: none,
        setOrigins: none,
      },
      bus: {
        publish: async (message) => this.#send(region, region, message),
        send: async (to, message) => this.#send(region, to, message),
      },
      capacity: { snapshot: none, quota: none, apply: none, verify: none, undo: none },
      releases: { history: none, apply: none, verify: none, undo: none, split: none, setSplit: none },
      data: { status: none, switchover: none, failover: none, verify: none },
      scripts: { run: none, status: none },
      notifier: { notify: none },
      courier: { deliver: none },
      approver: { request: none, decide: none },
      machines: { start: none, describe: none },
      flags: { read: none, write: none },
      secrets: { read: async (references) => ok(new Map(references.map((reference) => [reference, 'secret']))) },
      trace: {
        record: (entry) => {
          counts().logBytes += JSON.stringify(entry).length + 200 + assumptions.logBytesPerLine;
        },
      },
    };
  }

  async #send(from: string, to: string, message: Message): Promise<Result<void>> {
    const bytes = JSON.stringify(message).length;
    const blocks = Math.ceil(bytes / eventBlockBytes);
    if (from === to) this.#counts.ownEvents += blocks;
    else {
      this.#counts.peerEvents += blocks;
      this.#counts.peerEventBytes += bytes;
    }
    this.#queue.push({ to, message });
    return ok(undefined);
  }
}

/** What is kept of an endpoint that was looked at each minute for longer than detectors remember, as it lies in the table. */
function seriesOf(days: number): string {
  const state = initSeries();
  const random = new SeededRandom(2);
  const minutes = days * 24 * 60;
  for (let minute = minutes; minute > 0; minute -= 1)
    analyzeSample(state, { at: startAt - minute * minuteMs, value: 263 * (0.7 + 0.6 * random.next()), ok: true });
  return packSeries(state);
}

let madeSeries: string | undefined;
function oldSeries(): string {
  madeSeries ??= seriesOf(8);
  return madeSeries;
}

/** A healthy answer over HTTPS, as long as real ones are, and as different from one another: what is all alike packs too well. */
function calmSample(
  request: Parameters<Ports['prober']['probe']>[0],
  vantage: string,
  takenAt: number,
  number: number,
  random: SeededRandom,
): Sample {
  const { subject, dimension } = request;
  const around = (ms: number) => ms * (0.7 + 0.6 * random.next());
  const phasesMs = { resolve: around(3.2), connect: around(81.4), tls: around(84.7), firstByte: around(92.3), transfer: around(1.1) };
  const total = Object.values(phasesMs).reduce((sum, ms) => sum + ms, 0);
  const phases = `resolve ${phasesMs.resolve.toFixed()}, connect ${phasesMs.connect.toFixed()}, tls ${phasesMs.tls.toFixed()}`;
  const reason = `GET answered 200 in ${total.toFixed()} ms (${phases}, first byte ${phasesMs.firstByte.toFixed()}, transfer 1)`;
  const at = takenAt + Math.floor(random.next() * 1000);
  const address = `198.51.100.${Math.floor(random.next() * 256)}`;
  const id = `sample-${vantage}-${number}-${random.next().toString(36).slice(2)}`;
  const certificateDays = 30 + 60 * random.next();
  return { id, at, vantage, subject, dimension, phasesMs, reason, address, verdict: 'pass', status: 'healthy', certificateDays };
}

function zero(): Counts {
  return {
    probes: 0,
    slots: 0,
    idleSlots: 0,
    invocations: {},
    storeCalls: {},
    ownEvents: 0,
    peerEvents: 0,
    peerEventBytes: 0,
    metricRequests: 0,
    metricReads: 0,
    votesCast: 0,
    dnsLooks: 0,
    logBytes: 0,
  };
}
