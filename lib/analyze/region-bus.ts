import { Duration } from 'aws-cdk-lib';
import { CfnEventBus, EventBus, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { type FunctionName, messageRoutes } from '../../core/model/index.ts';
import { accountsOf, arnOf, namesOf, ownRolePatterns, pascal } from '../names.ts';

/** What adapters/aws/bus.ts sends as; a test holds the two against each other. */
export const eventSource = 'evenkeel';

export interface RegionBusProps {
  config: Config;
  region: string;
}

/**
 * The bus on which a region talks to itself and its peers talk to it. A forged event would be a forged vote: the policy takes
 * events of evenkeel's own roles, and denies everybody else, the account's administrators included.
 */
export class RegionBus extends Construct {
  readonly bus: IEventBus;
  /** The rule that hears each peer; how often it runs is that peer's heartbeat. */
  readonly heard: Record<string, Rule> = {};

  constructor(scope: Construct, id: string, props: RegionBusProps) {
    super(scope, id);
    const { config, region } = props;
    const name = namesOf(config).bus;
    const resource = new CfnEventBus(this, 'Bus', {
      // Peers send to it by name.
      name,
      description: 'What evenkeel regions tell each other.',
      policy: busPolicy(config, arnOf(config, 'events', region, `event-bus/${name}`)),
    });
    this.bus = EventBus.fromEventBusName(this, 'ByName', resource.ref);
  }

  /** One rule for each function, and one for each peer's observations. */
  route(props: RegionBusProps & { functions: Record<FunctionName, IFunction>; deadLetters: IQueue }): void {
    const { config, region, functions, deadLetters } = props;
    for (const [name, types] of routes()) {
      const others = types.filter((type) => type !== 'Observation');
      this.#rule(`To${pascal(name)}`, `What ${name} handles.`, { detailType: others }, functions[name], deadLetters);
      if (others.length === types.length) continue;
      for (const { name: peer } of config.regions) {
        if (peer === region) continue;
        const pattern = { detailType: ['Observation'], detail: { from: [peer] } };
        this.heard[peer] = this.#rule(`Observed${pascal(peer)}`, `What ${peer} sees.`, pattern, functions[name], deadLetters);
      }
    }
  }

  #rule(id: string, description: string, pattern: object, target: IFunction, deadLetterQueue: IQueue): Rule {
    return new Rule(this, id, {
      description,
      eventBus: this.bus,
      eventPattern: { source: [eventSource], ...pattern },
      targets: [new LambdaFunction(target, { deadLetterQueue, retryAttempts: 4, maxEventAge: Duration.hours(1) })],
    });
  }
}

function routes(): [FunctionName, string[]][] {
  // Object.entries forgets the keys' type.
  return Object.entries(messageRoutes).map(([name, types]) => [name as FunctionName, [...(types ?? [])]]);
}

function busPolicy(config: Config, busArn: string): PolicyDocument {
  const roles = ownRolePatterns(config);
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'OwnRolesMaySpeak',
        effect: Effect.ALLOW,
        principals: accountsOf(config).map((account) => new AccountPrincipal(account)),
        actions: ['events:PutEvents'],
        resources: [busArn],
        conditions: { ArnLike: { 'aws:PrincipalArn': roles } },
      }),
      new PolicyStatement({
        sid: 'NobodyElseMay',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['events:PutEvents'],
        resources: [busArn],
        conditions: { ArnNotLike: { 'aws:PrincipalArn': roles } },
      }),
    ],
  });
}
