import { Duration, Stack, Token } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { namesOf } from '../names.ts';
import { EvenkeelRegion } from '../regional/evenkeel-region.ts';
import { RegionData } from '../regional/region-data.ts';
import type { Endpoint } from '../service/endpoint.ts';
import { checked } from '../service/self-healing-service.ts';

export interface RegionalProbeProps {
  /** What is probed from here. */
  endpoints: Endpoint[];
  /**
   * Name of what is probed, in lower case with dashes; unique among the evenkeels of the account.
   * @default - the construct's id
   */
  serviceName?: string;
  /**
   * E-mail addresses of those who are told.
   * @default - nobody
   */
  notify?: string[];
}

/** Watches endpoints from this stack's region, judges them and tells people. It has nothing to act on, and acts on nothing. */
export class RegionalProbe extends Construct {
  readonly config: Config;

  constructor(scope: Construct, id: string, props: RegionalProbeProps) {
    super(scope, id);
    const { region } = Stack.of(this);
    if (Token.isUnresolved(region)) throw new Error('evenkeel needs a stack with a known region: give the stack env.region');
    const name = props.serviceName ?? id.toLowerCase();
    this.config = checked(id, {
      name,
      mode: 'observe',
      regions: [{ name: region }],
      awsEndpoints: [],
      services: [{ name, tier: 3, owner: name, endpoints: props.endpoints.map((endpoint, index) => endpoint.toConfig(index)) }],
      notifications: { notify: { emails: props.notify ?? [] } },
    });
    const data = new RegionData(this, 'Data', { config: this.config, region });
    new EvenkeelRegion(this, 'Region', { config: this.config, region, data });
  }

  /** Share of the probes that pass, in percent: a value for each region that is looked at. */
  metricSuccess(): IMetric {
    const [{ name: vantage } = { name: '' }] = this.config.regions;
    return new Metric({
      namespace: namesOf(this.config).metricNamespace,
      metricName: 'ProbeSuccess',
      dimensionsMap: { Application: this.config.name, Service: this.config.name, Vantage: vantage },
      statistic: 'Average',
      period: Duration.minutes(1),
    });
  }
}
