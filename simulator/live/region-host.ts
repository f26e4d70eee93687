import { isAccepted, MemoryApprover } from '../../adapters/memory/approver.ts';
import { MemoryBus } from '../../adapters/memory/bus.ts';
import { MemoryCapacityControl } from '../../adapters/memory/capacity-control.ts';
import { MemoryCourier } from '../../adapters/memory/courier.ts';
import { MemoryDataControl } from '../../adapters/memory/data-control.ts';
import { withFaultPoint } from '../../adapters/memory/fault-point.ts';
import { MemoryFlagControl } from '../../adapters/memory/flag-control.ts';
import { MemoryMetricSink, MemoryMetricSource } from '../../adapters/memory/metrics.ts';
import { MemoryNotifier } from '../../adapters/memory/notifier.ts';
import { MemoryReleaseControl } from '../../adapters/memory/release-control.ts';
import { MemoryStore } from '../../adapters/memory/store.ts';
import { freshMemory } from '../../core/config/stage-context.ts';
import { receiversOf } from '../../core/learn/receivers.ts';
import { type Message, type Notification, ok, type Result, Target } from '../../core/model/index.ts';
import type { FaultPoint, Ids, Ports, Prober } from '../../core/ports/index.ts';
import type { Network } from '../../core/ports/network.ts';
import { slotsEveryMs } from '../../core/probe/interval.ts';
import { createProber } from '../../core/probe/prober.ts';
import { lambdaInvoked } from '../asl/result-shapes.ts';
import { StateMachines } from '../asl/state-machines.ts';
import type { Json, TaskCall, TaskReply } from '../asl/types.ts';
import type { MachineSet } from '../host/machine-files.ts';
import { SimulatedMachines, wake } from '../host/machines-port.ts';
import type { RegionRuntime } from '../host/runtime.ts';
import { type Timeline, traceOf } from '../host/timeline.ts';
import { deliverFromTopic } from '../host/topic-delivery.ts';
import { createRegionRuntime } from '../region-runtime.ts';
import { SequentialIds } from '../world/ids.ts';
import type { LiveClock } from './clock.ts';
import { LiveScriptRunner } from './script-runner.ts';
import type { LiveState } from './state.ts';
import { LiveTrafficControl } from './traffic-control.ts';

export interface RegionHostParts {
  region: string;
  state: LiveState;
  clock: LiveClock;
  network: Network;
  machines: MachineSet;
  timeline: Timeline;
}

const minuteMs = 60_000;
const metricNamespace = 'Evenkeel';

/** Evenkeel in one region of the live world: the functions, machines and schedule of the simulator's region, on real time and sockets. */
export class LiveRegionHost {
  readonly region: string;
  readonly #parts: RegionHostParts;
  readonly #ids: Ids;
  readonly #machines: StateMachines;
  readonly #runtime: RegionRuntime;
  readonly #stops: (() => void)[] = [];
  #lost = false;

  constructor(parts: RegionHostParts) {
    this.#parts = parts;
    this.region = parts.region;
    this.#ids = new SequentialIds(parts.region);
    this.#machines = this.#createMachines();
    const { config } = parts.state;
    this.#runtime = createRegionRuntime({ config, region: parts.region, ports: this.#createPorts(), memory: freshMemory() });
    parts.state.network.handle(parts.region, (message) => this.#deliver(message));
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** @param offsetMs regions run a little out of step, as schedules do */
  async start(offsetMs: number): Promise<void> {
    const { clock } = this.#parts;
    const ended = new AbortController();
    this.#stops.push(() => ended.abort());
    await clock.sleep(offsetMs, ended.signal);
    if (ended.signal.aborted) return;
    const minute = () => void this.#run((runtime) => runtime.minute(clock.now()));
    minute();
    const first = clock.now();
    this.#slot(first);
    this.#stops.push(
      clock.every(slotsEveryMs, () => this.#slot(first)),
      clock.every(minuteMs, minute),
    );
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#machines.kill();
    this.#parts.state.network.handle(this.region, null);
  }

  /** A person's order. */
  operate(order: unknown): ReturnType<RegionRuntime['operate']> {
    return this.#runtime.operate(order);
  }

  /** An event of the region's default bus: what AWS and the operator's own monitors tell. */
  async trigger(event: unknown): Promise<void> {
    await this.#run(async (runtime) => void (await runtime.invoke('analyze', event)));
  }

  /** The whole region stands still, until `find`. */
  lose(): void {
    this.#lost = true;
    this.#machines.freeze();
  }

  find(): void {
    this.#lost = false;
    this.#machines.thaw();
  }

  /** Slots lie on a grid from `first` on, however late the timer is: what is due after a minute is due at the third one. */
  #slot(first: number): void {
    const turn = Math.round((this.#parts.clock.now() - first) / slotsEveryMs);
    void this.#run((runtime) => runtime.slot(first + turn * slotsEveryMs));
  }

  #deliver(message: Message): void {
    void this.#run((runtime) => runtime.deliver(message));
  }

  /** One invocation that nobody waits for. */
  async #run(work: (runtime: RegionRuntime) => Promise<void>): Promise<void> {
    if (this.#lost) return;
    try {
      await work(this.#runtime);
    } catch (error) {
      this.#report(error);
    }
  }

  /** A function that throws is a defect. */
  #report(error: unknown): void {
    const { timeline, clock } = this.#parts;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    timeline.record({ at: clock.now(), region: this.region, kind: 'FunctionFailed', subject: this.region, data: {}, reason });
  }

  async #forward(note: Notification): Promise<boolean | null> {
    if (this.#lost) return null;
    let done = false;
    await this.#run(async (runtime) => {
      done = (await runtime.forward(note)).ok;
    });
    return done;
  }

