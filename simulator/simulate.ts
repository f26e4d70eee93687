import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { FaultHits } from '../adapters/memory/fault-point.ts';
import { regionNames } from '../core/config/derive.ts';
import type { Config } from '../core/config/schema.ts';
import { canonicalJson, type Json, type JsonObject, type TimelineEntry } from '../core/model/index.ts';
import type { Observer } from './asl/types.ts';
import { type Checker, type CheckerFactory, createCheckers } from './checkers/index.ts';
import { type Ending, judgeExpectation } from './expectation.ts';
import { FaultRouter, type PortCall } from './host/fault-router.ts';
import type { MachineSet } from './host/machine-files.ts';
import { openApprovals, readRecords } from './host/records.ts';
import { RegionHost } from './host/region-host.ts';
import type { RuntimeFactory } from './host/runtime.ts';
import { createSharedState, type SharedState } from './host/shared-state.ts';
import { Timeline } from './host/timeline.ts';
import { createRegionRuntime } from './region-runtime.ts';
import { type Action, summarise } from './report/summary.ts';
import type { Scenario } from './scenario.ts';
import { VirtualClock } from './world/clock.ts';
import type { Fault } from './world/fault.ts';
import { SequentialIds } from './world/ids.ts';
import { SeededRandom } from './world/random.ts';
import { statusEntry } from './world/traffic-groups.ts';
import { type MinuteOfTraffic, tickMs, World } from './world/world.ts';

export interface SimulationOptions {
  seed: number;
  /** Resolves when no promise of the simulation can go on by itself: `setImmediate` does. Given from outside, for it is a real timer. */
  settle: () => Promise<void>;
  machines: MachineSet;
  /** Told of each timeline entry as it happens. */
  observer?: (entry: TimelineEntry) => void;
  /** Told once a simulated minute how many are over. */
  onMinute?: (minute: number) => void;
  onMachineEvent?: Observer;
  createRuntime?: RuntimeFactory;
  checkers?: CheckerFactory;
}

export interface Violation {
  checker: string;
  at: number;
  reason: string;
}

export interface SimulationReport {
  name: string;
  seed: number;
  startedAt: number;
  minutes: number;
  /** Seconds from the first fault after minute 0 to the first incident, and to the first proof that clients are served again; null: it did not happen. */
  detectedAfterSeconds: number | null;
  recoveredAfterSeconds: number | null;
  actions: Action[];
  reversals: { at: number; step: string; verdict: string }[];
  violations: Violation[];
  expectMet: boolean;
  /** What of the expectation was not met, in sentences. */
  unmet: string[];
  timeline: TimelineEntry[];
  traffic: MinuteOfTraffic[];
  /** Calls of the act path, by minute: who called what where, how often. */
  calls: { at: number; from: string; call: string; count: number }[];
  /** How often each kind of fault met each port. */
  hits: FaultHits;
  /** SHA-256 of the timeline as canonical JSON. */
  hash: string;
}

/** Monday 2026-01-05, noon UTC: no run depends on the day it is run. */
const worldStartAt = 1_767_614_400_000;
const minuteMs = 60_000;
const regionOffsetMs = 700;
const decider = 'operator@example.com';

/** One run of one scenario: same configuration, scenario, seed and code give the same report, byte for byte. */
export async function simulate(scenario: Scenario, config: Config, options: SimulationOptions): Promise<SimulationReport> {
  const run = new Simulation(scenario, config, options);
  await run.clock.run(worldStartAt + scenario.minutes * minuteMs, options.settle);
  return run.report();
}

class Simulation {
  readonly clock = new VirtualClock(worldStartAt);
  readonly #scenario: Scenario;
  readonly #config: Config;
  readonly #options: SimulationOptions;
  readonly #timeline = new Timeline();
  readonly #world: World;
  readonly #shared: SharedState;
  readonly #hosts: Map<string, RegionHost>;
  readonly #checkers: Checker[];
  /** Those that look at calls, of which there are half a million in a simulated day. */
  readonly #callCheckers: Checker[];
  readonly #traffic: MinuteOfTraffic[] = [];
  readonly #calls = new Map<string, number>();
  readonly #callsByMinute = new Map<string, SimulationReport['calls'][number]>();

