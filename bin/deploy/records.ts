import type { Change, ResourceRecordSet } from '@aws-sdk/client-route-53';
import type { TrafficGroup } from '../../core/config/schema.ts';
import { canonicalJson } from '../../core/model/index.ts';

type GroupRecord = TrafficGroup['records'][number];

/** What to write so that a group's records hang on its checks, or why that cannot be done. */
export type RecordPlan = { ok: true; changes: Change[] } | { ok: false; obstacle: string };

const defaultWeight = 100;

/**
 * The record sets of one group on their checks. What is there is deleted exactly as it was read and the new sets are created in the same
 * batch: Route 53 applies all of it or nothing, so there is no moment without an answer, and whoever wrote in between makes it fail.
 * A record that answers with something that the configuration does not name is not taken over.
 * @param existing every set of the names and types of the group
 * @param checkIds id of the calculated check by region
 */
export function attachChanges(group: TrafficGroup, existing: readonly ResourceRecordSet[], checkIds: Record<string, string>): RecordPlan {
  const changes: Change[] = [];
  for (const record of group.records) {
    const there = setsOf(record, existing);
    const stranger = there.find((set) => !isNamed(record, set));
    if (stranger !== undefined) {
      const id = stranger.SetIdentifier === undefined ? '' : ` (${stranger.SetIdentifier})`;
      return {
        ok: false,
        obstacle: `${record.type} ${record.name}${id} answers with ${answersOf(stranger).join(', ')}, which the configuration does not name`,
      };
    }
    const wanted = Object.keys(record.regions).map((region) => wantedSet(group, record, region, there, checkIds[region]));
    const missing = Object.keys(record.regions).find((region) => checkIds[region] === undefined);
    if (missing !== undefined) return { ok: false, obstacle: `there is no check for ${record.name} in ${missing}` };
    changes.push(...swap(there, wanted));
  }
  return { ok: true, changes };
}

/** The same records without our checks: they answer as before, always. */
export function detachChanges(group: TrafficGroup, existing: readonly ResourceRecordSet[], checkIds: Record<string, string>): Change[] {
  const ours = new Set(Object.values(checkIds));
  const hanging = group.records
    .flatMap((record) => setsOf(record, existing))
    .filter(({ HealthCheckId }) => HealthCheckId !== undefined && ours.has(HealthCheckId));
  return swap(
    hanging,
    hanging.map(({ HealthCheckId: _gone, ...rest }) => rest),
  );
}

/** Whether the records hang on the checks: all of them, some, or none. */
export function attachedState(
  group: TrafficGroup,
  existing: readonly ResourceRecordSet[],
  checkIds: Record<string, string>,
): 'none' | 'partly' | 'all' {
  const plan = attachChanges(group, existing, checkIds);
  if (plan.ok && plan.changes.length === 0) return 'all';
  return detachChanges(group, existing, checkIds).length === 0 ? 'none' : 'partly';
}

/** Deletes go before creates; a set that stays as it is, is left alone. */
function swap(before: readonly ResourceRecordSet[], after: readonly ResourceRecordSet[]): Change[] {
  const same = (a: ResourceRecordSet, b: ResourceRecordSet) => canonicalJson(normal(a)) === canonicalJson(normal(b));
  return [
    ...before.filter((old) => !after.some((set) => same(set, old))).map((set): Change => ({ Action: 'DELETE', ResourceRecordSet: set })),
    ...after.filter((set) => !before.some((old) => same(old, set))).map((set): Change => ({ Action: 'CREATE', ResourceRecordSet: set })),
  ];
}

function wantedSet(
  group: TrafficGroup,
  record: GroupRecord,
  region: string,
  there: readonly ResourceRecordSet[],
  check: string | undefined,
): ResourceRecordSet {
  const { values, alias, weight, role } = record.regions[region] ?? {};
  // A weight that somebody has set since, by hand or by a shift, is not taken back by a deploy.
  const kept = there.find(({ SetIdentifier }) => SetIdentifier === region)?.Weight;
  return {
    Name: absolute(record.name),
    Type: record.type,
    SetIdentifier: region,
    ...(record.routing === 'weighted' && { Weight: kept ?? weight ?? defaultWeight }),
    ...(record.routing === 'latency' && { Region: region as NonNullable<ResourceRecordSet['Region']> }),
    ...(record.routing === 'failover' && { Failover: role === 'secondary' ? 'SECONDARY' : 'PRIMARY' }),
    ...(record.routing === 'multivalue' && { MultiValueAnswer: true }),
    ...(alias === undefined
      ? { TTL: group.ttlSeconds, ResourceRecords: (values ?? []).map((Value) => ({ Value })) }
      : { AliasTarget: { HostedZoneId: alias.zoneId, DNSName: alias.dnsName, EvaluateTargetHealth: false } }),
    ...(check !== undefined && { HealthCheckId: check }),
  };
}

function setsOf(record: GroupRecord, existing: readonly ResourceRecordSet[]): ResourceRecordSet[] {
  return existing.filter(({ Name, Type }) => absolute(Name ?? '') === absolute(record.name) && Type === record.type);
}

/** Everything that the set answers with stands in the configuration, under whatever region. */
function isNamed(record: GroupRecord, set: ResourceRecordSet): boolean {
  const named = new Set(
    Object.values(record.regions).flatMap(({ values, alias }) => [
      ...(values ?? []),
      ...(alias === undefined ? [] : [bare(alias.dnsName)]),
    ]),
  );
  const answers = answersOf(set);
  return answers.length > 0 && answers.every((answer) => named.has(answer));
}

function answersOf(set: ResourceRecordSet): string[] {
  if (set.AliasTarget !== undefined) return [bare(set.AliasTarget.DNSName ?? '')];
  return (set.ResourceRecords ?? []).map(({ Value }) => Value ?? '');
}

/** Route 53 answers with a final dot and small letters, whatever was written. */
function normal(set: ResourceRecordSet): ResourceRecordSet {
  const { AliasTarget: alias } = set;
  return {
    ...set,
    Name: absolute(set.Name ?? ''),
    ...(alias !== undefined && { AliasTarget: { ...alias, DNSName: absolute(alias.DNSName ?? '') } }),
  };
}

function absolute(name: string): string {
  return `${bare(name)}.`;
}

function bare(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}
