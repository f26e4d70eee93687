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
  missing(world: LiveWorld, before: ReturnType<LiveWorld['snapshot']>): string[];
}

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
    for (const part of Object.keys(before) as (keyof typeof before)[])
      if (canonicalJson(before[part]) !== canonicalJson(after[part])) missing.push(`${part} is not as before`);
    return missing;
  },
};

export const liveScenarios: readonly LiveScenario[] = [regionDown, coldStandby];