  constructor(scenario: Scenario, config: Config, options: SimulationOptions) {
    this.#scenario = scenario;
    this.#config = config;
    this.#options = options;
    const random = new SeededRandom(options.seed);
    this.#world = new World({
      config,
      startAt: worldStartAt,
      ids: new SequentialIds('world'),
      ...(scenario.day === undefined ? {} : { day: scenario.day }),
      onStatusChange: (change) => this.#timeline.record({ at: this.clock.now(), ...statusEntry(change) }),
      onMinute: (minute) => void this.#traffic.push(minute),
    });
    this.#shared = createSharedState(config, this.#world, this.clock, random.fork('network'));
    const router = new FaultRouter({
      config,
      weather: this.#world.weather,
      clock: this.clock,
      random: random.fork('faults'),
      onCall: (call) => this.#noteCall(call),
      lies: scenario.faults.some((fault) => fault.kind === 'api-lie' || (fault.kind === 'call' && fault.with.answer === 'lie')),
    });
    this.#hosts = new Map(regionNames(config).map((region) => [region, this.#createHost(region, random, router)]));
    const truth = { config, world: this.#world, shared: this.#shared, hosts: this.#hosts, clock: this.clock };
    this.#checkers = (options.checkers ?? createCheckers)(truth);
    this.#callCheckers = this.#checkers.filter((checker) => checker.onCall !== undefined);
    this.#timeline.listen((entry) => {
      for (const checker of this.#checkers) checker.onEntry?.(entry);
      options.observer?.(entry);
    });
    this.#timeline.listen((entry) => this.#answerApproval(entry));
    this.#schedule();
  }

  report(): SimulationReport {
    const endAt = this.clock.now();
    this.#world.advance(endAt);
    for (const checker of this.#checkers) checker.onEnd?.(endAt);
    const { entries } = this.#timeline;
    const records = readRecords(this.#shared.stores.values());
    const summary = summarise(records, this.#firstFaultAt());
    const ending: Ending = {
      config: this.#config,
      world: this.#world,
      records,
      summary,
      calls: this.#calls,
      told: [...this.#shared.notifiers.values()].reduce((sum, { sent }) => sum + sent.length, 0),
      traffic: this.#traffic,
      kinds: new Set(entries.map((entry) => entry.kind)),
      startedAt: worldStartAt,
      endAt,
    };
    const violations = this.#checkers.flatMap((checker) =>
      checker.violations.map((violation) => ({ checker: checker.name, ...violation })),
    );
    const unmet = judgeExpectation(this.#scenario.expect, ending);
    return {
      name: this.#scenario.name,
      seed: this.#options.seed,
      startedAt: worldStartAt,
      minutes: this.#scenario.minutes,
      ...summary,
      violations,
      expectMet: unmet.length === 0,
      unmet,
      timeline: entries,
      traffic: this.#traffic,
      calls: [...this.#callsByMinute.values()],
      hits: this.#shared.hits,
      hash: bytesToHex(sha256(utf8ToBytes(canonicalJson(entries)))),
    };
  }

  #createHost(region: string, random: SeededRandom, router: FaultRouter): RegionHost {
    const { machines, createRuntime = createRegionRuntime, onMachineEvent } = this.#options;
    return new RegionHost({
      ...{ config: this.#config, region, world: this.#world, clock: this.clock, random: random.fork(region) },
      ...{ shared: this.#shared, router, timeline: this.#timeline, machines, createRuntime },
      ...(onMachineEvent === undefined ? {} : { onMachineEvent }),
    });
  }

  #schedule(): void {
    for (const fault of this.#scenario.faults) this.#scheduleFault(fault);
    for (const { at, in: region, order } of this.#scenario.orders ?? [])
      this.clock.at(worldStartAt + at * minuteMs, () => void this.#hostOf(region).operate(order));
    const tick = (at: number) => {
      this.clock.at(at, () => {
        this.#world.advance(at);
        for (const checker of this.#checkers) checker.onTick?.(at);
        if (at % minuteMs === 0) this.#options.onMinute?.((at - worldStartAt) / minuteMs);
        tick(at + tickMs);
      });
    };
    tick(worldStartAt);
    let offset = 0;
    for (const host of this.#hosts.values()) {
      host.schedule(worldStartAt, offset);
      offset += regionOffsetMs;
    }
  }

  /** The scenario's operator decides what a region asks, after the time that people take. */
  #answerApproval({ kind, region }: TimelineEntry): void {
    const { operator } = this.#scenario;
    if (kind !== 'ApprovalRequested' || operator === undefined) return;
    const word = operator.approves ? { command: 'approve' as const, reason: 'go on' } : { command: 'deny' as const, reason: 'not now' };
    this.clock.at(this.clock.now() + operator.afterSeconds * 1000, () => {
      for (const token of openApprovals(this.#shared.stores.get(region)))
        void this.#hostOf(region).operate({ ...word, token, by: decider });
    });
  }

  #scheduleFault(fault: Fault): void {
    for (let turn = 0; turn < (fault.times ?? 1); turn++) {
      const shift = turn * (fault.every ?? 0);
      this.clock.at(worldStartAt + (fault.at + shift) * minuteMs, () => this.#begin(fault));
      if (fault.until !== undefined) this.clock.at(worldStartAt + (fault.until + shift) * minuteMs, () => this.#end(fault));
    }
  }

  #begin(fault: Fault): void {
    this.#tell('FaultBegan', fault);
    this.#world.begin(fault, this.clock.now());
    this.#mendNetwork();
    if (fault.kind === 'executor-crash') this.#crash(fault);
    else if (fault.kind === 'clock-skew') this.#hostOf(fault.where.region).skewed.offsetMs = fault.with.seconds * 1000;
    else if (fault.kind === 'region-unreachable' && fault.with.lost) this.#hostOf(fault.where.region).lose();
    else if (fault.kind === 'script-fails') this.#setExitStatus(fault.where.document, fault.with.exitStatus);
  }

  #end(fault: Fault): void {
    this.#tell('FaultEnded', fault);
    this.#world.end(fault, this.clock.now());
    this.#mendNetwork();
    if (fault.kind === 'clock-skew') this.#hostOf(fault.where.region).skewed.offsetMs = 0;
    else if (fault.kind === 'region-unreachable' && fault.with.lost) this.#hostOf(fault.where.region).find();
    else if (fault.kind === 'script-fails') this.#setExitStatus(fault.where.document, 0);
  }

  #setExitStatus(document: string, exitStatus: number): void {
    const script = this.#shared.scripts.documents[document];
    if (script !== undefined) script.exitStatus = exitStatus;
  }

  #crash({ where, with: { what, atCall, port, stage } }: Extract<Fault, { kind: 'executor-crash' }>): void {
    const host = this.#hostOf(where.region);
    const machinesToo = what !== 'functions';
    const died = () => {
      if (machinesToo) host.crashMachines();
      this.#timeline.record({
        at: this.clock.now(),
        region: where.region,
        kind: 'ExecutorCrashed',
        subject: where.region,
        data: { what },
        reason: `${what} of ${where.region} died`,
      });
    };
    if (atCall !== undefined) host.crashFunctionsAt(atCall, port, stage, died);
    else {
      if (what !== 'machines') host.crashFunctions();
      died();
    }
  }

  /** Messages are lost where the weather cuts the way. */
  #mendNetwork(): void {
    const { network } = this.#shared;
    for (const from of this.#hosts.keys()) {
      for (const to of this.#hosts.keys()) {
        if (this.#world.weather.cut(from, to)) network.cut(from, to);
        else network.mend(from, to);
      }
    }
  }

  #hostOf(region: string): RegionHost {
    const host = this.#hosts.get(region);
    if (host === undefined) throw new Error(`the scenario names ${region}, where evenkeel does not run`);
    return host;
  }

  #tell(kind: 'FaultBegan' | 'FaultEnded', fault: Fault): void {
    const where = given(fault.where);
    const how = given(fault.with);
    this.#timeline.record({
      at: this.clock.now(),
      region: typeof where.region === 'string' ? where.region : '-',
      kind,
      subject: fault.kind,
      data: { kind: fault.kind, where, with: how },
      reason: `${fault.kind} ${Object.values(where).join(' ')} ${kind === 'FaultBegan' ? 'begins' : 'is over'}`,
    });
  }

  #noteCall(call: PortCall): void {
    if (call.api !== null && isActing(call)) {
      const key = `${call.port}.${call.method} ${call.api.service} ${call.api.region}`;
      this.#calls.set(key, (this.#calls.get(key) ?? 0) + 1);
      this.#countInMinute(call, `${call.api.service} ${call.method} in ${call.api.region}`);
    } else if (call.api !== null && changing[call.port]?.includes(call.method) === true)
      this.#countInMinute(call, `${call.api.service} ${call.method} in ${call.api.region}`);
    for (const checker of this.#callCheckers) checker.onCall?.(call);
  }

  #countInMinute({ at, from }: PortCall, call: string): void {
    const minute = at - ((at - worldStartAt) % minuteMs);
    const key = `${minute} ${from} ${call}`;
    const known = this.#callsByMinute.get(key);
    if (known === undefined) this.#callsByMinute.set(key, { at: minute, from, call, count: 1 });
    else known.count++;
  }

  /** What stands from minute 0 on is how the world is, unless nothing comes later. */
  #firstFaultAt(): number {
    const minutes = this.#scenario.faults.map((fault) => fault.at);
    const later = minutes.filter((minute) => minute > 0);
    return worldStartAt + Math.min(...(later.length > 0 ? later : [0])) * minuteMs;
  }
}

/** What a fault says, without what it leaves open. */
function given(fields: Record<string, Json | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

/** Ports that change the world or the journal; what a region does to itself while it watches is not of the act path. */
const actingPorts: ReadonlySet<string> = new Set(['capacity', 'releases', 'data', 'scripts', 'flags', 'peerStores', 'traffic']);

/** What an action changes in its own region, by port: for the page. */
const changing: Partial<Record<string, readonly string[]>> = {
  capacity: ['apply', 'undo'],
  releases: ['apply', 'undo', 'setSplit'],
  scripts: ['run'],
  flags: ['write'],
};

function isActing({ port, method, from, api }: PortCall): boolean {
  return actingPorts.has(port) && !(port === 'traffic' && method === 'castVote') && (api?.region !== from || port === 'traffic');
}
