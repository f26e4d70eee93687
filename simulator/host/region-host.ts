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
import { MemoryScriptRunner } from '../../adapters/memory/script-runner.ts';
import { createStoreState, MemoryStore } from '../../adapters/memory/store.ts';
import { MemoryTrafficControl } from '../../adapters/memory/traffic-control.ts';
import type { Config } from '../../core/config/schema.ts';
import { freshMemory } from '../../core/config/stage-context.ts';
import { receiversOf } from '../../core/learn/receivers.ts';
import { type Message, type Notification, ok, type Result } from '../../core/model/index.ts';
import type { OperatorOrder } from '../../core/plan/operator.ts';
import type { Ports, SecretSource } from '../../core/ports/index.ts';
import { slotsEveryMs } from '../../core/probe/interval.ts';
import { lambdaInvoked } from '../asl/result-shapes.ts';
import { StateMachines } from '../asl/state-machines.ts';
import type { Json, Observer, TaskCall, TaskReply } from '../asl/types.ts';
import type { SkewedClock, VirtualClock } from '../world/clock.ts';
import { SequentialIds } from '../world/ids.ts';
import type { SeededRandom } from '../world/random.ts';
import { SimulatedProber } from '../world/simulated-prober.ts';
import type { World } from '../world/world.ts';
import type { FaultRouter } from './fault-router.ts';
import { FaultyProber } from './faulty-prober.ts';
import { Incarnation } from './incarnation.ts';
import type { MachineSet } from './machine-files.ts';
import { SimulatedMachines, wake } from './machines-port.ts';
import type { RegionRuntime, RuntimeFactory } from './runtime.ts';
import type { SharedState } from './shared-state.ts';
import { type Timeline, traceOf } from './timeline.ts';
import { deliverFromTopic } from './topic-delivery.ts';

export interface HostParts {
  config: Config;
  region: string;
  world: World;
  clock: VirtualClock;
  random: SeededRandom;
  shared: SharedState;
  router: FaultRouter;
  timeline: Timeline;
  machines: MachineSet;
  createRuntime: RuntimeFactory;
  /** Told of every event of every execution. */
  onMachineEvent?: Observer;
}

const minuteMs = 60_000;
/** EventBridge tries again for 24 hours when the function cannot be invoked, each time later. */
const redeliverMs = { first: 30_000, longest: 300_000, tries: 300 };
const metricNamespace = 'Evenkeel';

/** One region's share of evenkeel: its functions, machines, schedule and bus rule, able to die and to come back. */
export class RegionHost {
  readonly region: string;
  readonly skewed: SkewedClock;
  readonly #parts: HostParts;
  readonly #ids: SequentialIds;
  #incarnation = new Incarnation();
  #runtime: RegionRuntime;
  #machines: StateMachines;
  #lost = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.region = parts.region;
    this.skewed = parts.clock.skewed(0);
    this.#ids = new SequentialIds(parts.region);
    this.#machines = this.#createMachines();
    this.#runtime = this.#createRuntime();
    parts.shared.network.handle(parts.region, (message) => this.#deliver(message, 0));
  }

  get machines(): StateMachines {
    return this.#machines;
  }

  /** Starts the schedule; regions run a little out of step, as schedules do. */
  schedule(startAt: number, offsetMs: number): void {
    const { clock } = this.#parts;
    const everyMinute = (at: number) => {
      clock.at(at, () => {
        this.#run((runtime) => runtime.minute(at));
        everyMinute(at + minuteMs);
      });
    };
    const slots = (at: number) => {
      clock.at(at, () => {
        void this.#run((runtime) => runtime.slot(at));
        slots(at + slotsEveryMs);
      });
    };
    everyMinute(startAt + offsetMs + 1_000);
    slots(startAt + offsetMs);
  }

  /** A person's order to this region; one that does not answer leaves it undone. */
  async operate(order: OperatorOrder): Promise<void> {
    await this.#run(async (runtime) => void (await runtime.operate(order)));
  }

  /** The process dies; what it was doing never goes on. A new one starts with the next event. */
  crashFunctions(): void {
    this.#incarnation.kill();
    this.#rise();
  }

