import type { StageContext } from '../config/stage-context.ts';
import { readAllHealth } from '../knowledge/health.ts';
import { readObservations } from '../knowledge/observations.ts';
import { livePeers } from '../knowledge/peer-copies.ts';
import { readSignal } from '../knowledge/signals.ts';
import { queryStored } from '../knowledge/stored.ts';
import { readFreeze, readSwitch } from '../knowledge/switches.ts';
import {
  freezeSwitch,
  Incident,
  killSwitch,
  type PolicyDecision,
  pauseSwitch,
  Run,
  Standing,
  type Target,
  targetKey,
} from '../model/index.ts';
import { within } from '../ports/within.ts';
import type { BreakerWord } from './breakers.ts';
import { budgets, bulkhead, capacityOut, cooldown, restarts, storm } from './policies/amounts.ts';
import { breaker, heavy, lastRegion, minimumHealth, releaseGate, victims } from './policies/guards.ts';
import { allowedActions, peakHours, residency, switches } from './policies/permission.ts';
import type { Policy, PolicyQuestion } from './policies/policy.ts';

const itemsMax = 500;
const callMs = 5_000;
const signalMinutes = 5;

/** Every policy in the order in which a person would ask. All are asked, so that the plan tells them all. */
const policies: readonly Policy[] = [
  ...[switches, allowedActions, peakHours, residency, victims, releaseGate, heavy],
  ...[lastRegion, minimumHealth, budgets, cooldown, restarts, storm, breaker, capacityOut, bulkhead],
];

export function askPolicies(ctx: StageContext, question: PolicyQuestion): PolicyDecision[] {
  return policies.map((policy) => policy(ctx, question));
}

type Facts = Omit<PolicyQuestion, 'incident' | 'action' | 'target' | 'to' | 'capacityOutShare'>;

/**
 * Reads what the policies need to know. What cannot be read is empty, but for the switches: those then count as on.
 * @param avoid regions that are not asked, since they are impaired
 */
export async function policyFacts(
  ctx: StageContext,
  target: Target,
  breakers: readonly BreakerWord[],
  avoid: readonly string[],
): Promise<Facts> {
  const { store, clock } = ctx.ports;
  const names = [killSwitch, pauseSwitch, freezeSwitch(targetKey(target))];
  const [read, runs, incidents, standings, states, observations, answers, capacity, cpuShare] = await Promise.all([
    Promise.all([...[killSwitch, pauseSwitch].map((name) => readSwitch(ctx, name)), readFreeze(ctx, target, avoid)]),
    runsOf(ctx, target, avoid),
    queryStored(store, clock, 'incident#', itemsMax, Incident),
    queryStored(store, clock, 'standing#', itemsMax, Standing),
    readAllHealth(ctx),
    readObservations(ctx.ports),
    answersOf(ctx, target),
    unitsOf(ctx, target),
    cpuOf(ctx, target),
  ]);
  const group = target.group ?? ctx.config.services.find((each) => each.name === target.service)?.trafficGroup;
  const fresh = (observations.ok ? observations.value : []).filter(
    (seen) => !seen.abstains && clock.now() - seen.at <= ctx.config.thresholds.quorumStalenessSeconds * 1000,
  );
  return {
    now: clock.now(),
    switches: Object.fromEntries(
      names.map((name, index) => [name, read[index]?.ok === true ? read[index].value : ('unreadable' as const)]),
    ),
    runs,
    incidents: incidents.ok ? incidents.value : [],
    standings: standings.ok ? standings.value : [],
    states: states.ok ? states.value : [],
    views: fresh.flatMap((seen) => seen.views.filter((view) => view.group === group)),
    released: fresh.flatMap((seen) => (seen.releases?.some((each) => each.service === target.service) ? [seen.observer] : [])),
    answers,
    capacity,
    cpuShare,
    breakers,
  };
}

/**
 * The runs that this region knows of, and what peers know of the same traffic: a region that was left alone as impaired has not heard how
 * often it was answered.
 */
async function runsOf(ctx: StageContext, target: Target, avoid: readonly string[]): Promise<Run[]> {
  const { store, clock } = ctx.ports;
  const own = await queryStored(store, clock, 'run#', itemsMax, Run);
  const runs = new Map((own.ok ? own.value : []).map((run) => [run.planId, run]));
  if (target.group === undefined) return [...runs.values()];
  const peers = await Promise.all(livePeers(ctx, avoid).map(([, peer]) => queryStored(peer, clock, 'run#', itemsMax, Run)));
  for (const run of peers.flatMap((known) => (known.ok ? known.value : [])))
    if (!runs.has(run.planId) && targetKey(run.target) === targetKey(target)) runs.set(run.planId, run);
  return [...runs.values()];
}

async function answersOf(ctx: StageContext, { group }: Target): Promise<string[] | null> {
  if (group === undefined) return null;
  const seen = await ctx.ports.traffic.observe(group, within(ctx.ports.clock, callMs));
  return seen.ok ? seen.value.regions : null;
}

/** Only what the own region runs: a target elsewhere may be the impaired one, which is not called. */
async function unitsOf(ctx: StageContext, target: Target): Promise<PolicyQuestion['capacity']> {
  if (target.group !== undefined || target.region !== ctx.region) return null;
  const seen = await ctx.ports.capacity.snapshot(target, within(ctx.ports.clock, callMs));
  return seen.ok ? seen.value : null;
}

async function cpuOf(ctx: StageContext, target: Target): Promise<number | null> {
  if (target.group !== undefined || target.region !== ctx.region) return null;
  const reading = await readSignal(ctx, target.service, target.region, 'cpuShare', signalMinutes);
  return reading.ok ? reading.value.latest : null;
}
