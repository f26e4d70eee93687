import {
  type CloudFrontClient,
  type DistributionConfig,
  GetDistributionConfigCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import { failed, ok, type Result } from '../../core/model/index.ts';
import type { Call, Clock } from '../../core/ports/index.ts';
import { attempt } from './attempt.ts';

/**
 * Which origin a distribution prefers. Control plane, so best effort after a proof and with a role of its own;
 * the ETag makes it a compare-and-set: `conflict` when somebody else changed the distribution meanwhile.
 */
export class AwsCloudFront {
  readonly #client: CloudFrontClient;
  readonly #clock: Clock;

  constructor(client: CloudFrontClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Puts `origin` first in its origin group; answers the one that was first before, which is what undo puts back. */
  async prefer(distribution: string, originGroup: string, origin: string, call: Call): Promise<Result<{ before: string }>> {
    const read = await attempt('cloudfront:GetDistributionConfig', this.#clock, call, (options) =>
      this.#client.send(new GetDistributionConfigCommand({ Id: distribution }), options),
    );
    if (!read.ok) return read;
    const { DistributionConfig: config, ETag: etag } = read.value;
    const members = config?.OriginGroups?.Items?.find((group) => group.Id === originGroup)?.Members?.Items ?? [];
    const [first, second] = members.map((member) => member.OriginId ?? '');
    if (!config || first === undefined || second === undefined)
      return failed('not-found', `${distribution} has no origin group ${originGroup} of two`);
    if (first === origin) return ok({ before: first });
    if (second !== origin) return failed('invalid', `${origin} is not in ${originGroup}; ${first} and ${second} are`);
    const command = new UpdateDistributionCommand({ Id: distribution, IfMatch: etag, DistributionConfig: reversed(config, originGroup) });
    const written = await attempt('cloudfront:UpdateDistribution', this.#clock, call, (options) => this.#client.send(command, options));
    return written.ok ? ok({ before: first }) : written;
  }
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
