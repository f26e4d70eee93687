import { regionNames, regionsOfGroup } from '../../core/config/derive.ts';
import { canonicalJson } from '../../core/model/index.ts';
import type { LiveFault } from './fault.ts';
import type { LiveWorld } from './world.ts';

export interface LiveScenario {
  name: string;
  about: string;
  /** How many times faster than real time it runs unless told otherwise: waits of minutes are no fun to watch. */
  speed: number;
  /** Seconds of the world's clock after the fault within which it has to end. */
  limitSeconds: number;
  faults(world: LiveWorld): LiveFault[];
  /** What is still missing to the expected end, in sentences; empty: it is reached. */
  missing(world: LiveWorld, before: Before): string[];
}

/** The world shortly after the fault, before anything was done about it. */
type Before = ReturnType<LiveWorld['snapshot']> & { pids: ReadonlyMap<string, number> };

/** The region that has the traffic of the first group. */
function home(world: LiveWorld): string {
  const group = world.config.trafficGroups[0];
  return (group === undefined ? regionNames(world.config) : regionsOfGroup(world.config, group.name))[0] ?? '';
}

const regionDown: LiveScenario = {
  name: 'region-down',
  about: 'everything in the region that has the traffic is killed; a peer takes over, proves itself, and the incident is resolved',
  speed: 1,
  limitSeconds: 300,
  faults: (world) => [{ kind: 'region-down', region: home(world) }],
  missing(world) {
    const { runs, incidents: all } = world.records();
    const incidents = all.filter((incident) => incident.group !== undefined);
    const missing: string[] = [];
    if (!runs.some((run) => run.action === 'failover' && run.state === 'verified')) missing.push('no failover is verified');
    if (incidents.length === 0) missing.push('no incident was opened');
    for (const incident of incidents) if (incident.state !== 'resolved') missing.push(`${incident.id} is ${incident.state}`);
    if (world.customer?.last?.ok !== true) missing.push('the independent client is not served');
    for (const group of world.config.trafficGroups)
      if ((world.shares(group.name)[home(world)] ?? 0) > 0) missing.push(`answers of ${group.name} still name ${home(world)}`);
    return missing;
  },
};

const coldStandby: LiveScenario = {
  name: 'cold-standby',
  about: 'the same, but new units never become ready anywhere else: each pre-scale fails its proof and is undone, then people are called',
  speed: 5,
  limitSeconds: 1_200,
  faults: (world) => [
    ...regionNames(world.config).flatMap((region): LiveFault[] => (region === home(world) ? [] : [{ kind: 'cold-units', region }])),
    { kind: 'region-down', region: home(world) },
  ],
  missing(world, before) {
    const { runs, incidents, steps } = world.records();
    const missing: string[] = [];
    if (runs.length === 0) missing.push('nothing was tried');
    for (const run of runs) if (run.state !== 'undone') missing.push(`${run.planId} is ${run.state}, not undone`);
    for (const step of [...steps.values()].flat()) {
      if (step.undo !== undefined && step.undo.verdict !== 'pass')
        missing.push(`the undo of ${step.step} is ${step.undo.verdict ?? 'open'}`);
    }
    if (!incidents.some((incident) => incident.state === 'escalated')) missing.push('people were not called');
    const after = world.snapshot();
    for (const part of Object.keys(after) as (keyof typeof after)[])
      if (canonicalJson(before[part]) !== canonicalJson(after[part])) missing.push(`${part} is not as before`);
    return missing;
  },
};

/** The service of the first group. */
function first(world: LiveWorld): string {
  return world.config.services.find((service) => service.trafficGroup === world.config.trafficGroups[0]?.name)?.name ?? '';
}

/** What of "one action was verified, the incident is resolved, nothing else was done" is missing. */
function onlyVerified(world: LiveWorld, action: string): string[] {
  const { runs, incidents } = world.records();
  const missing: string[] = [];
  if (!runs.some((run) => run.action === action && run.state === 'verified')) missing.push(`no ${action} is verified`);
  for (const run of runs) if (run.action !== action) missing.push(`${run.planId} is a ${run.action}`);
  if (incidents.length === 0) missing.push('no incident was opened');
  for (const incident of incidents) if (incident.state !== 'resolved') missing.push(`${incident.id} is ${incident.state}`);
  if (world.customer?.last?.ok !== true) missing.push('the independent client is not served');
  return missing;
}

const unitDown: LiveScenario = {
  name: 'unit-down',
  about: 'one process of the service answers errors, but not to its health check; it is ejected and gets no requests any more',
  speed: 1,
  limitSeconds: 300,
  faults: (world) => [{ kind: 'unit-errors', service: first(world), region: home(world) }],
  missing(world, before) {
    const missing = onlyVerified(world, 'shift');
    const key = `${first(world)}/${home(world)}`;
    const ejected = world.snapshot().capacity[key]?.units.filter((unit) => unit.ejected) ?? [];
    if (ejected.length !== 1) missing.push(`${ejected.length} units are ejected, not one`);
    const serving = world.fleet.serving(first(world), home(world)).map(({ id }) => id);
    if (ejected.some(({ id }) => serving.includes(id))) missing.push('the ejected unit gets requests');
    const all = before.capacity[key]?.units.length ?? 0;
    if (serving.length !== all - 1) missing.push(`${serving.length} of ${all} units serve`);
    return missing;
  },
};

const crashLoop: LiveScenario = {
  name: 'crash-loop',
  about: 'processes of the service die one after the other; every unit is replaced by a new process, one at a time',
  speed: 3,
  limitSeconds: 900,
  faults: (world) => Array.from({ length: 3 }, (): LiveFault => ({ kind: 'unit-crash', service: first(world), region: home(world) })),
  missing(world, before) {
    const missing = onlyVerified(world, 'restart');
    const kept = [...world.fleet.pids()].filter(([unit, pid]) => before.pids.get(unit) === pid && isOf(world, unit));
    if (kept.length > 0) missing.push(`${kept.map(([unit]) => unit).join(', ')} are the same processes as before`);
    return missing;
  },
};

const memory: LiveScenario = {
  name: 'memory',
  about: 'the processes of the service leak memory; a document collects the garbage in each of them',
  speed: 3,
  limitSeconds: 900,
  faults: (world) => [{ kind: 'memory-leak', service: first(world), region: home(world) }],
  missing(world) {
    const missing = onlyVerified(world, 'script');
    const share = world.fleet.memoryShare(first(world), home(world)) ?? 1;
    if (share > world.config.thresholds.memoryShare) missing.push(`memory is ${Math.round(100 * share)} %`);
    return missing;
  },
};

/** Whether the unit is one of the service that a scenario is about. */
function isOf(world: LiveWorld, unit: string): boolean {
  return world.state.capacity.services[`${first(world)}/${home(world)}`]?.units.some(({ id }) => id === unit) === true;
}

export const liveScenarios: readonly LiveScenario[] = [regionDown, coldStandby, unitDown, crashLoop, memory];