  /** The process dies at its n-th call from now. */
  crashFunctionsAt(calls: number, port: string | undefined, stage: 'before' | 'after', died: () => void): void {
    this.#incarnation.killAt(calls, port, stage, () => {
      this.#rise();
      died();
    });
  }

  /** All executions of the region are lost for good; new ones can start. */
  crashMachines(): void {
    this.#machines.kill();
    this.#machines = this.#createMachines();
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

  #functionsUp(): boolean {
    if (this.#lost) return false;
    const { downShare } = this.#parts.world.weather.aws('lambda', this.region);
    return downShare === 0 || (downShare < 1 && this.#parts.random.next() >= downShare);
  }

  /** One invocation that nobody waits for. A function that throws is a defect: it goes on the timeline, where a checker sees it. */
  async #run(work: (runtime: RegionRuntime) => Promise<void>): Promise<void> {
    if (!this.#functionsUp()) return;
    const incarnation = this.#incarnation;
    try {
      await incarnation.live(work(this.#runtime), () => undefined);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    const { timeline, clock } = this.#parts;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    timeline.record({ at: clock.now(), region: this.region, kind: 'FunctionFailed', subject: this.region, data: {}, reason });
  }

  #deliver(message: Message, tries: number): void {
    const { clock } = this.#parts;
    if (this.#functionsUp()) {
      void this.#run((runtime) => runtime.deliver(message));
      return;
    }
    if (tries >= redeliverMs.tries) return;
    clock.at(clock.now() + Math.min(redeliverMs.longest, redeliverMs.first * 2 ** tries), () => this.#deliver(message, tries + 1));
  }

  /** A process that dies has not done it. */
  async #forward(note: Notification): Promise<boolean | null> {
    if (!this.#functionsUp()) return null;
    let done = false;
    await this.#run(async (runtime) => {
      done = (await runtime.forward(note)).ok;
    });
    return done;
  }

  async #resolve(call: TaskCall): Promise<TaskReply> {
    const request = call.arguments;
    if (call.resource.split(':').at(-1)?.startsWith('invoke') !== true || !isRecord(request))
      return { ok: false, error: 'States.TaskFailed', cause: `the simulator runs no ${call.resource}` };
    if (!this.#functionsUp()) return { ok: false, error: 'Lambda.ServiceException', cause: 'Lambda does not answer' };
    const payload =
      isRecord(request.Payload) && call.taskToken !== undefined ? { ...request.Payload, taskToken: call.taskToken } : request.Payload;
    const died = (): TaskReply => ({ ok: false, error: 'Lambda.Unknown', cause: 'the function died' });
    // Named before the work begins: a process may die in its very first call.
    const incarnation = this.#incarnation;
    const work = this.#runtime
      .invoke(String(request.FunctionName), payload)
      .then((value): TaskReply => ({ ok: true, output: lambdaInvoked(value as Json) }));
    try {
      return await incarnation.live(work, died);
    } catch (error) {
      this.#report(error);
      return {
        ok: false,
        error: error instanceof Error ? error.name : 'Error',
        cause: error instanceof Error ? error.message : String(error),
      };
    }
  }

  #rise(): void {
    this.#incarnation = new Incarnation();
    this.#runtime = this.#createRuntime();
  }

  #createMachines(): StateMachines {
    const { random, machines, onMachineEvent } = this.#parts;
    const engine = new StateMachines({
      clock: this.skewed,
      random: random.fork('machines'),
      ids: this.#ids,
      region: this.region,
      resolve: (call) => this.#resolve(call),
      ...(onMachineEvent === undefined ? {} : { onEvent: onMachineEvent }),
    });
    for (const [name, machine] of machines) engine.register(name, machine);
    return engine;
  }

  #createRuntime(): RegionRuntime {
    const { config, createRuntime } = this.#parts;
    return createRuntime({ config, region: this.region, ports: this.#createPorts(), memory: freshMemory() });
  }

  #createPorts(): Ports {
    const { world, random, shared, router, timeline, clock: trueClock, config, region } = this.#parts;
    const clock = this.skewed;
    const ids = this.#ids;
    const incarnation = this.#incarnation;
    const port = <T extends object & ResultPort<T>>(name: string, implementation: T, peer?: string): T =>
      incarnation.guard(withFaultPoint(implementation, name, region, router.pointFor(region, peer), clock, shared.hits, router.lies), name);
    const bus = port('bus', new MemoryBus(shared.network, region, clock));
    const subscriber = (note: Notification) => {
      if (receiversOf(config, note).length > 0) void deliverFromTopic(trueClock, () => this.#forward(note));
    };
    const notifier = port('notifier', new MemoryNotifier(shared.notifiers.get(region) ?? { sent: [] }, clock, subscriber));
    const storeOf = (name: string) => new MemoryStore(shared.stores.get(name) ?? createStoreState(), clock);
    const store = port('store', storeOf(region));
    const peers = config.regions.map((each) => each.name).filter((name) => name !== region);
    const cloudwatch = world.cloudwatch(region);
    const now = () => trueClock.now();
    return {
      clock: { now: () => clock.now(), sleep: (ms, signal) => incarnation.live(clock.sleep(ms, signal), () => undefined) },
      ids,
      random: random.fork(`${region}/core`),
      prober: incarnation.guard(
        new FaultyProber(
          new SimulatedProber({ world, clock: trueClock, ids, random: random.fork(`${region}/prober`) }),
          region,
          router.pointFor(region),
          clock,
          shared.hits,
        ),
        'prober',
      ),
      metricSink: port('metricSink', new MemoryMetricSink(cloudwatch, metricNamespace, clock, () => world.metricLateness(region, now()))),
      metricSource: port('metricSource', new MemoryMetricSource(cloudwatch, clock)),
      traffic: port(
        'traffic',
        new MemoryTrafficControl({
          ...{ region, clock, ids, bus },
          voters: (_group, subject) => peersOf(config, subject),
          world: {
            answers: (group) => world.nameServers(group, now()),
            castVote: (vote) => world.castVote(vote, now()),
            weights: (group) => world.weights(group),
            setWeights: (group, weights) => world.setWeights(group, weights, now()),
            origins: (group) => world.distributions.order(group, now()),
            setOrigins: (group, first) => world.distributions.prefer(group, first, now()),
          },
          epochs: shared.weightEpochs,
        }),
      ),
      capacity: port('capacity', new MemoryCapacityControl(world.capacity, clock, ids)),
      releases: port('releases', new MemoryReleaseControl(world.releases, clock)),
      data: port('data', new MemoryDataControl(shared.data, clock, (token, call) => isAccepted(store, token, call))),
      scripts: port(
        'scripts',
        new MemoryScriptRunner(shared.scripts, clock, ids, ({ document, target, exitStatus }) => {
          if (exitStatus === 0) world.runScript(document, target.service, target.region, now());
        }),
      ),
      store,
      peerStores: Object.fromEntries(peers.map((peer) => [peer, port('peerStores', storeOf(peer), peer)])),
      bus,
      notifier,
      courier: port('courier', new MemoryCourier(shared.courier, clock)),
      approver: port(
        'approver',
        new MemoryApprover(store, notifier, clock, ids, (approval, decision) => wake(this.#machines, approval, decision)),
      ),
      machines: port('machines', new SimulatedMachines(() => this.#machines, clock, region)),
      flags: port('flags', new MemoryFlagControl({ values: world.flags, epochs: shared.flagEpochs }, clock)),
      secrets: port('secrets', simulatedSecrets),
      trace: traceOf(timeline, region, trueClock),
    };
  }
}

function peersOf(config: Config, region: string): string[] {
  return config.regions.map((each) => each.name).filter((name) => name !== region);
}

/** Every reference has a value here; what it is makes no difference to simulated services. */
const simulatedSecrets: SecretSource = {
  read: async (references) => ok(new Map(references.map((reference) => [reference, 'simulated']))),
};

type ResultPort<T> = { [K in keyof T]: (...args: never[]) => Promise<Result<unknown>> };

function isRecord(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
