import { CfnOutput } from 'aws-cdk-lib';
import { CfnHealthCheck } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { regionNames, regionsOfGroup } from '../../core/config/derive.ts';
import type { Config, TrafficGroup } from '../../core/config/schema.ts';
import { healthThreshold, type VoteChild, voteChildren } from '../../core/config/votes.ts';
import { namesOf, pascal, shortHash } from '../names.ts';
import { goesByMetric, voteAlarm } from '../vote/vote-alarms.ts';
import { voteHost, voteObjectsOf } from '../vote/vote-objects.ts';

export interface VoteChecksProps {
  config: Config;
  group: TrafficGroup;
  /**
   * Where the keys and bodies of vote objects come from.
   * @default - none: the group votes by metric
   */
  voteSecret?: string;
}

/**
 * The health checks of one traffic group: for each of its regions one child per voter, and one calculated check over them that
 * the group's records hang on. Nothing here is attached to a record: `npm run deploy` does that once they have been healthy.
 */
export class VoteChecks extends Construct {
  /** Id of the calculated check by region. */
  readonly checkIds: Record<string, string> = {};

  constructor(scope: Construct, id: string, props: VoteChecksProps) {
    super(scope, id);
    const { config, group } = props;
    const regions = regionNames(config);
    for (const subject of regionsOfGroup(config, group.name)) {
      const children = voteChildren(regions, subject);
      const threshold = thresholdOf(config, group, children.length);
      const ids = children.map((child) => this.#child(props, subject, child).attrHealthCheckId);
      const calculated = new CfnHealthCheck(this, pascal(subject), {
        healthCheckConfig: { type: 'CALCULATED', childHealthChecks: ids, healthThreshold: threshold },
        healthCheckTags: [{ key: 'Name', value: `${namesOf(config).base} ${group.name} ${subject}` }],
      });
      this.checkIds[subject] = calculated.attrHealthCheckId;
      new CfnOutput(this, `Check${pascal(subject)}`, {
        description: `Health check for the records of ${group.name} that answer with ${subject}.`,
        value: calculated.attrHealthCheckId,
      });
    }
  }

  #child({ config, group, voteSecret }: VoteChecksProps, subject: string, child: VoteChild): CfnHealthCheck {
    const { voter } = child;
    if (goesByMetric(group, child)) {
      const alarm = voteAlarm(config, group.name, subject, child);
      // The hash in the alarm's name is in the id, too: a changed alarm is a new check, made before the old one goes.
      return new CfnHealthCheck(this, pascal(`${child.kind}-${subject}-by-${voter}-${shortHash(alarm.name)}`), {
        healthCheckConfig: {
          type: 'CLOUDWATCH_METRIC',
          alarmIdentifier: { name: alarm.name, region: voter },
          insufficientDataHealthStatus: child.kind === 'vote' ? 'LastKnownStatus' : 'Unhealthy',
        },
      });
    }
    const votes = voteObjectsOf(config, voter, voteSecret);
    const object = votes.objects[`${group.name}/${subject}`];
    if (object === undefined) throw new Error(`${voter} has no vote object for ${group.name}/${subject}`);
    return new CfnHealthCheck(this, pascal(`vote-${subject}-by-${voter}-${shortHash(object)}`), {
      healthCheckConfig: {
        // Inverted: healthy while the body is not there, so a dead voter reads as no vote.
        type: 'HTTPS_STR_MATCH',
        inverted: true,
        fullyQualifiedDomainName: voteHost(votes.bucketName, voter),
        resourcePath: `/${object.key}`,
        searchString: object.body,
        port: 443,
        enableSni: true,
        requestInterval: 10,
        failureThreshold: 1,
      },
    });
  }
}

/** Throws unless 1 ≤ threshold ≤ children: with 0 a region could never be drained, with more it always is. */
export function thresholdOf(config: Config, group: TrafficGroup, children: number): number {
  const threshold = group.healthThreshold ?? healthThreshold(config.regions.length);
  if (threshold < 1 || threshold > children) {
    throw new Error(
      `traffic group ${group.name} has a health threshold of ${threshold}; it must be between 1 and its ${children} children`,
    );
  }
  return threshold;
}
