import { Duration } from 'aws-cdk-lib';
import { Dashboard, GraphWidget, type IMetric, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { regionNames } from '../../core/config/derive.ts';
import type { Config } from '../../core/config/schema.ts';
import { namesOf, voteNamespace } from '../names.ts';
import { voteMetric } from '../vote/vote-alarms.ts';

export interface RegionDashboardProps {
  config: Config;
  region: string;
  functions: Record<string, IFunction>;
  machines: Record<string, StateMachine>;
}

/** What a region sees, how it votes, and how well it is itself: four rows of one dashboard. */
export class RegionDashboard extends Construct {
  constructor(scope: Construct, id: string, { config, region, functions, machines }: RegionDashboardProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, 'Dashboard', {
      dashboardName: `${namesOf(config).base}-${region}`,
      defaultInterval: Duration.hours(3),
    });
    for (const { name } of config.services) {
      const seen = [probeSuccess(config, name, region, 'Average'), probeSuccess(config, name, region, 'Minimum')];
      dashboard.addWidgets(graph(`${name}: probes from ${region} that pass, %`, seen, { min: 0, max: 100 }));
    }
    const votes = config.trafficGroups.flatMap((group) =>
      regionNames(config)
        .filter((subject) => subject !== region)
        .map((subject) => voteOf(config, group.name, subject, region)),
    );
    if (votes.length > 0) dashboard.addWidgets(graph(`Votes of ${region} to drain`, votes, { min: 0, max: 1 }));
    const all = Object.entries(functions);
    dashboard.addWidgets(
      graph(
        'Functions: errors',
        all.map(([label, alias]) => alias.metricErrors({ label })),
      ),
      graph(
        'Functions: duration p99, ms',
        all.map(([label, alias]) => alias.metricDuration({ label, statistic: 'p99' })),
      ),
    );
    const runs = Object.entries(machines);
    dashboard.addWidgets(
      graph(
        'Runs started',
        runs.map(([label, machine]) => machine.metricStarted({ label })),
      ),
      graph(
        'Runs failed unhandled',
        runs.map(([label, machine]) => machine.metricFailed({ label })),
      ),
    );
  }
}

function graph(title: string, left: IMetric[], leftYAxis?: { min: number; max: number }): GraphWidget {
  return new GraphWidget({ title, left, width: 12, ...(leftYAxis && { leftYAxis }) });
}

/** As core/probe/probe-slot.ts publishes it: a value for each region that is looked at, so that the least is the worst region. */
function probeSuccess(config: Config, service: string, vantage: string, statistic: 'Average' | 'Minimum'): Metric {
  return new Metric({
    namespace: namesOf(config).metricNamespace,
    metricName: 'ProbeSuccess',
    dimensionsMap: { Application: config.name, Service: service, Vantage: vantage },
    statistic,
    period: Duration.minutes(1),
    label: statistic === 'Average' ? 'all regions' : 'the worst region',
  });
}

function voteOf(config: Config, group: string, subject: string, voter: string): Metric {
  return new Metric({
    namespace: voteNamespace(config, voter),
    metricName: voteMetric.name,
    dimensionsMap: { group, subject, voter },
    statistic: voteMetric.statistic,
    period: Duration.seconds(voteMetric.periodSeconds),
    label: `${group}: ${subject}`,
  });
}
