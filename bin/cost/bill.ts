import type { Config } from '../../core/config/schema.ts';
import { assumptions } from './assumptions.ts';
import { prices } from './prices.ts';
import { endpointCount, minutesPerMonth, type Part, type Quantity } from './quantities.ts';

/** One line of the bill; those of one traffic group are one line with its parts in `of`. */
export interface Line {
  part: Part;
  item: string;
  quantity: number;
  unitUsd: number;
  usd: number;
  of?: Line[];
}

interface Peer {
  name: string;
  usd: number;
  how: string;
}

export interface Bill {
  month: number;
  /** Probing alone, by endpoint; votes, what stands anyway and incidents are apart. */
  perEndpointMonth: number;
  endpoints: number;
  parts: Record<Part, number>;
  lines: Line[];
  peers: Peer[];
  prices: { asOf: string; region: string; source: string };
  assumptions: typeof assumptions;
}

export function billOf(config: Config, quantities: readonly Quantity[]): Bill {
  const lines = [...quantities.filter(({ group }) => group === undefined).map(priced), ...voteLines(quantities)];
  const parts: Record<Part, number> = { probing: 0, standing: 0, acting: 0, votes: 0 };
  for (const line of lines) parts[line.part] += line.usd;
  const endpoints = endpointCount(config);
  const { asOf, region, source } = prices;
  return {
    month: parts.probing + parts.standing + parts.acting + parts.votes,
    perEndpointMonth: endpoints === 0 ? 0 : parts.probing / endpoints,
    endpoints,
    parts,
    lines,
    peers: peersOf(config, endpoints),
    prices: { asOf, region, source },
    assumptions,
  };
}

function priced({ part, item, quantity, price }: Quantity): Line {
  return { part, item, quantity, unitUsd: prices[price], usd: quantity * prices[price] };
}

function voteLines(quantities: readonly Quantity[]): Line[] {
  const byGroup = Map.groupBy(
    quantities.filter(({ group }) => group !== undefined),
    ({ group }) => group,
  );
  return [...byGroup].map(([group, own]): Line => {
    const of = own.map(priced);
    const usd = of.reduce((sum, line) => sum + line.usd, 0);
    return { part: 'votes', item: `Votes of traffic group ${group}`, quantity: 1, unitUsd: usd, usd, of };
  });
}

/** What others charge for the same: one probe a minute of each endpoint from each region, and a plan for each traffic group. */
function peersOf(config: Config, endpoints: number): Peer[] {
  const vantages = config.regions.length;
  const runs = endpoints * vantages * minutesPerMonth;
  const plans = Math.max(1, config.trafficGroups.length);
  const check = prices.healthCheckAws + prices.healthCheckFeatureAws;
  return [
    {
      name: 'CloudWatch Synthetics canaries',
      usd: runs * prices.canaryRun,
      how: `${endpoints} endpoints from ${vantages} regions once a minute, ${prices.canaryRun} USD a run; their Lambda, logs and S3 not counted`,
    },
    {
      name: 'Route 53 endpoint checks',
      usd: endpoints * check,
      how: `${endpoints} HTTPS checks every 30 s at ${check} USD, status alone; string matching is ${prices.healthCheckFeatureAws} USD more each, endpoints outside AWS ${prices.healthCheckNonAws + prices.healthCheckFeatureNonAws} USD`,
    },
    {
      name: 'ARC Region switch',
      usd: plans * prices.arcRegionSwitchPlan,
      how: `${plans} plan${plans === 1 ? '' : 's'} at ${prices.arcRegionSwitchPlan} USD; it acts on alarms and probes nothing`,
    },
  ];
}
