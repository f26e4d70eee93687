import { failoverCandidates, regionsOfGroup, servicesOfGroup } from '../derive.ts';
import type { Config, TrafficGroup } from '../schema.ts';
import { childrenOf, healthCheckCount, healthThreshold, quorumOf } from '../votes.ts';
import { counted, duration, listed } from './wording.ts';

/** What happens when a region fails. */
export function failing(config: Config): string[] {
  const { failureCount, successCount } = config.thresholds;
  const regions = config.regions.length;
  const judged = `An endpoint is unhealthy after ${counted(failureCount, 'failure')} in a row and healthy again after ${counted(successCount, 'success')}.`;
  if (regions < 2) return [judged, 'There is one region, so nothing can be moved.'];
  const groups = config.trafficGroups.flatMap((group) => ofGroup(config, group));
  return [
    `${judged} A region is impaired when ${quorumOf(regions)} of ${regions} regions agree; its own word never decides alone.`,
    ...groups,
  ];
}

function ofGroup(config: Config, group: TrafficGroup): string[] {
  const movers = servicesOfGroup(config, group.name).filter((service) => service.failover);
  const names = group.records.map((record) => record.name);
  if (movers.length === 0)
    return [`${listed(names)}: nothing in the traffic group ${group.name} has failover on, so it stays where it is.`];
  const ways = regionsOfGroup(config, group.name).map((region) => {
    const candidates = failoverCandidates(config, group.name, region);
    return `- from ${region} to ${candidates.length > 0 ? listed(candidates, 'or') : 'nowhere: it stays, and people are paged'}`;
  });
  const children = childrenOf(config.regions.length);
  const threshold = group.healthThreshold ?? healthThreshold(config.regions.length);
  return [
    `${listed(names)} (for ${listed(movers.map(({ name }) => name))}) then moves, capacity first, to the best of the others:`,
    ...ways,
    `A region answers while at least ${threshold} of ${children} children of its health check are healthy. Votes travel ${carrier(group)}; clients follow within the TTL of ${duration(group.ttlSeconds)}. The move is watched for ${duration(config.policies.bakeSeconds)} before it counts, and undone if it does not prove itself. A person starts the way back, once the old region has been well for ${duration(config.policies.failback.provenSeconds)}.`,
    ...afterwards(group),
  ];
}

/** What is not the votes' work. */
function afterwards({ name, recordsOwnedElsewhere, cloudFront, controlPlaneFollowUp }: TrafficGroup): string[] {
  return [
    ...(recordsOwnedElsewhere
      ? [`The records of ${name} belong to someone else: evenkeel gives out the check ids and writes no record.`]
      : []),
    ...(cloudFront
      ? [
          `The CloudFront distribution ${cloudFront.distributionId} follows a shift of half or more, a proven failover and a proven failback, best effort.`,
        ]
      : []),
    ...(controlPlaneFollowUp ? ['The records are brought in line after the proof, best effort.'] : []),
  ];
}

function carrier(group: TrafficGroup): string {
  return group.carrier === 'metric' ? 'as a private metric, one to two minutes' : 'as an object in S3, about 30 s';
}

/** What the votes cost in health checks. */
export function healthChecks(config: Config): string {
  const count = healthCheckCount(config);
  const groups = counted(config.trafficGroups.length, 'traffic group');
  return `${groups[0]?.toUpperCase()}${groups.slice(1)} in ${counted(config.regions.length, 'region')}: ${count} of the ${config.quotas.healthChecksPerAccount} Route 53 health checks that the account allows.`;
}
