import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { regionNames, regionsOfGroup } from '../../core/config/derive.ts';
import type { Config, TrafficGroup } from '../../core/config/schema.ts';
import { type VoteChild, voteChildren } from '../../core/config/votes.ts';
import { namesOf, pascal, shortHash, voteNamespace } from '../names.ts';

/** The metric that adapters/aws/vote-carriers.ts publishes; a test holds the two against each other. */
export const voteMetric = { name: 'DrainVote', statistic: 'Maximum', periodSeconds: 60 } as const;

/** Everything that an alarm over a vote is made of. */
export interface VoteAlarm {
  /** Holds a hash of the rest: Route 53 copies an alarm when the check is made, and never looks again. */
  name: string;
  group: string;
  subject: string;
  child: VoteChild;
  treatMissingData: TreatMissingData;
}

/** One alarm for each child that goes by metric: every vote of such groups, and every heartbeat (with two regions). */
export function voteAlarmsOf(config: Config): VoteAlarm[] {
  return config.trafficGroups.flatMap((group) =>
    regionsOfGroup(config, group.name).flatMap((subject) =>
      voteChildren(regionNames(config), subject)
        .filter((child) => goesByMetric(group, child))
        .map((child) => voteAlarm(config, group.name, subject, child)),
    ),
  );
}

export function goesByMetric(group: TrafficGroup, child: VoteChild): boolean {
  return group.carrier === 'metric' || child.kind === 'heartbeat';
}

export function voteAlarm(config: Config, group: string, subject: string, child: VoteChild): VoteAlarm {
  // A silent voter has not voted; a silent heart has stopped.
  const treatMissingData = child.kind === 'vote' ? TreatMissingData.IGNORE : TreatMissingData.BREACHING;
  const hash = shortHash({ ...voteMetric, namespace: voteNamespace(config, child.voter), group, subject, child, treatMissingData });
  return { name: `${namesOf(config).base}-${child.kind}-${group}-${subject}-${hash}`, group, subject, child, treatMissingData };
}

/** The alarms over the votes that `region` casts: they stand in the voter's region, beside its metric. */
export class VoteAlarms extends Construct {
  constructor(scope: Construct, id: string, { config, region }: { config: Config; region: string }) {
    super(scope, id);
    for (const alarm of voteAlarmsOf(config).filter(({ child }) => child.voter === region)) {
      new Alarm(this, pascal(`${alarm.child.kind}-${alarm.group}-${alarm.subject}`), {
        alarmName: alarm.name,
        alarmDescription: `${region} ${alarm.child.kind === 'vote' ? 'votes to drain' : 'does not hear its own heart for'} ${alarm.subject} of ${alarm.group}.`,
        metric: new Metric({
          namespace: voteNamespace(config, region),
          metricName: voteMetric.name,
          dimensionsMap: { group: alarm.group, subject: alarm.subject, voter: region },
          statistic: Stats.MAXIMUM,
          period: Duration.seconds(voteMetric.periodSeconds),
        }),
        threshold: 1,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: 1,
        datapointsToAlarm: 1,
        treatMissingData: alarm.treatMissingData,
      });
    }
  }
}
