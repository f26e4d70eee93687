import { Duration } from 'aws-cdk-lib';
import { type IEventBus, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Config } from '../../core/config/schema.ts';
import { RegionBus } from '../analyze/region-bus.ts';
import { type MachineName, machineNames } from '../execute/machine-kinds.ts';
import { machineActions, RemediationMachine } from '../execute/remediation-machine.ts';
import { RegionFunctions } from '../functions/region-functions.ts';
import { namesOf, otherAccountsOf, ownRolePatterns, pascal } from '../names.ts';
import { RegionDashboard } from '../observability/region-dashboard.ts';
import { SelfWatch } from '../observability/self-watch.ts';
import { createMachineBoundary } from '../permissions/boundary.ts';
import { OutsideTriggers } from '../probe/outside-triggers.ts';
import { SlotQueues } from '../probe/slot-queues.ts';
import { VoteAlarms } from '../vote/vote-alarms.ts';
import { VoteObjectBucket, voteObjectsOf, votesByObject } from '../vote/vote-objects.ts';
import { OperatorRole } from './operator-role.ts';
import type { RegionData } from './region-data.ts';

export interface EvenkeelRegionProps {
  config: Config;
  region: string;
  data: RegionData;
  /**
   * Where the keys and bodies of vote objects come from.
   * @default - none: every group votes by metric
   */
  voteSecret?: string;
}

/** Everything that one region runs: it shares nothing with the others and needs none of them. */
export class EvenkeelRegion extends Construct {
  /** Where people are told. */
  readonly topic: Topic;
  /** What the regions tell each other: incidents and outcomes among it. */
  readonly bus: IEventBus;

  constructor(scope: Construct, id: string, { config, region, data, voteSecret }: EvenkeelRegionProps) {
    super(scope, id);
    const deadLetters = this.#deadLetters();
    this.topic = this.#people(config, region, data);
    const slots = new SlotQueues(this, 'Slots', deadLetters);
    const inside = config.regions.find(({ name }) => name === region)?.vpcProbe;
    const vpcSlots = inside === undefined ? undefined : new SlotQueues(this, 'VpcSlots', deadLetters);
    const { table } = data;
    const functions = new RegionFunctions(this, 'Functions', {
      config,
      region,
      tableArn: table.tableArn,
      deadLetters,
      slotQueues: slots.queues,
      vpcSlotQueues: vpcSlots?.queues ?? [],
      votes: this.#votes(config, region, voteSecret),
    });
    const { aliases } = functions;
    new OperatorRole(this, 'Operator', { config, region, tableArn: table.tableArn, boundary: functions.boundary });
    slots.feed(aliases.probe);
    if (functions.vpcProbe !== undefined) vpcSlots?.feed(functions.vpcProbe);
    new OutsideTriggers(this, 'Outside', { config, region, probe: aliases.probe, analyze: aliases.analyze, deadLetters });
    if (hasReceivers(config)) this.topic.addSubscription(new LambdaSubscription(aliases.notify, { deadLetterQueue: deadLetters }));
    const bus = new RegionBus(this, 'Bus', { config, region });
    this.bus = bus.bus;
    bus.route({ config, region, functions: aliases, deadLetters });
    // At most five targets fit a rule: these are the five.
    new Rule(this, 'EveryMinute', {
      description: 'Has standing votes published again, alerts and releases watched, and runs that nobody holds swept up.',
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [aliases.vote, aliases.analyze, aliases.sweep, aliases.plan, aliases.learn].map(
        (alias) =>
          new LambdaFunction(alias, {
            event: RuleTargetInput.fromObject({ operation: 'minute' }),
            retryAttempts: 0,
            maxEventAge: Duration.seconds(60),
          }),
      ),
    });
    const machineBoundary = createMachineBoundary(this, machineActions);
    const machines = machineNames.map((machine): [MachineName, RemediationMachine] => [
      machine,
      new RemediationMachine(this, `${pascal(machine)}Machine`, { config, region, machine, functions: aliases, boundary: machineBoundary }),
    ]);
    new VoteAlarms(this, 'VoteAlarms', { config, region });
    new SelfWatch(this, 'SelfWatch', {
      busName: namesOf(config).bus,
      heard: bus.heard,
      machines: machines.map(([, { failed }]) => failed),
      deadLetters,
      topic: this.topic,
    });
    new RegionDashboard(this, 'Overview', {
      config,
      region,
      functions: aliases,
      machines: Object.fromEntries(machines.map(([name, { stateMachine }]) => [name, stateMachine])),
    });
  }

  #deadLetters(): Queue {
    return new Queue(this, 'DeadLetters', {
      retentionPeriod: Duration.days(14),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
    });
  }

  #people(config: Config, region: string, { key }: RegionData): Topic {
    const topic = new Topic(this, 'People', {
      // Peers page through it when their own region cannot.
      topicName: namesOf(config).topic,
      displayName: `evenkeel ${config.name}`,
      masterKey: key,
      enforceSSL: true,
    });
    const accounts = otherAccountsOf(config, region);
    if (accounts.length > 0)
      topic.addToResourcePolicy(
        new PolicyStatement({
          sid: 'PeersPageFromOtherAccounts',
          principals: accounts.map((account) => new AccountPrincipal(account)),
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
          conditions: { ArnLike: { 'aws:PrincipalArn': ownRolePatterns(config) } },
        }),
      );
    const { page, notify } = config.notifications;
    for (const email of new Set([...page.emails, ...notify.emails])) topic.addSubscription(new EmailSubscription(email));
    return topic;
  }

  #votes(config: Config, region: string, secret: string | undefined) {
    if (!votesByObject(config)) return null;
    const votes = voteObjectsOf(config, region, secret);
    const { bucket } = new VoteObjectBucket(this, 'Votes', votes);
    return { ...votes, bucketArn: bucket.bucketArn };
  }
}

/** Topics and webhooks of the configuration are told by the function that our own topic delivers to. */
function hasReceivers({ notifications: { page, notify } }: Config): boolean {
  return [page, notify].some(({ topics, webhooks }) => topics.length + webhooks.length > 0);
}
