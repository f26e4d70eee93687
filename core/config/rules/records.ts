import * as z from 'zod';
import { type Draft, each, entriesOf } from '../draft.ts';
import type { Finding, Path } from '../problem.ts';

type RecordDraft = NonNullable<NonNullable<NonNullable<NonNullable<Draft['trafficGroups']>[number]>['records']>[number]>;
type AnswerDraft = NonNullable<NonNullable<RecordDraft['regions']>[string]>;

/** What Route 53 accepts in record sets of each kind. */
export function* records(draft: Draft): Generator<Finding> {
  for (const [index, group] of each(draft.trafficGroups)) {
    for (const [position, record] of each(group.records)) {
      const at: Path = ['trafficGroups', index, 'records', position];
      yield* inZone(at, record.name, group.zone?.name);
      for (const [region, answer] of entriesOf(record.regions)) yield* ofRegion([...at, 'regions', region], record, answer);
      yield* together([...at, 'regions'], record);
    }
  }
}

function* inZone(at: Path, name: string | undefined, zone: string | undefined): Generator<Finding> {
  if (name === undefined || zone === undefined || `.${withoutDot(name)}`.endsWith(`.${withoutDot(zone)}`)) return;
  yield {
    path: [...at, 'name'],
    message: `${name} is not in the zone ${zone}`,
    remedy: 'Give the full name, ending in the name of the zone.',
  };
}

function* ofRegion(at: Path, record: RecordDraft, { values, alias }: AnswerDraft): Generator<Finding> {
  if ((values === undefined) === (alias === undefined)) {
    yield {
      path: at,
      message: alias === undefined ? 'has neither values nor an alias' : 'has values and an alias at once',
      remedy: 'Give exactly one of values (addresses) and alias (a load balancer).',
    };
  }
  if (record.routing === 'multivalue' && alias !== undefined) {
    yield {
      path: [...at, 'alias'],
      message: 'multivalue records cannot be aliases',
      remedy: 'Use weighted or latency routing, or give values.',
    };
  }
  const type = record.type ?? 'A';
  for (const [index, value] of each(values)) {
    if (isAddress(value, type)) continue;
    yield {
      path: [...at, 'values', index],
      message: `is not an address that a record of type ${type} holds`,
      remedy: `Give an ${type === 'A' ? 'IPv4' : 'IPv6'} address, or use an alias for a name.`,
    };
  }
}

/** What the regions of one record have to agree on. */
function* together(at: Path, { regions, routing = 'weighted' }: RecordDraft): Generator<Finding> {
  const answers = [...entriesOf(regions)].map(([, answer]) => answer);
  if (regions !== undefined && answers.length === 0) {
    yield { path: at, message: 'the record answers with nothing', remedy: 'Give values or an alias for each region.' };
    return;
  }
  const roles = answers.map(({ role }) => role);
  if (routing === 'failover' && !(roles.length === 2 && roles.includes('primary') && roles.includes('secondary'))) {
    yield {
      path: at,
      message: 'failover routing takes exactly one primary and one secondary region',
      remedy: 'Give two regions their role, or use weighted routing, which takes any number.',
    };
  }
  if (routing === 'weighted' && answers.length > 0 && answers.every(({ weight }) => weight === 0)) {
    yield {
      path: at,
      message: 'every region has weight 0, which Route 53 reads as equal weights',
      remedy: 'Leave the weights out for equal shares, or give at least one region a weight over 0.',
    };
  }
}

function withoutDot(name: string): string {
  return name.replace(/\.$/, '');
}

function isAddress(text: string, type: 'A' | 'AAAA'): boolean {
  return (type === 'A' ? z.ipv4() : z.ipv6()).safeParse(text).success;
}
