import { regionsOfGroup } from '../../core/config/derive.ts';
import type { Config, TrafficGroup } from '../../core/config/schema.ts';
import { healthThreshold, voteChildren } from '../../core/config/votes.ts';
import type { Result, TimelineEntry } from '../../core/model/index.ts';
import { endpointCheck, metricCheck, type RecordSet, type Route53, type Routing, type StatusChange } from './route53.ts';

/** What the children of the calculated checks look at; each carrier knows how its votes and heartbeats travel. */
export interface VoteCarriers {
  /** Whether the voter's object can be fetched at `at` and says drain; unreachable reads as no vote. */
  objectDrains(ballot: Ballot, at: number): boolean;
  /** Maximum of the vote metric in the period that began at `periodStart`, as far as it had arrived by `at`: 1 is drain, null no datum. */
  metricVote(ballot: Ballot, periodStart: number, at: number): number | null;
  /** Maximum of the region's heartbeat for a group, as above. */
  heartbeat(region: string, group: string, periodStart: number, at: number): number | null;
}

/** One voter's vote on one region (`subject`) of a group. */
export interface Ballot {
  voter: string;
  group: string;
  subject: string;
}

/** Periods looked back for when newer data are missing. */
const evaluationRange = 3;

export function regionCheckId(group: string, region: string): string {
  return `${group}/${region}`;
}

/** What the timeline says of a check that changed: a region's own check moves the answers, a child's moves only the count. */
export function statusEntry({ check, healthy }: StatusChange): Omit<TimelineEntry, 'seq' | 'at'> {
  const [group = '', region = ''] = check.split('/');
  const isRegion = check === regionCheckId(group, region);
  return {
    region,
    kind: isRegion ? 'AnswersChanged' : 'CheckChanged',
    subject: `group:${group}/${region}`,
    data: { check, healthy },
    reason: isRegion
      ? `answers for ${group} ${healthy ? 'name' : 'no longer name'} ${region}`
      : `the check ${check} is ${healthy ? 'healthy' : 'unhealthy'}`,
  };
}

/** Everything that a deploy prepares for one traffic group: children, calculated checks, record sets. Throws when Route 53 refuses. */
export function provisionTrafficGroup(route53: Route53, group: TrafficGroup, config: Config, carriers: VoteCarriers, at: number): void {
  const voters = config.regions.map((region) => region.name);
  const grouped = regionsOfGroup(config, group.name);
  const checked = voters.length > 1;
  for (const subject of grouped) if (checked) provisionChecks(route53, group, subject, voters, carriers, at);
  const sets = grouped.flatMap((region) => recordSetsOf(group, region, checked));
  demand(
    route53.changeRecordSets(
      sets.map((set) => ({ action: 'CREATE', set })),
      at,
    ),
  );
}

/** Seconds that a new inverted check needs until it may be attached. */
const settleSeconds = 180;

function provisionChecks(
  route53: Route53,
  group: TrafficGroup,
  subject: string,
  voters: string[],
  carriers: VoteCarriers,
  at: number,
): void {
  const createdAt = at - settleSeconds * 1000;
  const children = voteChildren(voters, subject).map((child) => {
    const id = `${regionCheckId(group.name, subject)}/${child.kind}/${child.voter}`;
    const leaf =
      child.kind === 'vote'
        ? voteCheck(id, { voter: child.voter, group: group.name, subject }, group.carrier, carriers, createdAt)
        : heartbeatCheck(id, subject, group.name, carriers, createdAt);
    demand(route53.createLeaf(leaf, at));
    return id;
  });
  route53.advance(at);
  const threshold = group.healthThreshold ?? healthThreshold(voters.length);
  demand(route53.createCalculated({ id: regionCheckId(group.name, subject), threshold, children }, at));
}

function voteCheck(id: string, ballot: Ballot, carrier: TrafficGroup['carrier'], carriers: VoteCarriers, createdAt: number) {
  if (carrier === 'object')
    return endpointCheck({
      id,
      intervalSeconds: 10,
      failureThreshold: 3,
      inverted: true,
      createdAt,
      look: (at) => carriers.objectDrains(ballot, at),
    });
  return metricCheck({
    id,
    periodSeconds: 60,
    rule: { evaluationPeriods: 1, datapointsToAlarm: 1, evaluationRange, treatMissingData: 'ignore' },
    insufficientData: 'LastKnownStatus',
    createdAt,
    statistic: (periodStart, at) => carriers.metricVote(ballot, periodStart, at),
    breaches: (value) => value >= 1,
  });
}

/** With two regions the own heartbeat is the second child: silence counts as unhealthy. */
function heartbeatCheck(id: string, region: string, group: string, carriers: VoteCarriers, createdAt: number) {
  return metricCheck({
    id,
    periodSeconds: 60,
    rule: { evaluationPeriods: 1, datapointsToAlarm: 1, evaluationRange: 1, treatMissingData: 'breaching' },
    insufficientData: 'Unhealthy',
    createdAt,
    statistic: (periodStart, at) => carriers.heartbeat(region, group, periodStart, at),
    breaches: (value) => value < 1,
  });
}

function recordSetsOf(group: TrafficGroup, region: string, checked: boolean): RecordSet[] {
  return group.records.flatMap((record) => {
    const regional = record.regions[region];
    if (regional === undefined) return [];
    return [
      {
        name: record.name,
        type: record.type,
        setId: region,
        region,
        routing: routingOf(record.routing, regional),
        target:
          regional.alias === undefined
            ? { values: regional.values ?? [] }
            : { alias: regional.alias.dnsName, evaluateTargetHealth: false as const },
        ttlSeconds: group.ttlSeconds,
        ...(checked ? { checkId: regionCheckId(group.name, region) } : {}),
      },
    ];
  });
}

function routingOf(
  kind: TrafficGroup['records'][number]['routing'],
  regional: { weight?: number | undefined; role?: 'primary' | 'secondary' | undefined },
): Routing {
  if (kind === 'weighted') return { kind, weight: regional.weight ?? 1 };
  if (kind === 'failover') return { kind, role: regional.role ?? 'secondary' };
  return { kind };
}

function demand(result: Result<void>): void {
  if (!result.ok) throw new Error(`cannot prepare the traffic group: ${result.reason}`);
}
