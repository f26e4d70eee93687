import type { Config } from '../../core/config/schema.ts';
import type { OriginOrder } from '../../core/model/index.ts';

/** Chosen: how long CloudFront takes until a change is everywhere. */
const deployMs = 180_000;

interface Distribution {
  order: string[];
  changedAt: number;
  changes: number;
}

/** The distributions in front of traffic groups: which origin each prefers, and whether that is deployed. Clients of the world go by DNS. */
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

  /** Which region's origin each group's distribution prefers. */
  preferred(): [group: string, region: string][] {
    return [...this.#byGroup].map(([group, { order }]) => [group, order[0] ?? '']);
  }
}
