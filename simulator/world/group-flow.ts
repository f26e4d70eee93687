import { type Answer, regionShares } from './route53.ts';

/** Clients that keep an old answer past its TTL: a share of all, and for how long. */
export interface Overstay {
  share: number;
  seconds: number;
}

/** Chosen: a few clients and resolvers hold answers for a quarter of an hour in normal times. */
const usualOverstay: Overstay = { share: 0.01, seconds: 900 };

/**
 * The clients of one name in one place, as a flow: which share of them goes to which region. Honest clients ask again when their answer's
 * TTL has run out, each at its own moment, so a change reaches them evenly over one TTL; overstayers see it only after their time.
 */
export class GroupFlow {
  readonly #regions: readonly string[];
  readonly #cohorts: Float64Array[];
  readonly #old: { until: number; shares: Float64Array }[] = [];
  readonly #honest: Float64Array;
  #stale: Float64Array;
  #latest: Float64Array;
  #answer: Answer | undefined;
  #turn = 0;

  /** @param cohorts in how many parts the clients ask again, one part at a tick: TTL over tick length. */
  constructor(regions: readonly string[], cohorts: number, answer: Answer) {
    this.#regions = regions;
    this.#latest = vectorOf(regions, answer);
    this.#stale = this.#latest;
    this.#cohorts = Array.from({ length: Math.max(1, cohorts) }, () => this.#latest);
    this.#honest = this.#latest.slice();
  }

  /** One tick: the next part of the clients asks and gets `answer`. */
  tick(now: number, answer: Answer, overstay: Overstay = usualOverstay): void {
    const shares = this.#sharesOf(answer);
    if (shares !== this.#latest) {
      this.#old.push({ until: now + overstay.seconds * 1000, shares });
      this.#latest = shares;
    }
    for (let next = this.#old[0]; next !== undefined && next.until <= now; next = this.#old[0]) {
      this.#stale = next.shares;
      this.#old.shift();
    }
    const before = this.#cohorts[this.#turn] ?? shares;
    this.#cohorts[this.#turn] = shares;
    this.#turn = (this.#turn + 1) % this.#cohorts.length;
    if (before === shares) return;
    for (let index = 0; index < this.#regions.length; index++)
      this.#honest[index] = (this.#honest[index] ?? 0) + ((shares[index] ?? 0) - (before[index] ?? 0)) / this.#cohorts.length;
  }

  /** Share of the clients that goes to the region with this index. */
  share(region: number, overstay: Overstay = usualOverstay): number {
    // Adding and subtracting shares leaves crumbs.
    const honest = Math.max(0, this.#honest[region] ?? 0);
    return (1 - overstay.share) * (honest < 1e-9 ? 0 : honest) + overstay.share * (this.#stale[region] ?? 0);
  }

  #sharesOf(answer: Answer): Float64Array {
    if (answer === this.#answer) return this.#latest;
    this.#answer = answer;
    const shares = vectorOf(this.#regions, answer);
    return shares.every((share, index) => share === this.#latest[index]) ? this.#latest : shares;
  }
}

function vectorOf(regions: readonly string[], answer: Answer): Float64Array {
  const shares = regionShares(answer);
  return Float64Array.from(regions, (region) => shares.get(region) ?? 0);
}
