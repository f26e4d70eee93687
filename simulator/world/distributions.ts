import type { Config } from '../../core/config/schema.ts';
import type { OriginOrder } from '../../core/model/index.ts';

/** Chosen: how long CloudFront takes until a change is everywhere. */
const deployMs = 180_000;

interface Distribution {
  order: string[];
  changedAt: number;
  changes: number;
}

/** Chosen: which share of a group's clients comes through its distribution; the others go by the name. */
export const viewersShare = 0.2;

/**
 * The distributions in front of traffic groups: which origin each prefers, and whether that is deployed. Its viewers go to the origin that
 * was preferred until a change is deployed, and to the new one from then on. That CloudFront tries failed reads at the second origin is left
 * out: what it does not try again — requests with a body, slow answers — is what a shift is for.
 */
export class Distributions {
  readonly #byGroup = new Map<string, Distribution>();

  constructor(config: Config, startAt: number) {
    for (const { name, cloudFront } of config.trafficGroups) {
      const order = Object.keys(cloudFront?.origins ?? {}).slice(0, 2);
      if (cloudFront?.originGroup !== undefined && order.length === 2)
        this.#byGroup.set(name, { order, changedAt: startAt - deployMs, changes: 0 });
    }
  }

  order(group: string, at: number): Omit<OriginOrder, 'group'> | undefined {
    const found = this.#byGroup.get(group);
    if (found === undefined) return undefined;
    return { order: [...found.order], deployed: at - found.changedAt >= deployMs, token: String(found.changes) };
  }

  prefer(group: string, first: string, at: number): void {
    const found = this.#byGroup.get(group);
    if (found === undefined || found.order[0] === first) return;
    this.#byGroup.set(group, { order: [...found.order].reverse(), changedAt: at, changes: found.changes + 1 });
  }

  /** The region whose origin the viewers get at `at`; undefined: the group has no distribution that can follow. */
  served(group: string, at: number): string | undefined {
    const found = this.#byGroup.get(group);
    if (found === undefined) return undefined;
    const [first, second] = found.order;
    return at - found.changedAt >= deployMs ? first : second;
  }

  /** Which region's origin each group's distribution prefers. */
  preferred(): [group: string, region: string][] {
    return [...this.#byGroup].map(([group, { order }]) => [group, order[0] ?? '']);
  }
}
