import type { StoreState } from '../../adapters/memory/store.ts';
import { Incident, Plan, Run, StepRecord, storeKey } from '../../core/model/index.ts';

/** What the tables of all regions hold about runs, as one: of several copies the furthest. */
export interface Records {
  /** Each sorted by time. */
  incidents: Incident[];
  runs: Run[];
  plans: Map<string, Plan>;
  /** By plan, in journal order. */
  steps: Map<string, StepRecord[]>;
}

export function readRecords(stores: Iterable<StoreState>): Records {
  const incidents = new Map<string, Incident>();
  const runs = new Map<string, Run>();
  const plans = new Map<string, Plan>();
  const steps = new Map<string, StepRecord>();
  for (const { items } of stores) {
    for (const { key, body } of items.values()) {
      const [family, id = '', part = ''] = key.split('#');
      if (family === 'incident' && part === '') keepFurthest(incidents, id, Incident.parse(body), incidentProgress);
      else if (family === 'run') keepFurthest(runs, id, Run.parse(body), runProgress);
      else if (family === 'plan') plans.set(id, Plan.parse(body));
      else if (family === 'step') keepFurthest(steps, `${id}#${part}`, StepRecord.parse(body), stepProgress);
    }
  }
  const byPlan = Map.groupBy(
    [...steps.values()].sort((a, b) => a.order - b.order),
    (step) => step.plan,
  );
  return {
    incidents: [...incidents.values()].sort((a, b) => a.openedAt - b.openedAt),
    runs: [...runs.values()].sort((a, b) => a.startedAt - b.startedAt),
    plans,
    steps: byPlan,
  };
}

/** One incident and its runs, the furthest copy of each. Nothing else is read, for whoever asks often. */
export function readIncidentRecords(
  stores: Iterable<StoreState>,
  incidentId: string,
): Pick<Records, 'runs'> & { incident: Incident | undefined } {
  const incidents = new Map<string, Incident>();
  const runs = new Map<string, Run>();
  for (const { items } of stores) {
    for (const { key, body } of items.values()) {
      if (key === storeKey.incident(incidentId)) keepFurthest(incidents, incidentId, Incident.parse(body), incidentProgress);
      if (!key.startsWith(storeKey.run(''))) continue;
      const run = Run.parse(body);
      if (run.incidentId === incidentId) keepFurthest(runs, run.planId, run, runProgress);
    }
  }
  return { incident: incidents.get(incidentId), runs: [...runs.values()] };
}

function keepFurthest<T>(all: Map<string, T>, id: string, item: T, progress: (item: T) => number): void {
  const known = all.get(id);
  if (known === undefined || progress(item) > progress(known)) all.set(id, item);
}

const incidentStates = ['open', 'acting', 'proving', 'escalated', 'resolved'];
const runStates = ['running', 'undoing', 'refused', 'undone', 'escalated', 'verified'];
const stepStates = ['intended', 'applying', 'applied', 'failed', 'committed', 'undoing', 'undone', 'frozen'];

/** A higher epoch knows more; within one the later state does. */
const incidentProgress = (incident: Incident) => incident.epoch * 10 + incidentStates.indexOf(incident.state);
const runProgress = (run: Run) => run.epoch * 10 + runStates.indexOf(run.state);
const stepProgress = (step: StepRecord) => step.epoch * 10 + stepStates.indexOf(step.state);

/** Tokens of the approvals that nobody has decided, in one region's table. */
export function openApprovals(store: StoreState | undefined): string[] {
  const prefix = storeKey.approval('');
  return [...(store?.items.values() ?? [])].flatMap(({ key, body }) => {
    const undecided = typeof body === 'object' && body !== null && 'decision' in body && body.decision === null;
    return key.startsWith(prefix) && undecided ? [key.slice(prefix.length)] : [];
  });
}