  async #resolve(call: TaskCall): Promise<TaskReply> {
    const request = call.arguments;
    if (call.resource.split(':').at(-1)?.startsWith('invoke') !== true || !isRecord(request))
      return { ok: false, error: 'States.TaskFailed', cause: `the live world runs no ${call.resource}` };
    const payload =
      isRecord(request.Payload) && call.taskToken !== undefined ? { ...request.Payload, taskToken: call.taskToken } : request.Payload;
    try {
      return { ok: true, output: lambdaInvoked((await this.#runtime.invoke(String(request.FunctionName), payload)) as Json) };
    } catch (error) {
      this.#report(error);
      return {
        ok: false,
        error: error instanceof Error ? error.name : 'Error',
        cause: error instanceof Error ? error.message : String(error),
      };
    }
  }

  #createMachines(): StateMachines {
    const { clock, state, machines } = this.#parts;
    const engine = new StateMachines({
      ...{ clock, random: state.random, ids: this.#ids, region: this.region },
      resolve: (call) => this.#resolve(call),
    });
    for (const [name, machine] of machines) engine.register(name, machine);
    return engine;
  }

  #createPorts(): Ports {
    const { region, state, clock, network, timeline } = this.#parts;
    const { config } = state;
    const ids = this.#ids;
    const port = <T extends object & ResultPort<T>>(name: string, implementation: T, peer?: string): T =>
      withFaultPoint(implementation, name, region, refusalsOf(state, peer), clock);
    const bus = port('bus', new MemoryBus(state.network, region, clock));
    const subscriber = (note: Notification) => {
      if (receiversOf(config, note).length > 0) void deliverFromTopic(clock, () => this.#forward(note));
    };
    const notifier = port('notifier', new MemoryNotifier(state.notifier, clock, subscriber));
    const store = port('store', new MemoryStore(state.storeOf(region), clock));
    const peers = config.regions.map((each) => each.name).filter((name) => name !== region);
    const cloudwatch = state.cloudwatch(region);
    return {
      clock,
      ids,
      random: state.random,
      prober: this.#prober(network),
      metricSink: port('metricSink', new MemoryMetricSink(cloudwatch, metricNamespace, clock)),
      metricSource: port('metricSource', new MemoryMetricSource(cloudwatch, clock)),
      traffic: port(
        'traffic',
        new LiveTrafficControl({
          ...{ region, clock, ids, bus, carriers: state.carriers, lookup: network.lookup },
          groups: config.trafficGroups,
          nameServers: state.layout.nameServers.map((address) => `${address}:${state.layout.ports.dns}`),
          voters: (_group, subject) => config.regions.map((each) => each.name).filter((name) => name !== subject),
          world: state.records,
          epochs: state.weightEpochs,
        }),
      ),
      capacity: port('capacity', new MemoryCapacityControl(state.capacity, clock, state.unitIds)),
      releases: port('releases', new MemoryReleaseControl(state.releases, clock)),
      data: port('data', new MemoryDataControl(state.data, clock, (token, call) => isAccepted(store, token, call))),
      scripts: port('scripts', new LiveScriptRunner({ clock, ids, unitsOf: state.unitsOf, epochs: state.scriptEpochs })),
      store,
      peerStores: Object.fromEntries(peers.map((peer) => [peer, port('peerStores', new MemoryStore(state.storeOf(peer), clock), peer)])),
      bus,
      notifier,
      courier: port('courier', new MemoryCourier(state.courier, clock)),
      approver: port(
        'approver',
        new MemoryApprover(store, notifier, clock, ids, (approval, decision) => wake(this.#machines, approval, decision)),
      ),
      machines: port('machines', new SimulatedMachines(() => this.#machines, clock, region)),
      flags: port('flags', new MemoryFlagControl(state.flags, clock)),
      // Every reference has a value here; what it is makes no difference to the live units.
      secrets: { read: async (references) => ok(new Map(references.map((reference) => [reference, 'live']))) },
      trace: traceOf(timeline, region, clock),
    };
  }

  #prober(network: Network): Prober {
    const { clock } = this.#parts;
    return createProber({ network, clock, ids: this.#ids });
  }
}

type ResultPort<T> = { [K in keyof T]: (...args: never[]) => Promise<Result<unknown>> };

/** Calls into a region that is down are refused, as its addresses refuse connections. */
function refusalsOf(state: LiveState, peer: string | undefined): FaultPoint {
  return ({ port, method, args }) => {
    const target = Target.safeParse(args[0]);
    const into = peer ?? (port === 'bus' && method === 'send' ? args[0] : target.success ? target.data.region : undefined);
    return typeof into === 'string' && state.isDown(into) ? { kind: 'refuse', reason: `${into} refuses the connection` } : { kind: 'pass' };
  };
}

function isRecord(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
