import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Config } from '../../core/config/schema.ts';
import { createEvenkeelStacks } from '../stacks/evenkeel-stacks.ts';

export interface Counted {
  alarms: number;
  /** Alarms over votes: they belong to the traffic groups. */
  voteAlarms: number;
  dashboards: number;
  keys: number;
  healthChecks: number;
  /** HTTPS, string match and the quick interval are an option each. */
  healthCheckOptions: number;
  delayQueues: number;
}

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
}

/** Counts what the templates of a configuration make that costs by being there. */
export function countResources(config: Config): Counted {
  const stacks = createEvenkeelStacks(new App(), config, { voteSecret: 'only counted, and never deployed: a stand-in' });
  const all = [...stacks.data, ...stacks.regions, ...(stacks.traffic ? [stacks.traffic] : [])];
  const resources = all.flatMap((stack): Resource[] => Object.values(Template.fromStack(stack).toJSON().Resources));
  const of = (type: string) => resources.filter(({ Type }) => Type === type);
  const alarms = of('AWS::CloudWatch::Alarm');
  const checks = of('AWS::Route53::HealthCheck');
  const quick = checks.filter(({ Properties }) => JSON.stringify(Properties).includes('HTTPS_STR_MATCH'));
  return {
    alarms: alarms.length,
    voteAlarms: alarms.filter(({ Properties }) => Properties?.AlarmName !== undefined).length,
    dashboards: of('AWS::CloudWatch::Dashboard').length,
    keys: of('AWS::KMS::Key').length,
    healthChecks: checks.length,
    healthCheckOptions: quick.length * 3,
    delayQueues: of('AWS::SQS::Queue').filter(({ Properties }) => Properties?.DelaySeconds !== undefined).length,
  };
}
