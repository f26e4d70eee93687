import { republishVotes } from '../../core/analyze/vote.ts';
import { regionNames } from '../../core/config/derive.ts';
import { isOpen, isRunning, type Message } from '../../core/model/index.ts';
import type { FaultPoint, Ports } from '../../core/ports/index.ts';
import type { HistoryEvent, Observer as MachineObserver } from '../asl/types.ts';
import { bannedCalls } from '../checkers/banned-calls.ts';
import { beforeState } from '../checkers/before-state.ts';
import type { Checker, Truth } from '../checkers/checker.ts';
import { functionsStand } from '../checkers/functions-stand.ts';
import { once } from '../checkers/once.ts';
import { servingRegions } from '../checkers/serving-regions.ts';
import { singleWriter } from '../checkers/single-writer.ts';
import { verdicts } from '../checkers/verdicts.ts';
import { FaultRouter } from '../host/fault-router.ts';
import type { MachineSet } from '../host/machine-files.ts';
import { readIncidentRecords } from '../host/records.ts';
import { RegionHost } from '../host/region-host.ts';
import type { RuntimeFactory } from '../host/runtime.ts';
import { createSharedState, type SharedState } from '../host/shared-state.ts';
import { Timeline } from '../host/timeline.ts';
import { createRegionRuntime } from '../region-runtime.ts';
import { VirtualClock } from '../world/clock.ts';
import { type FaultInput, faultSchema } from '../world/fault.ts';
import { SequentialIds } from '../world/ids.ts';
import { SeededRandom } from '../world/random.ts';
import { tickMs, World } from '../world/world.ts';
import { Effects } from './effects.ts';
import { judgeEnding, type TrialEnd } from './ending.ts';
import { hookedPorts } from './executor-ports.ts';
import { type Death, type ExecutorCall, faultAnswer, type Interference } from './interference.ts';
import { Observer } from './observer.ts';
import { openingOf, trialIncident } from './opening.ts';
import type { TrialCase } from './trial-case.ts';
import { type WorldState, worldState } from './world-state.ts';

export interface TrialOptions {
  machines: MachineSet;
  /** As in SimulationOptions: lets promises go on. */
  settle: () => Promise<void>;
  interference?: Interference;
  /** The last step never proves itself. */
  sabotaged?: boolean;
  /** What a verified run leaves behind, from an undisturbed trial; without it a verified end is taken at its word. */
  goal?: WorldState;
  onMachineEvent?: MachineObserver;
}

export interface TrialReport {
  end: TrialEnd;
  /** Every promise that was broken, in sentences; empty is what is wanted. */
  problems: string[];
  /** Calls that the executor made, in order. */
  calls: ExecutorCall[];
  /** States that its machines entered. */
  states: number;
  /** Whether the interference came to pass. */
  struck: boolean;
  world: WorldState;
  minutes: number;
  timeline: Timeline['entries'];
}

const startAt = 1_767_614_400_000;
const sliceMs = 30_000;
/** After the end of a run the world is watched a while longer: late messages, sweepers and old executors have their chance. */
const graceMs = 6 * 60_000;
const longestMs = 120 * 60_000;
const stackReturnsMs = 20 * 60_000;
const never = new Promise<never>(() => {});

export async function runTrial(given: TrialCase, options: TrialOptions): Promise<TrialReport> {
  const trial = new Trial(given, options);
  return trial.run();
}

/** One task of the executor, while it runs. */
type Task = Pick<ExecutorCall, 'function' | 'operation' | 'step'>;

class Trial {
  readonly #case: TrialCase;
  readonly #options: TrialOptions;
  readonly #interference: Interference;
  readonly #clock = new VirtualClock(startAt);
  readonly #timeline = new Timeline();
  readonly #world: World;
  readonly #shared: SharedState;
  readonly #hosts: Map<string, RegionHost>;
  readonly #observer: Observer;
  readonly #checkers: Checker[];
  readonly #calls: ExecutorCall[] = [];
  readonly #lost = new Set<string>();
  #states = 0;
  #invocations = 0;
  #struck = false;
  #dirty = false;
  /** The call that is being made, for the fault point under it. */
  #current: ExecutorCall | null = null;

