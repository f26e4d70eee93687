/** One region that has, or may get, a share of a group's traffic. */
export interface Site {
  region: string;
  /** What it has now, 0..1, which is what its people mean it to have. */
  share: number;
  /** 0 (sick: gets nothing) to 1. */
  health: number;
  /** As the clients that are to move would feel it; 0 where nobody has measured. */
  responseMs: number;
  /** What a request costs there, against the other regions. */
  costFactor: number;
  /** The largest share that its units carry, 0..1. */
  ceiling: number;
}

export type Shares = Record<string, number>;

/** Moves below this are noise: shares stay as they are. */
export const deadBand = 0.05;

const weightMax = 255;

/**
 * Shares by water-filling: everyone is filled in proportion to its worth until it meets its ceiling, and what is left goes to those that
 * have not. It minimises Σ share² ∕ worth under the ceilings (Boyd and Vandenberghe, Convex Optimization, example 5.2, has the method), so
 * that no region is preferred to its last drop. They sum to 1, or to what all ceilings carry when that is less.
 */
export function proposeShares(sites: readonly Site[]): Shares {
  const quickest = Math.min(...sites.filter((site) => site.responseMs > 0).map((site) => site.responseMs));
  const shares: Shares = Object.fromEntries(sites.map((site) => [site.region, 0]));
  let open = sites.map((site) => ({ ...site, worth: worth(site, quickest) })).filter((site) => site.worth > 0 && site.ceiling > 0);
  let left = 1;
  while (open.length > 0) {
    const level = left / open.reduce((sum, site) => sum + site.worth, 0);
    const full = open.filter((site) => level * site.worth >= site.ceiling);
    if (full.length === 0) {
      for (const site of open) shares[site.region] = level * site.worth;
      return shares;
    }
    for (const { region, ceiling } of full) shares[region] = ceiling;
    left = Math.max(0, left - full.reduce((sum, site) => sum + site.ceiling, 0));
    open = open.filter((site) => !full.includes(site));
  }
  return shares;
}

/**
 * Health counts in full, latency and cost by their square roots: a region that takes twice as long, or costs twice as much, gets 0.7 of what
 * it would get. The exponent is chosen, not measured.
 */
function worth({ share, health, responseMs, costFactor }: Site, quickest: number): number {
  return share * health * Math.sqrt(Math.min(1, quickest / Math.max(1, responseMs)) / costFactor);
}

/** `from` gives away this part of its share and no more; the others' are proposed anew. Null: they have no room for it. */
export function sharesWithout(sites: readonly Site[], from: string, part: number): Shares | null {
  const kept = (sites.find((site) => site.region === from)?.share ?? 0) * (1 - part);
  const rest = 1 - kept;
  const others = sites.filter((site) => site.region !== from).map((site) => ({ ...site, ceiling: Math.min(1, site.ceiling / rest) }));
  const proposed = Object.entries(proposeShares(others)).map(([region, share]): [string, number] => [region, share * rest]);
  const placed = proposed.reduce((sum, [, share]) => sum + share, 0);
  return placed < rest - 1e-9 ? null : { ...Object.fromEntries(proposed), [from]: kept };
}

/** Whether any region's share would change by more than the dead band. */
export function leavesDeadBand(sites: readonly Site[], proposed: Shares): boolean {
  return sites.some(({ region, share }) => Math.abs((proposed[region] ?? 0) - share) > deadBand + 1e-9);
}

/** A part of the way from the shares that are to those that are proposed. */
export function partWay(sites: readonly Site[], proposed: Shares, progress: number): Shares {
  return Object.fromEntries(sites.map(({ region, share }) => [region, share + ((proposed[region] ?? 0) - share) * progress]));
}

/** Weights are whole numbers up to 255. Whoever has no share here (drained, or sick) keeps its weight in proportion to the others. */
export function weightsOf(weights: Readonly<Record<string, number>>, shares: Shares): Record<string, number> {
  const total = Object.keys(shares).reduce((sum, region) => sum + (weights[region] ?? 0), 0);
  const scaled = Object.entries(weights).map(([region, weight]): [string, number] => {
    const share = shares[region];
    return [region, share === undefined ? weight : share * total];
  });
  const factor = weightMax / Math.max(...scaled.map(([, weight]) => weight));
  return Object.fromEntries(scaled.map(([region, weight]) => [region, Math.round(weight * factor)]));
}
