import { type Draft, each, namesOf } from '../draft.ts';
import type { Finding, Path } from '../problem.ts';
import { childrenOf, healthThreshold } from '../votes.ts';

const ttlSecondsMax = 300;

type ServiceDraft = NonNullable<NonNullable<Draft['services']>[number]>;
type GroupDraft = NonNullable<NonNullable<Draft['trafficGroups']>[number]>;

/** Failover needs somewhere to go, names to move, something to see by, and answers that are not kept for long. */
export function* failover(draft: Draft): Generator<Finding> {
  for (const [index, service] of each(draft.services)) if (service.failover) yield* ofService(draft, ['services', index], service);
  for (const [index, group] of each(draft.trafficGroups)) yield* ofGroup(draft, ['trafficGroups', index], group);
}

function* ofService(draft: Draft, at: Path, service: ServiceDraft): Generator<Finding> {
  const group = draft.trafficGroups?.find((candidate) => candidate !== undefined && candidate.name === service.trafficGroup);
  const regions = homes(draft, service, group);
  if (regions.length < 2) {
    yield {
      path: [...at, 'failover'],
      message: `failover needs two regions, and ${service.name ?? 'the service'} has ${regions[0] ?? 'none'}${regions.length === 1 ? ' alone' : ''}`,
      remedy: 'Add a second region to regions, deployments, allowedRegions and the records, or set failover to false.',
    };
  }
  if (service.trafficGroup === undefined) {
    yield {
      path: [...at, 'trafficGroup'],
      message: 'failover is on, but the service belongs to no traffic group',
      remedy: 'Name the traffic group whose records move, or set failover to false.',
    };
  }
  if ((service.endpoints ?? []).every((endpoint) => endpoint?.selfReport)) {
    yield {
      path: [...at, 'endpoints'],
      message: 'failover is on, but no endpoint can be probed from another region',
      remedy: 'Add an endpoint that every region can reach; a region never decides alone about itself.',
    };
  }
}

/** Regions where the service runs, may be, and is answered for. What is not said excludes nothing. */
function homes(draft: Draft, service: ServiceDraft, group: GroupDraft | undefined): string[] {
  const deployed = Object.keys(service.deployments ?? {});
  const answered = (group?.records ?? []).flatMap((record) => Object.keys(record?.regions ?? {}));
  return [...new Set(namesOf(draft.regions))].filter(
    (region) =>
      (deployed.length === 0 || deployed.includes(region)) &&
      (answered.length === 0 || answered.includes(region)) &&
      (service.allowedRegions?.includes(region) ?? true),
  );
}

function* ofGroup(draft: Draft, at: Path, group: GroupDraft): Generator<Finding> {
  const movers = (draft.services ?? []).filter((service) => service?.failover && service.trafficGroup === group.name);
  if (group.records?.length === 0) {
    yield {
      path: [...at, 'records'],
      message: `the traffic group ${group.name ?? ''} has no records`,
      remedy: 'List the names that move together, with what they answer in each region.',
    };
  }
  if (movers.length > 0 && (group.ttlSeconds ?? 0) > ttlSecondsMax) {
    yield {
      path: [...at, 'ttlSeconds'],
      message: `a TTL of ${group.ttlSeconds} s is over ${ttlSecondsMax} s, and ${namesOf(movers).join(', ')} has failover on`,
      remedy: `Set it to at most ${ttlSecondsMax} (60 is usual): clients keep the old answer that long after a failover.`,
    };
  }
  yield* threshold(draft, at, group);
}

function* threshold(draft: Draft, at: Path, { healthThreshold: given }: GroupDraft): Generator<Finding> {
  const regions = new Set(namesOf(draft.regions)).size;
  if (given === undefined || regions < 2) return;
  const children = childrenOf(regions);
  if (given >= 1 && given <= children) return;
  yield {
    path: [...at, 'healthThreshold'],
    message: `a health threshold of ${given} is outside 1..${children}, the children that ${regions} regions give`,
    remedy: `Leave it out: with ${regions} regions it is ${healthThreshold(regions)} of ${children}.`,
  };
}
