import { createHash } from 'node:crypto';
import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type ListResourceRecordSetsCommandInput,
  type ResourceRecordSet,
  type Route53Client,
} from '@aws-sdk/client-route-53';
import { canonicalJson, failed, ok, type Result, type WeightSet } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

/** The weighted records of one group: one per region and name, told apart by their set identifier, which is the region. */
export interface WeightedRecords {
  zoneId: string;
  records: readonly { name: string; type: 'A' | 'AAAA' }[];
}

/** Record sets of one name fit one page by far; Route 53 gives 300 a page. */
const pagesMax = 5;

/**
 * Reads and swaps weights through Route 53's control plane. Only the weights role may: the failover path never comes here.
 * One change batch deletes the exact old sets and creates the new ones; Route 53 applies all of it or, when anything differs from
 * what was read, nothing. That is a compare-and-set.
 */
export class RecordWeights {
  readonly #client: Route53Client;
  readonly #groups: Record<string, WeightedRecords>;
  readonly #clock: Clock;

  constructor(client: Route53Client, groups: Record<string, WeightedRecords>, clock: Clock) {
    this.#client = client;
    this.#groups = groups;
    this.#clock = clock;
  }

  async shares(group: string, call: Call): Promise<Result<WeightSet>> {
    const sets = await this.#read(group, call);
    return sets.ok ? ok(weightSetOf(group, sets.value)) : sets;
  }

  async setWeights(expected: WeightSet, next: Record<string, number>, call: Call): Promise<Result<WeightSet>> {
    const { group } = expected;
    const zoneId = this.#groups[group]?.zoneId;
    const sets = await this.#read(group, call);
    if (!sets.ok) return sets;
    const current = weightSetOf(group, sets.value);
    if (current.token !== expected.token) {
      return failed(
        'conflict',
        `weights of ${group} are ${canonicalJson(current.weights)}, not ${canonicalJson(expected.weights)} as read before`,
      );
    }
    if (canonicalJson(Object.keys(next).sort()) !== canonicalJson(Object.keys(current.weights).sort())) {
      return failed(
        'invalid',
        `${group} has records for ${Object.keys(current.weights).join(', ')}, weights were given for ${Object.keys(next).join(', ')}`,
      );
    }
    const wrong = Object.entries(next).filter(([, weight]) => !Number.isInteger(weight) || weight < 0 || weight > 255);
    if (wrong.length > 0)
      return failed('invalid', `weights are whole numbers from 0 to 255, not ${canonicalJson(Object.fromEntries(wrong))}`);
    const changed = sets.value.map((set) => ({ ...set, Weight: next[set.SetIdentifier ?? ''] ?? set.Weight }));
    if (canonicalJson(changed) === canonicalJson(sets.value)) return ok(current);
    const command = new ChangeResourceRecordSetsCommand({
      HostedZoneId: zoneId,
      ChangeBatch: {
        Changes: [
          ...sets.value.map((ResourceRecordSet) => ({ Action: 'DELETE' as const, ResourceRecordSet })),
          ...changed.map((ResourceRecordSet) => ({ Action: 'CREATE' as const, ResourceRecordSet })),
        ],
      },
    });
    const written = await attempt('route53:ChangeResourceRecordSets', this.#clock, call, (options) => this.#client.send(command, options));
    return written.ok ? ok(weightSetOf(group, changed)) : written;
  }

  async #read(group: string, call: Call): Promise<Result<ResourceRecordSet[]>> {
    const wanted = this.#groups[group];
    if (!wanted) return failed('not-found', `no weighted records of ${group} are known`);
    const found: ResourceRecordSet[] = [];
    for (const record of wanted.records) {
      const sets = await this.#readName(wanted.zoneId, record, call);
      if (!sets.ok) return sets;
      found.push(...sets.value);
    }
    return found.length > 0 ? ok(found) : failed('not-found', `zone ${wanted.zoneId} has no weighted record of ${group}`);
  }

  /** Route 53 lists in order of name and type from a start: the first other name ends it. */
  #readName(zoneId: string, record: { name: string; type: 'A' | 'AAAA' }, call: Call): Promise<Result<ResourceRecordSet[]>> {
    const name = absolute(record.name);
    return attempt('route53:ListResourceRecordSets', this.#clock, call, async (options) => {
      const found: ResourceRecordSet[] = [];
      let next: ListResourceRecordSetsCommandInput = { HostedZoneId: zoneId, StartRecordName: name, StartRecordType: record.type };
      for (let pages = 0; pages < pagesMax; pages++) {
        const page = await this.#client.send(new ListResourceRecordSetsCommand(next), options);
        for (const set of page.ResourceRecordSets ?? []) {
          if (absolute(set.Name ?? '') !== name || set.Type !== record.type) return found;
          if (set.Weight !== undefined) found.push(set);
        }
        if (!page.IsTruncated) return found;
        next = {
          HostedZoneId: zoneId,
          StartRecordName: page.NextRecordName,
          StartRecordType: page.NextRecordType,
          StartRecordIdentifier: page.NextRecordIdentifier,
        };
      }
      throw new Error(`${name} has more than ${pagesMax} pages of record sets`);
    });
  }
}

function absolute(name: string): string {
  return (name.endsWith('.') ? name : `${name}.`).toLowerCase();
}

/** The token covers everything of every set: whoever changes a value or a health check changes the token too. */
function weightSetOf(group: string, sets: readonly ResourceRecordSet[]): WeightSet {
  const weights = Object.fromEntries(sets.map((set) => [set.SetIdentifier ?? '', set.Weight ?? 0]));
  const token = createHash('sha256').update(canonicalJson(sets)).digest('hex').slice(0, 32);
  return { group, weights, token };
}
