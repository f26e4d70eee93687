import { regionNames } from '../../core/config/derive.ts';
import { noteOfIncident } from '../../core/knowledge/notes.ts';
import { type Incident, type JsonObject, type Plan, type Run, storeKey } from '../../core/model/index.ts';
import type { SharedState } from '../host/shared-state.ts';
import { writeItem } from './seed-items.ts';
import type { TrialCase } from './trial-case.ts';

export const trialIncident = 'inc-trial';
const epoch = 3;

/** How a machine is started. */
export interface Opening {
  machine: string;
  name: string;
  input: JsonObject;
}

/** What is on record before the machine starts, as the stages before it leave it behind, and how it is started. */
export function openingOf(given: TrialCase, shared: SharedState, now: number): Opening {
  const { machine, holder, avoid, config } = given;
  const others = regionNames(config).filter((region) => region !== holder && !avoid.includes(region));
  const keep = (key: string, value: unknown) => {
    for (const region of [holder, ...others]) {
      const store = shared.stores.get(region);
      if (store !== undefined) writeItem(store, key, value);
    }
  };
  const responds = machine === 'respond';
  // What only carries out a plan has an incident that is over, so that no sweeper answers it with another run.
  const incident = incidentOf(given, now, responds ? 'open' : 'resolved');
  keep(storeKey.incident(trialIncident), incident);
  const note = noteOfIncident(incident).id;
  keep(storeKey.told(note), { key: note, by: holder, at: now });
  const input = { incidentId: trialIncident, epoch, attempt: 1 };
  if (responds) return { machine, name: `respond-${trialIncident}-${epoch}-0`, input: { ...input, planId: '-' } };
  const plan = planOf(given, machine, [holder, ...others], now);
  keep(storeKey.plan(plan.id), plan);
  keep(storeKey.run(plan.id), runOf(given, plan, now));
  return { machine, name: plan.id, input: { ...input, planId: plan.id } };
}

function incidentOf({ target, holder, alert = 'error-rate' }: TrialCase, now: number, state: Incident['state']): Incident {
  return {
    ...{ id: trialIncident, epoch, subject: { service: target.service, region: target.region }, region: holder, alert, cause: 'a trial' },
    ...{
      locus: 'service',
      severity: 'critical',
      state,
      attempt: 0,
      tried: [],
      openedAt: now,
      deadlineAt: now + 300_000,
      reason: 'a trial',
    },
  };
}

function planOf({ target, steps }: TrialCase, action: Plan['action'], successors: string[], now: number): Plan {
  return {
    ...{ id: `${action}-trial`, version: 1, incident: trialIncident, action, target, level: 'trial', attempt: 1, steps, policies: [] },
    ...{ successors, createdAt: now, createdEpoch: epoch, reason: 'a trial' },
  };
}

function runOf({ target, holder, avoid }: TrialCase, { id, action }: Plan, now: number): Run {
  return {
    ...{ planId: id, incidentId: trialIncident, action, target, epoch, holder, executionId: `${action}:${id}`, state: 'running', avoid },
    ...{ startedAt: now, leaseUntil: now + 120_000, reason: 'a trial' },
  };
}
