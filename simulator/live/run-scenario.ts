import type { Records } from '../host/records.ts';
import { summarise } from '../report/summary.ts';
import type { LiveScenario } from './scenario.ts';
import type { LiveWorld } from './world.ts';

const steadyLimitMs = 60_000;
const lookMs = 250;
/** Two more answers to the independent client after the end, so that its figure is whole. */
const settleMs = 2_500;

export interface LiveReport {
  scenario: string;
  carrier: string;
  speed: number;
  ipv6: boolean;
  startedAt: number;
  faultAt: number | null;
  detectedAfterSeconds: number | null;
  recoveredAfterSeconds: number | null;
  endedAfterSeconds: number | null;
  /** Seconds in which no customer got a good answer: as the load balancers saw it, and as an independent client measured it; null: not over. */
  outageSeconds: { served: number | null; client: number | null };
  /** Since the fault. */
  processes: LiveWorld['breakage']['processes'];
  expectMet: boolean;
  /** What of the expected end is missing, in sentences. */
  unmet: string[];
  actions: ReturnType<typeof summarise>['actions'];
  reversals: ReturnType<typeof summarise>['reversals'];
  timeline: LiveWorld['timeline']['entries'];
}

/** Waits until every region sees every region well and the independent client is served; throws when that does not come. */
export async function awaitSteady(world: LiveWorld, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + steadyLimitMs;
  while (!(world.steady() && isServed(world)) && !signal.aborted) {
    if (Date.now() > deadline) throw new Error(`the live world did not become steady within ${steadyLimitMs / 1000} s`);
    await pause(lookMs);
  }
}

/** Injects the faults of a scenario into a steady world and waits for its end, or its limit. */
export async function runScenario(world: LiveWorld, scenario: LiveScenario, signal: AbortSignal): Promise<string[]> {
  for (const fault of scenario.faults(world)) await world.breakage.inject(fault);
  // Processes of a region that was killed are gone a moment later; from here on every change is evenkeel's.
  await pause(settleMs / world.clock.speed);
  const before = { ...world.snapshot(), pids: world.fleet.pids() };
  const endsBy = (world.breakage.since ?? world.clock.now()) + scenario.limitSeconds * 1000;
  let missing = scenario.missing(world, before);
  while (missing.length > 0 && world.clock.now() < endsBy && !signal.aborted) {
    await pause(lookMs);
    missing = scenario.missing(world, before);
  }
  await pause(settleMs);
  return missing;
}

export function reportOf(world: LiveWorld, scenario: string, carrier: string, startedAt: number, unmet: string[]): LiveReport {
  const { customer, clock } = world;
  const { since: faultAt, outage } = world.breakage;
  const records = since(world.records(), faultAt ?? startedAt);
  const { detectedAfterSeconds, recoveredAfterSeconds, actions, reversals } = summarise(records, faultAt ?? startedAt);
  const resolved = records.incidents.flatMap((incident) => incident.resolvedAt ?? []);
  // While nobody answers the client, its outage is not over.
  const longest = customer?.last?.ok === true ? customer.last.longest : undefined;
  return {
    ...{ scenario, carrier, speed: clock.speed, ipv6: world.ipv6, startedAt, faultAt },
    ...{ detectedAfterSeconds, recoveredAfterSeconds },
    endedAfterSeconds: faultAt === null || resolved.length === 0 ? null : (Math.max(...resolved) - faultAt) / 1000,
    outageSeconds: {
      served: outage === null ? null : (outage.to - outage.from) / 1000,
      client: longest === undefined ? null : ((longest.toMs - longest.fromMs) * clock.speed) / 1000,
    },
    processes: world.breakage.processes,
    ...{ expectMet: unmet.length === 0, unmet, actions, reversals },
    timeline: world.timeline.entries,
  };
}

/** What a fault before this one came to is another story. */
function since({ incidents, runs, plans, steps }: Records, at: number): Records {
  return {
    incidents: incidents.filter((incident) => incident.openedAt >= at),
    runs: runs.filter((run) => run.startedAt >= at),
    plans,
    steps: new Map([...steps].filter(([, [first]]) => (first?.intentAt ?? 0) >= at)),
  };
}

function isServed({ customer }: LiveWorld): boolean {
  return customer === null || customer.last?.ok === true;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
