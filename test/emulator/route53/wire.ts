import { CloudWatchClient, DescribeAlarmsCommand, GetMetricStatisticsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import {
  type HealthCheck,
  ListHealthChecksCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { emulatorClient } from '../client-settings.ts';
import type { StageContext } from '../context.ts';

const lookBackMs = 600_000;
const pageMax = 300;

/** What Route 53's data plane knows of the world, read from the emulator with plain clients. */
export class Route53Wire {
  readonly #endpoint: string;
  readonly #route53: Route53Client;
  readonly #cloudWatch = new Map<string, CloudWatchClient>();

  constructor({ emulator, regions }: StageContext) {
    this.#endpoint = emulator.endpoint;
    this.#route53 = new Route53Client(emulatorClient(emulator.endpoint, regions[0]));
  }

  async healthChecks(): Promise<HealthCheck[]> {
    const { HealthChecks = [] } = await this.#route53.send(new ListHealthChecksCommand({ MaxItems: pageMax }));
    return HealthChecks;
  }

  /** The A records of the zone. */
  async addressSets(zoneId: string): Promise<ResourceRecordSet[]> {
    const { ResourceRecordSets = [] } = await this.#route53.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, MaxItems: pageMax }),
    );
    return ResourceRecordSets.filter(({ Type }) => Type === 'A');
  }

  async alarm(region: string, name: string): Promise<MetricAlarm> {
    const { MetricAlarms: [alarm] = [] } = await this.client(region).send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
    if (alarm === undefined) throw new Error(`a health check watches the alarm ${name} in ${region}, which is not there`);
    return alarm;
  }

  /** The alarm's statistic by the start of its period (epoch ms), as far as it has arrived. */
  async statistics(region: string, alarm: MetricAlarm, now: number): Promise<Map<number, number>> {
    const { Statistic = 'Maximum', Period = 60 } = alarm;
    const { Datapoints = [] } = await this.client(region).send(
      new GetMetricStatisticsCommand({
        Namespace: alarm.Namespace,
        MetricName: alarm.MetricName,
        Dimensions: alarm.Dimensions,
        StartTime: new Date(Math.floor((now - lookBackMs) / (Period * 1000)) * Period * 1000),
        EndTime: new Date(now + lookBackMs),
        Period,
        Statistics: [Statistic],
      }),
    );
    const values = new Map<number, number>();
    for (const { Timestamp, [Statistic]: value } of Datapoints) {
      const start = Math.floor((Timestamp?.getTime() ?? 0) / (Period * 1000)) * Period * 1000;
      if (typeof value === 'number') values.set(start, Math.max(value, values.get(start) ?? Number.NEGATIVE_INFINITY));
    }
    return values;
  }

  /** The body at a bucket's own address, asked as a checker asks: without credentials. Null: not there. */
  async object(host: string, path: string): Promise<string | null> {
    const [bucket] = host.split('.');
    const response = await fetch(`${this.#endpoint}/${bucket}${path}`);
    return response.ok ? response.text() : null;
  }

  client(region: string): CloudWatchClient {
    const known = this.#cloudWatch.get(region) ?? new CloudWatchClient(emulatorClient(this.#endpoint, region));
    this.#cloudWatch.set(region, known);
    return known;
  }
}
