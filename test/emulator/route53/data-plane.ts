import { type MetricAlarm, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { HealthCheck, ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { Result } from '../../../core/model/index.ts';
import type { AnswerDns } from '../../../simulator/live/dns-server.ts';
import { zoneAnswers } from '../../../simulator/live/zone.ts';
import { endpointCheck, metricCheck, type RecordSet, Route53, type Routing } from '../../../simulator/world/route53.ts';
import type { StageContext } from '../context.ts';
import { Route53Wire } from './wire.ts';

const lookEveryMs = 2_000;
/** The status of a check is published once a minute, in one region. */
const statusRegion = 'us-east-1';
const minuteMs = 60_000;

/**
 * What MiniStack's Route 53 lacks: it keeps zones, records and checks, and neither evaluates a check nor answers a question.
 * Everything is read over the wire — records, checks, the alarms as they are when a check is made, metric data, vote objects —
 * and evaluated by the simulator's Route 53, which the live world stands on, too.
 */
export class Route53DataPlane {
  readonly answer: AnswerDns;
  readonly #context: StageContext;
  readonly #zoneId: string;
  readonly #wire: Route53Wire;
  readonly #route53 = new Route53();
  readonly #known = new Set<string>();
  readonly #calculated = new Set<string>();
  readonly #statistics: { region: string; alarm: MetricAlarm; values: Map<number, number> }[] = [];
  readonly #objects: { host: string; path: string; searched: string; found: boolean }[] = [];
  readonly #moving = new Set<string>();
  readonly #published = new Map<string, number>();
  readonly #stop = new AbortController();
  #sets: RecordSet[] = [];
  #looking: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(context: StageContext, zone: { id: string; name: string }) {
    this.#context = context;
    this.#zoneId = zone.id;
    this.#wire = new Route53Wire(context);
    this.answer = zoneAnswers({
      zones: [zone.name],
      names: new Map(),
      moving: this.#moving,
      route53: this.#route53,
      ipv6: false,
      now: () => context.clock.now(),
      random: Math.random,
      faultOf: () => null,
    });
  }

  start(): void {
    this.#looking = this.#lookOn().catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** Ends the looking; throws what ended it before. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #lookOn(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#look();
      await this.#context.clock.sleep(lookEveryMs, this.#stop.signal);
    }
  }

  async #look(): Promise<void> {
    const now = this.#context.clock.now();
    for (const each of this.#statistics) each.values = await this.#wire.statistics(each.region, each.alarm, now);
    for (const each of this.#objects) each.found = (await this.#wire.object(each.host, each.path))?.includes(each.searched) ?? false;
    this.#route53.advance(now);
    const checks = await this.#wire.healthChecks();
    for (const check of checks.filter(({ HealthCheckConfig }) => HealthCheckConfig?.Type !== 'CALCULATED'))
      await this.#learnChild(check, now);
    for (const check of checks.filter(({ HealthCheckConfig }) => HealthCheckConfig?.Type === 'CALCULATED'))
      this.#learnCalculated(check, now);
    this.#learnRecords(await this.#wire.addressSets(this.#zoneId), now);
    for (const id of this.#calculated) await this.#publish(id, now);
  }

  async #learnChild({ Id = '', HealthCheckConfig: config }: HealthCheck, now: number): Promise<void> {
    if (this.#known.has(Id)) return;
    this.#known.add(Id);
    if (config?.Type === 'CLOUDWATCH_METRIC') {
      const { Name = '', Region = statusRegion } = config.AlarmIdentifier ?? {};
      // Route 53 copies the alarm when the check is made, and does not follow it later.
      const alarm = await this.#wire.alarm(Region, Name);
      const seen = { region: Region, alarm, values: new Map<number, number>() };
      this.#statistics.push(seen);
      demand(
        this.#route53.createLeaf(
          metricCheckOf(Id, alarm, config.InsufficientDataHealthStatus, now, (at) => seen.values.get(at)),
          now,
        ),
      );
      return;
    }
    if (config?.Type !== 'HTTPS_STR_MATCH') throw new Error(`health check ${Id} is of type ${config?.Type}, which nothing here evaluates`);
    const object = {
      host: config.FullyQualifiedDomainName ?? '',
      path: config.ResourcePath ?? '',
      searched: config.SearchString ?? '',
      found: false,
    };
    this.#objects.push(object);
    const { FailureThreshold: failureThreshold = 3, Inverted: inverted = false, RequestInterval } = config;
    const intervalSeconds = RequestInterval === 10 ? 10 : 30;
    demand(
      this.#route53.createLeaf(
        endpointCheck({ id: Id, intervalSeconds, failureThreshold, inverted, createdAt: now, look: () => object.found }),
        now,
      ),
    );
  }

  #learnCalculated({ Id = '', HealthCheckConfig: config }: HealthCheck, now: number): void {
    if (this.#known.has(Id)) return;
    this.#known.add(Id);
    this.#calculated.add(Id);
    demand(
      this.#route53.createCalculated({ id: Id, threshold: config?.HealthThreshold ?? 0, children: config?.ChildHealthChecks ?? [] }, now),
    );
  }

  #learnRecords(found: readonly ResourceRecordSet[], now: number): void {
    const sets = found.map(setOf);
    if (JSON.stringify(sets) === JSON.stringify(this.#sets)) return;
    const gone = this.#sets.map((set) => ({ action: 'DELETE' as const, set }));
    demand(this.#route53.changeRecordSets([...gone, ...sets.map((set) => ({ action: 'CREATE' as const, set }))], now));
    this.#sets = sets;
    this.#moving.clear();
    for (const { name } of sets) this.#moving.add(name);
  }

  /**
   * Once a minute, from the first time that the check is healthy: an inverted one starts as unhealthy. That first status is published
   * for three minutes back, since nobody waits for them in this suite.
   */
  async #publish(id: string, now: number): Promise<void> {
    const minute = Math.floor(now / minuteMs) * minuteMs;
    const last = this.#published.get(id);
    if (last === minute || (last === undefined && !this.#route53.healthy(id))) return;
    this.#published.set(id, minute);
    const minutes = last === undefined ? [3, 2, 1, 0].map((back) => minute - back * minuteMs) : [minute];
    await this.#wire.client(statusRegion).send(
      new PutMetricDataCommand({
        Namespace: 'AWS/Route53',
        MetricData: minutes.map((at) => ({
          MetricName: 'HealthCheckStatus',
          Dimensions: [{ Name: 'HealthCheckId', Value: id }],
          Timestamp: new Date(at),
          Value: this.#route53.healthy(id) ? 1 : 0,
        })),
      }),
    );
  }
}

function metricCheckOf(
  id: string,
  alarm: MetricAlarm,
  insufficient: string | undefined,
  createdAt: number,
  valueAt: (at: number) => number | undefined,
) {
  const { Threshold = 1, ComparisonOperator, TreatMissingData, EvaluationPeriods = 1, Period: periodSeconds = 60 } = alarm;
  if (ComparisonOperator !== 'GreaterThanOrEqualToThreshold') throw new Error(`alarm ${alarm.AlarmName} compares by ${ComparisonOperator}`);
  const silenceCounts = TreatMissingData === 'breaching';
  return metricCheck({
    id,
    periodSeconds,
    rule: {
      evaluationPeriods: EvaluationPeriods,
      datapointsToAlarm: alarm.DatapointsToAlarm ?? EvaluationPeriods,
      evaluationRange: silenceCounts ? EvaluationPeriods : EvaluationPeriods + 2,
      treatMissingData: silenceCounts ? 'breaching' : 'ignore',
    },
    insufficientData: insufficient === 'Unhealthy' || insufficient === 'Healthy' ? insufficient : 'LastKnownStatus',
    createdAt,
    statistic: (periodStart) => valueAt(periodStart) ?? null,
    breaches: (value) => value >= Threshold,
  });
}

function setOf(set: ResourceRecordSet): RecordSet {
  const { Name = '', SetIdentifier = '', TTL = 60, ResourceRecords = [], HealthCheckId } = set;
  return {
    name: Name.replace(/\.$/, ''),
    type: 'A',
    setId: SetIdentifier,
    region: SetIdentifier,
    routing: routingOf(set),
    target: { values: ResourceRecords.map(({ Value = '' }) => Value) },
    ttlSeconds: TTL,
    ...(HealthCheckId !== undefined && { checkId: HealthCheckId }),
  };
}

function routingOf({ Name, Weight }: ResourceRecordSet): Routing {
  if (Weight === undefined) throw new Error(`${Name} is not weighted, as all records of this suite are`);
  return { kind: 'weighted', weight: Weight };
}

function demand(result: Result<void>): void {
  if (!result.ok) throw new Error(`the emulator holds what Route 53 would refuse: ${result.reason}`);
}
