import { Duration, Stack, Token } from 'aws-cdk-lib';
import { type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { parseConfig } from '../../core/config/parse-config.ts';
import type { Config, ConfigInput, Mode } from '../../core/config/schema.ts';
import { pauseSwitch, storeKey } from '../../core/model/index.ts';
import { eventSource } from '../analyze/region-bus.ts';
import { namesOf } from '../names.ts';
import { EvenkeelRegion } from '../regional/evenkeel-region.ts';
import { RegionData } from '../regional/region-data.ts';
import type { Endpoint } from './endpoint.ts';
import type { Remediation } from './remediation.ts';
import type { ServiceTarget } from './service-target.ts';

export interface SelfHealingServiceProps {
  /** What runs, and is healed. */
  target: ServiceTarget;
  /** What is probed. */
  endpoint: Endpoint | Endpoint[];
  /**
   * What may be done about it.
   * @default - nothing: it is watched, and people are told
   */
  remediations?: Remediation[];
  /**
   * `observe` decides and records, `approve` asks a person first, `act` acts.
   * @default 'observe'
   */
  mode?: Mode;
  /**
   * Name of the service, in lower case with dashes; unique among the evenkeels of the account.
   * @default - the construct's id
   */
  serviceName?: string;
  /**
   * 1 is what the business stands on, 3 what it could do without for a day.
   * @default 2
   */
  tier?: 1 | 2 | 3;
  /**
   * Who owns it; an e-mail address is written to.
   * @default - the service's name
   */
  owner?: string;
  /**
   * E-mail addresses of those who are woken.
   * @default - nobody
   */
  page?: string[];
}

/**
 * One service of one region that is watched and healed there: probes, analysis, machines, table, bus and topic in this stack.
 * For several regions, traffic between them and one file for all of it, use the application (`evenkeel.config.ts`).
 */
export class SelfHealingService extends Construct {
  readonly config: Config;
  readonly #data: RegionData;
  readonly #region: EvenkeelRegion;

  constructor(scope: Construct, id: string, props: SelfHealingServiceProps) {
    super(scope, id);
    const { target, endpoint, remediations = [] } = props;
    const { region } = Stack.of(this);
    if (Token.isUnresolved(region)) throw new Error('evenkeel needs a stack with a known region: give the stack env.region');
    if (!Token.isUnresolved(target.region) && target.region !== region)
      throw new Error(`${id} is in ${region}, its target in ${target.region}`);
    const settings = { mode: 'observe', tier: 2, serviceName: id.toLowerCase(), ...props } as const;
    const actions = [...new Set(remediations.map(({ action }) => action)), 'notify', 'page', 'wait'] as const;
    const allowed = { tier1: [...actions], tier2: [...actions], tier3: [...actions] };
    this.config = checked(id, {
      name: settings.serviceName,
      mode: settings.mode,
      regions: [{ name: region }],
      awsEndpoints: [],
      services: [
        {
          name: settings.serviceName,
          tier: settings.tier,
          owner: settings.owner ?? settings.serviceName,
          endpoints: [endpoint].flat().map((each, index) => each.toConfig(index)),
          deployments: { [region]: target.deployment },
        },
      ],
      policies: { allowedActions: { critical: allowed, warning: allowed } },
      notifications: { page: { emails: settings.page ?? [] } },
    });
    this.#data = new RegionData(this, 'Data', { config: this.config, region });
    this.#region = new EvenkeelRegion(this, 'Region', { config: this.config, region, data: this.#data });
  }

  /** Share of the probes that pass, in percent. */
  metricProbeSuccess(): IMetric {
    const [{ name: region } = { name: '' }] = this.config.regions;
    const [service] = this.config.services;
    return new Metric({
      namespace: namesOf(this.config).metricNamespace,
      metricName: 'ProbeSuccess',
      dimensionsMap: { Application: this.config.name, Service: service?.name ?? '', Vantage: region },
      statistic: 'Average',
      period: Duration.minutes(1),
    });
  }

  /** Has the target hear of every incident that opens or changes. */
  onIncident(id: string, target: IRuleTarget): Rule {
    return new Rule(this, id, {
      eventBus: this.#region.bus,
      eventPattern: { source: [eventSource], detailType: ['IncidentOpened', 'IncidentChanged'] },
      targets: [target],
    });
  }

  /** Lets somebody set and lift the switch that keeps evenkeel from starting anything here; undo goes on. */
  grantPause(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      resourceArns: [this.#data.table.tableArn],
      conditions: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [storeKey.switch(pauseSwitch)] } },
    });
  }
}

/** The configuration, or an error that lists everything wrong with it. */
export function checked(id: string, input: ConfigInput): Config {
  const parsed = parseConfig(input);
  if (parsed.ok) return parsed.config;
  const problems = parsed.problems.map(({ path, received, message, remedy }) => `${path}: received ${received}; ${message}. ${remedy}`);
  throw new Error(`${id} cannot be made:\n${problems.join('\n')}`);
}
