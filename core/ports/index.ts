import type {
  Approval,
  Capacity,
  CapacityChange,
  DatabaseStatus,
  DrainRequest,
  DrainWithdrawal,
  Fence,
  Item,
  Json,
  JsonObject,
  Lease,
  Message,
  MetricDatum,
  MetricQuery,
  Notification,
  OriginOrder,
  ProbeRequest,
  Quota,
  Receipt,
  Receiver,
  Release,
  ReleaseSplit,
  Result,
  Sample,
  Series,
  Target,
  TimelineKind,
  Traffic,
  Verdict,
  Vote,
  WeightSet,
} from '../model/index.ts';

/** Passed to every method that leaves the process: when (epoch ms) the caller stops waiting. */
export interface Call {
  deadlineAt: number;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Ids {
  /** A fresh id; `kind` becomes its prefix. */
  next(kind: string): string;
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

export interface Prober {
  /** One Sample per resolved address (at least one in all); never throws: the verdict says it. */
  probe(request: ProbeRequest, vantage: string, deadlineMs: number): Promise<Sample[]>;
}

export interface MetricSink {
  publish(data: MetricDatum[], call: Call): Promise<Result<void>>;
}

export interface MetricSource {
  read(query: MetricQuery, call: Call): Promise<Result<Series[]>>;
}

export interface TrafficControl {
  observe(group: string, call: Call): Promise<Result<Traffic>>;
  /** Sends to every voter of the group; ok when every send was accepted, otherwise the reason names those that were not. */
  requestDrain(request: DrainRequest, call: Call): Promise<Result<void>>;
  withdraw(withdrawal: DrainWithdrawal, call: Call): Promise<Result<void>>;
  /** Publishes the own region's vote on its carrier. */
  castVote(vote: Vote, call: Call): Promise<Result<void>>;
  shares(group: string, call: Call): Promise<Result<WeightSet>>;
  /** Compare-and-set: `conflict` when somebody else changed the weights since `expected` was read. */
  setWeights(expected: WeightSet, next: Record<string, number>, fence: Fence, call: Call): Promise<Result<WeightSet>>;
  /** Of the distribution in front of the group; `not-found` where there is none. */
  origins(group: string, call: Call): Promise<Result<OriginOrder>>;
  /** Compare-and-set, as with weights; it takes minutes to be deployed everywhere. */
  setOrigins(expected: OriginOrder, first: string, fence: Fence, call: Call): Promise<Result<void>>;
}

/** What a look at an effect proved, and why. */
export interface Look {
  verdict: Verdict;
  reason: string;
}

export interface CapacityControl {
  snapshot(target: Target, call: Call): Promise<Result<Capacity>>;
  quota(target: Target, call: Call): Promise<Result<Quota>>;
  apply(target: Target, change: CapacityChange, fence: Fence, call: Call): Promise<Result<void>>;
  verify(target: Target, change: CapacityChange, call: Call): Promise<Result<Look>>;
  undo(target: Target, before: Capacity, fence: Fence, call: Call): Promise<Result<void>>;
}

export interface ReleaseControl {
  /** Newest first. */
  history(target: Target, call: Call): Promise<Result<Release[]>>;
  apply(target: Target, release: string, fence: Fence, call: Call): Promise<Result<void>>;
  verify(target: Target, release: string, call: Call): Promise<Result<Look>>;
  undo(target: Target, before: string, fence: Fence, call: Call): Promise<Result<void>>;
  /** `invalid` where callers cannot be divided: only an alias of a function does. */
  split(target: Target, call: Call): Promise<Result<ReleaseSplit>>;
  /** Compare-and-set: `conflict` when somebody else changed it since `expected` was read. A share of 1 puts the canary in charge. */
  setSplit(target: Target, expected: ReleaseSplit, next: Omit<ReleaseSplit, 'token'>, fence: Fence, call: Call): Promise<Result<void>>;
}

export interface DataControl {
  status(database: string, call: Call): Promise<Result<DatabaseStatus>>;
  /** Planned, without loss of data: the source must be well. */
  switchover(database: string, to: string, fence: Fence, call: Call): Promise<Result<void>>;
  /** May lose what was not replicated: a point of no return, so it takes the approval's token. */
  failover(database: string, to: string, fence: Fence, approval: string, call: Call): Promise<Result<void>>;
  verify(database: string, writer: string, call: Call): Promise<Result<Look>>;
}

export interface Forecast {
  mean: number[];
  low: number[];
  high: number[];
  model: string;
}

export interface Forecaster {
  /** `series` is equally spaced, oldest first; low and high bound 80 %. */
  forecast(series: number[], horizon: number): Forecast | Promise<Forecast>;
}

export interface ScriptRunner {
  run(
    target: Target,
    document: string,
    version: string,
    parameters: Record<string, string>,
    fence: Fence,
    call: Call,
  ): Promise<Result<{ runId: string }>>;
  status(runId: string, call: Call): Promise<Result<{ state: 'running' | 'succeeded' | 'failed'; exitStatus?: number; reason: string }>>;
}

export interface Store {
  /** ok(null) when there is no such item. */
  get(key: string, call: Call): Promise<Result<Item | null>>;
  /**
   * Writes when the stored version equals `expectedVersion` (0: there must be none), else `conflict`. Answers the item as written. The body
   * is the store's from then on: it may be frozen, so what is to change later is written as a copy.
   */
  put(item: { key: string; body: Json; expiresAt?: number }, expectedVersion: number, call: Call): Promise<Result<Item>>;
  /**
   * Takes or renews a lease: granted when there never was one, the epoch is higher, or the epoch is the same and the holder is too or the
   * lease has ended; else `superseded`. A lower epoch is never granted, however long ago the lease ended.
   */
  claim(key: string, epoch: number, ttlSeconds: number, holder: string, call: Call): Promise<Result<Lease>>;
  /** Adds to a stream (`timeline#<incident>`); entries are never rewritten. Answers the sequence number. An entry with a known `id` is not added twice. */
  append(stream: string, entry: { id: string; body: Json }, call: Call): Promise<Result<number>>;
  /** Items whose key starts with the prefix, in key order, at most `limit`. */
  query(prefix: string, limit: number, call: Call): Promise<Result<Item[]>>;
}

export interface Bus {
  /** To the own region's handlers. */
  publish(message: Message, call: Call): Promise<Result<void>>;
  /** To one peer's bus. */
  send(region: string, message: Message, call: Call): Promise<Result<void>>;
}

export interface Notifier {
  notify(message: Notification, call: Call): Promise<Result<Receipt>>;
}

/** Hands notes to those whom the configuration names. The key of the note goes with it: a second one of the same key is the same. */
export interface Courier {
  deliver(receiver: Receiver, note: Notification, call: Call): Promise<Result<Receipt>>;
}

export interface Approver {
  /** Stores the request and tells people; answers the single-use token. */
  request(approval: Approval, call: Call): Promise<Result<{ token: string }>>;
  /** Answers what was decided on. `superseded` or `not-found` after it: the word stands, and nobody waits for it any more. */
  decide(token: string, by: string, accept: boolean, reason: string, call: Call): Promise<Result<Approval>>;
}

/**
 * Starts and watches state machine executions of the own region. Starting the same name with the same input twice is starting once.
 * An execution's id here is `<machine>:<name>`, from which the adapter makes the ARN.
 */
export interface Machines {
  start(machine: string, name: string, input: JsonObject, call: Call): Promise<Result<{ executionId: string; started: boolean }>>;
  describe(
    executionId: string,
    call: Call,
  ): Promise<Result<{ status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'; output?: Json }>>;
}

/** Named switches that applications read, such as an SSM parameter that says `degraded`. */
export interface FlagControl {
  /** ok(null) when there is none. */
  read(target: Target, name: string, call: Call): Promise<Result<string | null>>;
  /** null removes it. */
  write(target: Target, name: string, value: string | null, fence: Fence, call: Call): Promise<Result<void>>;
}

export interface SecretSource {
  /** Values of `ssm:/path`, `secretsmanager:name` and `env:NAME`; references without a value are absent from the answer. */
  read(references: readonly string[], call: Call): Promise<Result<ReadonlyMap<string, string>>>;
}

/** Everything a stage may reach in one region. `peerStores` are the peers' tables. */
export interface Ports {
  clock: Clock;
  ids: Ids;
  random: Random;
  prober: Prober;
  metricSink: MetricSink;
  metricSource: MetricSource;
  traffic: TrafficControl;
  capacity: CapacityControl;
  releases: ReleaseControl;
  data: DataControl;
  scripts: ScriptRunner;
  store: Store;
  peerStores: Record<string, Store>;
  bus: Bus;
  notifier: Notifier;
  courier: Courier;
  approver: Approver;
  machines: Machines;
  flags: FlagControl;
  secrets: SecretSource;
  trace: Trace;
}

/** Writes one timeline entry: into the incident's stream where there is one, to the log or the page otherwise. Never fails. */
export interface Trace {
  record(entry: { kind: TimelineKind; subject: string; incident?: string; data: JsonObject; reason: string }): void;
}

/** What a simulated adapter is told to do with one call. */
export type FaultAnswer =
  | { kind: 'pass' }
  | { kind: 'refuse'; reason: string }
  | { kind: 'throttle'; reason: string }
  /** Never answers; the caller's deadline ends it. The effect does not happen. */
  | { kind: 'hang' }
  /** Answers well (or with an old value) without any effect. */
  | { kind: 'lie' }
  /** The effect happens, the answer comes this much later (past the deadline: the caller sees a time-out). */
  | { kind: 'late'; ms: number }
  /** The effect happens twice. */
  | { kind: 'duplicate' };

/** Asked before every call of every simulated adapter. */
export type FaultPoint = (call: { port: string; method: string; region: string; args: readonly unknown[] }) => FaultAnswer;
