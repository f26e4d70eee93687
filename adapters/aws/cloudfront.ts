import {
  type CloudFrontClient,
  type DistributionConfig,
  GetDistributionCommand,
  type GetDistributionCommandOutput,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { failed, type OriginOrder, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

/** The distribution in front of one traffic group, and the origin of each region in one origin group of two. */
export interface GroupDistribution {
  distribution: string;
  originGroup: string;
  /** Origin id by region. */
  origins: Record<string, string>;
}

/**
 * Which region's origin a distribution prefers. Control plane, so for graceful moves alone and with their role; the ETag makes it a
 * compare-and-set: `conflict` when somebody else changed the distribution meanwhile.
 */
export class AwsCloudFront {
  readonly #client: CloudFrontClient;
  readonly #groups: Record<string, GroupDistribution>;
  readonly #clock: Clock;

  constructor(client: CloudFrontClient, groups: Record<string, GroupDistribution>, clock: Clock) {
    this.#client = client;
    this.#groups = groups;
    this.#clock = clock;
  }

  async origins(group: string, call: Call): Promise<Result<OriginOrder>> {
    const known = this.#groups[group];
    if (!known) return noDistribution(group);
    const read = await this.#read(known, call);
    return read.ok ? orderOf(group, known, read.value) : read;
  }

  /** Puts the region's origin first in its origin group; CloudFront itself compares the ETag of `expected`. */
  async setOrigins(expected: OriginOrder, first: string, call: Call): Promise<Result<void>> {
    const known = this.#groups[expected.group];
    if (!known) return noDistribution(expected.group);
    const read = await this.#read(known, call);
    if (!read.ok) return read;
    const order = orderOf(expected.group, known, read.value);
    if (!order.ok) return order;
    if (!order.value.order.includes(first))
      return failed('invalid', `${first} has no origin in ${known.originGroup}; ${order.value.order.join(' and ')} have`);
    const config = read.value.Distribution?.DistributionConfig;
    if (order.value.order[0] === first || !config) return ok(undefined);
    const command = new UpdateDistributionCommand({
      Id: known.distribution,
      IfMatch: expected.token,
      DistributionConfig: reversed(config, known.originGroup),
    });
    const written = await attempt('cloudfront:UpdateDistribution', this.#clock, call, (options) => this.#client.send(command, options));
    return written.ok ? ok(undefined) : written;
  }

  #read({ distribution }: GroupDistribution, call: Call): Promise<Result<GetDistributionCommandOutput>> {
    const command = new GetDistributionCommand({ Id: distribution });
    return attempt('cloudfront:GetDistribution', this.#clock, call, (options) => this.#client.send(command, options));
  }
}

function orderOf(group: string, known: GroupDistribution, { Distribution, ETag }: GetDistributionCommandOutput): Result<OriginOrder> {
  const groups = Distribution?.DistributionConfig?.OriginGroups?.Items ?? [];
  const members = groups.find((each) => each.Id === known.originGroup)?.Members?.Items ?? [];
  const order = members.flatMap(({ OriginId }) => Object.entries(known.origins).find(([, id]) => id === OriginId)?.[0] ?? []);
  return order.length === 2
    ? ok({ group, order, deployed: Distribution?.Status === 'Deployed', token: ETag ?? '' })
    : failed('not-found', `${known.distribution} has no origin group ${known.originGroup} of two configured regions`);
}

function noDistribution(group: string): Result<never> {
  return failed('not-found', `the group ${group} has no distribution whose origins could be moved`);
}

/** CloudFront takes a whole configuration; only the order of one group's two members differs. */
function reversed(config: DistributionConfig, originGroup: string): DistributionConfig {
  const groups = config.OriginGroups;
  if (!groups) return config;
  const Items = (groups.Items ?? []).map((group) => {
    if (group.Id !== originGroup || !group.Members) return group;
    return { ...group, Members: { ...group.Members, Items: [...(group.Members.Items ?? [])].reverse() } };
  });
  return { ...config, OriginGroups: { ...groups, Items } };
}
