import { SeededRandom } from '../world/random.ts';

/** One service that asks for units when there are not enough. */
interface Claim {
  tier: 1 | 2 | 3;
  units: number;
  /** What it says it needs; an exaggerating team says more. */
  claimed: number;
}

/** Units for each claim, in their order; never more than claimed, never more than there are. */
type Division = (claims: readonly Claim[], units: number) => number[];

const worth = { 1: 9, 2: 3, 3: 1 };
/** The first half of what a service needs keeps it alive; the second only makes it comfortable. */
const comfort = 0.4;

/** Policy of the product: tier by tier, within a tier in proportion. */
const byPriority: Division = (claims, units) => {
  const given = claims.map(() => 0);
  let left = units;
  for (const tier of [1, 2, 3]) {
    const asked = claims.reduce((sum, each) => sum + (each.tier === tier ? each.claimed : 0), 0);
    const share = asked === 0 ? 0 : Math.min(1, left / asked);
    for (const [index, claim] of claims.entries()) if (claim.tier === tier) given[index] = claim.claimed * share;
    left -= asked * share;
  }
  return given;
};

/** Unit by unit to the highest bid: the worth of the tier times the worth of the next unit to the service, as it says itself. */
const byAuction: Division = (claims, units) => {
  const bids = claims.flatMap((claim, index) =>
    Array.from({ length: claim.claimed }, (_, unit) => ({ index, bid: worth[claim.tier] * (unit < claim.claimed / 2 ? 1 : comfort) })),
  );
  const given = claims.map(() => 0);
  for (const { index } of bids.toSorted((a, b) => b.bid - a.bid || a.index - b.index).slice(0, units))
    given[index] = (given[index] ?? 0) + 1;
  return given;
};

/** Shapley value of the bankruptcy game (O'Neill, 1982): what each gets when all arrive in turn, over all orders. */
const byShapley: Division = (claims, units) => {
  const given = claims.map(() => 0);
  let orders = 0;
  const arrive = (waiting: readonly number[], left: number, got: readonly number[]): void => {
    if (waiting.length === 0) {
      orders += 1;
      for (const [index, each] of got.entries()) given[index] = (given[index] ?? 0) + each;
      return;
    }
    for (const index of waiting) {
      const takes = Math.min(left, claims[index]?.claimed ?? 0);
      arrive(
        waiting.filter((other) => other !== index),
        left - takes,
        got.map((each, place) => (place === index ? takes : each)),
      );
    }
  };
  arrive(
    claims.map((_, index) => index),
    units,
    claims.map(() => 0),
  );
  return given.map((sum) => sum / orders);
};

const divisions: Record<string, Division> = { 'priority order': byPriority, auction: byAuction, shapley: byShapley };

export interface DivisionRow {
  scarcity: number;
  division: string;
  /** Share of the worth that full supply would have. */
  worth: number;
  /** Share of what tier 1 needs that it gets; worst over all draws in the second. */
  tier1: number;
  tier1Worst: number;
  /** Services that get less than half of what they need, of all. */
  starved: number;
  /** Units that a tier-3 service gains by claiming double, of what it needs. */
  exaggerationGain: number;
  /** What tier 1 loses by that. */
  tier1Loss: number;
}

const services = 6;

export function divisionExperiment(draws: number): DivisionRow[] {
  return [0.9, 0.7, 0.5].flatMap((scarcity) => Object.keys(divisions).map((division) => runAll(division, scarcity, draws)));
}

function runAll(name: string, scarcity: number, draws: number): DivisionRow {
  const divide = divisions[name] ?? byPriority;
  const row: DivisionRow = { scarcity, division: name, worth: 0, tier1: 0, tier1Worst: 1, starved: 0, exaggerationGain: 0, tier1Loss: 0 };
  for (let draw = 0; draw < draws; draw += 1) {
    const claims = claimsOf(new SeededRandom(`division/${draw}`));
    const units = Math.floor(scarcity * claims.reduce((sum, each) => sum + each.units, 0));
    const honest = divide(claims, units);
    const tier1 = shareOf(claims, honest, 1);
    const loud = claims.findIndex((each) => each.tier === 3);
    const told = divide(
      claims.map((each, index) => (index === loud ? { ...each, claimed: 2 * each.units } : each)),
      units,
    );
    const needs = claims[loud]?.units ?? 1;
    row.worth +=
      worthOf(claims, honest) /
      worthOf(
        claims,
        claims.map((each) => each.units),
      ) /
      draws;
    row.tier1 += tier1 / draws;
    row.tier1Worst = Math.min(row.tier1Worst, tier1);
    row.starved += claims.filter((each, index) => (honest[index] ?? 0) < each.units / 2).length / services / draws;
    row.exaggerationGain += (Math.min(needs, told[loud] ?? 0) - Math.min(needs, honest[loud] ?? 0)) / needs / draws;
    row.tier1Loss += (tier1 - shareOf(claims, told, 1)) / draws;
  }
  return row;
}

function claimsOf(random: SeededRandom): Claim[] {
  return Array.from({ length: services }, (_, index) => {
    const units = random.integer(2, 20);
    return { tier: index < 2 ? 1 : index < 4 ? 2 : 3, units, claimed: units };
  });
}

function shareOf(claims: readonly Claim[], given: readonly number[], tier: number): number {
  let needs = 0;
  let gets = 0;
  for (const [index, claim] of claims.entries()) {
    if (claim.tier !== tier) continue;
    needs += claim.units;
    gets += Math.min(claim.units, given[index] ?? 0);
  }
  return needs === 0 ? 1 : gets / needs;
}

function worthOf(claims: readonly Claim[], given: readonly number[]): number {
  return claims.reduce((sum, { tier, units }, index) => {
    const got = Math.min(units, given[index] ?? 0);
    const alive = Math.min(got, units / 2);
    return sum + worth[tier] * (alive + comfort * (got - alive));
  }, 0);
}