  constructor(given: TrialCase, options: TrialOptions) {
    this.#case = given;
    this.#options = options;
    this.#interference = options.interference ?? { kind: 'none' };
    const { config } = given;
    const random = new SeededRandom(1);
    this.#world = new World({
      config,
      startAt,
      ids: new SequentialIds('world'),
      onStatusChange: ({ at, check, healthy }) => {
        const [group = '', region = ''] = check.split('/');
        if (check === `${group}/${region}`)
          this.#timeline.record({ at, region, kind: 'AnswersChanged', subject: `group:${check}`, data: { check, healthy }, reason: check });
      },
    });
    this.#shared = createSharedState(config, this.#world, this.#clock, random.fork('network'));
    this.#observer = new Observer(config, this.#world, this.#shared);
    const router = new TrialRouter(
      {
        ...{ config, weather: this.#world.weather, clock: this.#clock, random: random.fork('faults'), lies: true },
        onCall: (call) => {
          for (const checker of this.#checkers) checker.onCall?.(call);
          this.#dirty ||= mutating.has(call.port);
        },
      },
      () => this.#answerHere(),
    );
    this.#hosts = new Map(
      regionNames(config).map((region) => [
        region,
        new RegionHost({
          ...{ config, region, world: this.#world, clock: this.#clock, random: random.fork(region), shared: this.#shared, router },
          ...{ timeline: this.#timeline, machines: options.machines, createRuntime: this.#runtimeFactory() },
          onMachineEvent: (event) => this.#onMachineEvent(event),
        }),
      ]),
    );
    const truth: Truth = { config, world: this.#world, shared: this.#shared, hosts: this.#hosts, clock: this.#clock };
    this.#checkers = [
      once(),
      singleWriter(),
      verdicts(truth),
      beforeState(truth),
      bannedCalls(truth),
      functionsStand(),
      servingRegions(truth),
    ];
    this.#timeline.listen((entry) => {
      for (const checker of this.#checkers) checker.onEntry?.(entry);
    });
  }

  async run(): Promise<TrialReport> {
    const { settle } = this.#options;
    const { leadSeconds, prepare } = this.#case;
    prepare({ world: this.#world, shared: this.#shared, at: startAt });
    this.#tick(startAt);
    let offset = 0;
    for (const host of this.#hosts.values()) {
      host.schedule(startAt, offset);
      offset += 700;
    }
    const begunAt = startAt + leadSeconds * 1000;
    await this.#clock.run(begunAt, settle);
    const before = this.#state();
    const effects = new Effects(this.#state(false));
    this.#sabotage();
    this.#begin(begunAt);
    const settleAndCount = async () => {
      await settle();
      if (!this.#dirty) return;
      this.#dirty = false;
      effects.note(this.#state(false));
    };
    let endedAt: number | null = null;
    for (let at = begunAt + sliceMs; at < begunAt + longestMs; at += sliceMs) {
      await this.#clock.run(at, settleAndCount);
      if (!this.#isOver()) endedAt = null;
      else endedAt ??= at;
      const returns = this.#interference.kind.startsWith('kill') && 'what' in this.#interference && this.#interference.what === 'stack';
      if (endedAt !== null && at >= endedAt + graceMs && !(returns && at < begunAt + stackReturnsMs + graceMs + 10 * 60_000)) break;
    }
    return this.#report(before, effects, (this.#clock.now() - begunAt) / 60_000);
  }

  #tick(at: number): void {
    this.#clock.at(at, () => {
      this.#world.advance(at);
      this.#tick(at + tickMs);
    });
  }

  #begin(now: number): void {
    const { machine, name, input } = openingOf(this.#case, this.#shared, now);
    const start = () => this.#hostOf(this.#case.holder).machines.start(machine, name, input);
    start();
    if (this.#interference.kind !== 'start-twice') return;
    this.#struck = true;
    start();
    this.#clock.at(now + 20_000, start);
  }

  #sabotage(): void {
    const { sabotaged = false } = this.#options;
    const { after, fault } = this.#case.sabotage;
    if (!sabotaged) return;
    let begun = false;
    this.#timeline.listen(({ kind, data }) => {
      if (kind !== 'StepCommitted' || data.step !== after || begun) return;
      begun = true;
      this.#clock.at(this.#clock.now(), () => this.#beginFault(fault));
    });
  }

  #beginFault(fault: FaultInput): void {
    this.#world.begin(faultSchema.parse(fault), this.#clock.now());
    for (const from of this.#hosts.keys())
      for (const to of this.#hosts.keys()) if (this.#world.weather.cut(from, to)) this.#shared.network.cut(from, to);
  }

  #runtimeFactory(): RuntimeFactory {
    return (ctx) => {
      const { region, ports } = ctx;
      const whole = createRegionRuntime(ctx);
      return {
        ...whole,
        slot: async (at) => this.#observer.look(region, at),
        // Of what comes once a minute only that which concerns runs: a trial has no alerts of its own.
        minute: async () => {
          await republishVotes(ctx);
          await whole.invoke('sweep', {});
          await whole.invoke('learn', { operation: 'minute' });
        },
        deliver: async (message) => {
          await this.#deliver(message, whole, (hooked) => createRegionRuntime({ ...ctx, ports: hooked }), ports, region);
          if (this.#interference.kind === 'messages-twice') {
            this.#struck = true;
            await whole.deliver(message);
          }
        },
        invoke: (name, event) => this.#invoke(name, event, (hooked) => createRegionRuntime({ ...ctx, ports: hooked }), ports, region),
        degraded: () => false,
      };
    };
  }

  async #invoke(
    name: string,
    event: unknown,
    runtimeOver: (ports: Ports) => { invoke(name: string, event: unknown): Promise<unknown> },
    ports: Ports,
    region: string,
  ): Promise<unknown> {
    const hooked = this.#isExecutor(region) ? this.#hooked(ports, taskOf(name, event)) : ports;
    const invoke = () => runtimeOver(hooked).invoke(name, event);
    if (this.#interference.kind !== 'invoke-twice') return invoke();
    this.#struck = true;
    const first = invoke();
    if (this.#interference.atOnce) {
      const [answer] = await Promise.all([first, invoke()]);
      return answer;
    }
    await first;
    return invoke();
  }

  /** What the executor's region makes of its own news is a part of the run: people hear of it then. */
  async #deliver(
    message: Message,
    whole: { deliver(message: Message): Promise<void> },
    runtimeOver: (ports: Ports) => { deliver(message: Message): Promise<void> },
    ports: Ports,
    region: string,
  ): Promise<void> {
    if (!told.has(message.type) || !this.#isExecutor(region)) return whole.deliver(message);
    return runtimeOver(this.#hooked(ports, { function: message.type, operation: '-', step: '-' })).deliver(message);
  }

  #isExecutor(region: string): boolean {
    return region === this.#case.holder && !this.#lost.has(region);
  }

  #hooked(ports: Ports, task: Task): Ports {
    this.#invocations += 1;
    const invocation = this.#invocations;
    return hookedPorts(ports, (port, method, invoke) => this.#onCall({ ...task, port, method, invocation, at: this.#clock.now() }, invoke));
  }

  #onCall(call: ExecutorCall, invoke: () => unknown): unknown {
    this.#calls.push(call);
    const deadly = this.#deadlyStage(call);
    if (deadly?.stage === 'before') {
      this.#die(deadly.what);
      return never;
    }
    this.#current = call;
    try {
      const result = invoke();
      if (deadly === null) return result;
    } finally {
      this.#current = null;
    }
    this.#die(deadly.what);
    return never;
  }

  #deadlyStage(call: ExecutorCall): { what: Death; stage: 'before' | 'after' } | null {
    const interference = this.#interference;
    if (this.#struck && !(interference.kind === 'answer' && interference.always)) return null;
    if (interference.kind === 'kill') return interference.call === this.#calls.length ? interference : null;
    if (interference.kind === 'answer' && interference.answer === 'crash' && matches(interference.on, call))
      return { what: 'functions', stage: 'after' };
    return null;
  }

  #answerHere(): ReturnType<FaultPoint> | null {
    const interference = this.#interference;
    if (this.#current === null || interference.kind !== 'answer' || interference.answer === 'crash') return null;
    if ((this.#struck && !interference.always) || !matches(interference.on, this.#current)) return null;
    this.#struck = true;
    return faultAnswer(interference.answer);
  }

  #onMachineEvent(event: HistoryEvent): void {
    this.#options.onMachineEvent?.(event);
    if (!event.type.endsWith('StateEntered') || !event.executionArn.includes(`:${this.#case.holder}:`)) return;
    this.#states += 1;
    const interference = this.#interference;
    if (interference.kind === 'kill-at-state' && !this.#struck && interference.state === this.#states) this.#die(interference.what);
  }

  #die(what: Death): void {
    this.#struck = true;
    const { holder } = this.#case;
    const host = this.#hostOf(holder);
    host.crashFunctions();
    if (what === 'machines') host.crashMachines();
    if (what !== 'stack' && what !== 'region') return;
    this.#lost.add(holder);
    host.lose();
    if (what === 'region')
      this.#clock.at(this.#clock.now(), () => this.#beginFault({ at: 0, kind: 'region-unreachable', where: { region: holder } }));
    else
      this.#clock.at(this.#clock.now() + stackReturnsMs, () => {
        this.#lost.delete(holder);
        host.find();
      });
  }

  #hostOf(region: string): RegionHost {
    const host = this.#hosts.get(region);
    if (host === undefined) throw new Error(`the trial names ${region}, where evenkeel does not run`);
    return host;
  }

  #state(settled = true): WorldState {
    return worldState({ config: this.#case.config, world: this.#world, shared: this.#shared }, settled);
  }

  /** Tables that anybody still reads. */
  #tables(): SharedState['stores'] {
    return new Map([...this.#shared.stores].filter(([region]) => !this.#world.weather.unreachable(region)));
  }

  #isOver(): boolean {
    const { incident, runs } = readIncidentRecords(this.#tables().values(), trialIncident);
    return runs.every((run) => !isRunning(run)) && (incident === undefined || !isOpen(incident));
  }

  #report(before: WorldState, effects: Effects, minutes: number): TrialReport {
    const now = this.#clock.now();
    for (const checker of this.#checkers) checker.onEnd?.(now);
    const world = this.#state();
    const { end, problems } = judgeEnding({
      ...{ given: this.#case, interference: this.#interference, struck: this.#struck, shared: this.#shared, tables: this.#tables() },
      ...{ before, world, goal: this.#options.goal ?? world, minutes },
    });
    const broken = [
      ...this.#checkers.flatMap((checker) =>
        checker.violations
          .filter(({ reason }) => !isToldAgain(reason) && !isReturnOfWriter(reason))
          .map(({ reason }) => `${checker.name}: ${reason}`),
      ),
      ...effects.repeated.map((what) => `twice: ${what}`),
      ...problems,
    ];
    const { struck } = { struck: this.#struck };
    return { end, problems: broken, calls: this.#calls, states: this.#states, struck, world, minutes, timeline: this.#timeline.entries };
  }
}

/** Messages of which people hear. */
const told: ReadonlySet<Message['type']> = new Set(['OutcomeRecorded', 'IncidentOpened', 'IncidentChanged']);

/** Ports through which an action changes the world, or a voter its word. */
const mutating: ReadonlySet<string> = new Set(['capacity', 'releases', 'data', 'scripts', 'flags', 'traffic']);

/** Whoever ends a run tells of it at least once: under a table that lies he does so again, for nobody hears of what is not told. */
function isToldAgain(reason: string): boolean {
  return reason.startsWith('OutcomeRecorded ');
}

/** An undo that takes a writer back calls the region that it goes back to; where that does not answer, the undo is frozen. */
function isReturnOfWriter(reason: string): boolean {
  return reason.includes('(data.switchover)');
}

function matches(on: Pick<ExecutorCall, 'step' | 'operation' | 'port' | 'method'>, call: ExecutorCall): boolean {
  return on.step === call.step && on.operation === call.operation && on.port === call.port && on.method === call.method;
}

function taskOf(name: string, event: unknown): Task {
  const text = (field: string): string => {
    const value: unknown = typeof event === 'object' && event !== null ? Reflect.get(event, field) : undefined;
    return typeof value === 'string' ? value : '-';
  };
  return { function: name, operation: text('operation'), step: text('stepId') };
}

/** Asks the trial first, then the weather. */
class TrialRouter extends FaultRouter {
  readonly #ask: () => ReturnType<FaultPoint> | null;

  constructor(parts: ConstructorParameters<typeof FaultRouter>[0], ask: () => ReturnType<FaultPoint> | null) {
    super(parts);
    this.#ask = ask;
  }

  override pointFor(from: string, peer?: string): FaultPoint {
    const point = super.pointFor(from, peer);
    return (call) => {
      const answer = point(call);
      return this.#ask() ?? answer;
    };
  }
}
