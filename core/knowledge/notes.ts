import type { Incident, Notification, Run } from '../model/index.ts';
import { isOpen, isRunning, targetKey } from '../model/index.ts';

/** A note without the time at which somebody tells it. */
type Note = Omit<Notification, 'at'>;

/**
 * What people hear of a run; null while it has not ended. The id is the key under which everybody tells it: how it ended is a part of it,
 * so that two regions that end one run differently are both heard.
 */
export function noteOfRun(run: Pick<Run, 'planId' | 'incidentId' | 'action' | 'target' | 'state' | 'reason'>): Note | null {
  if (isRunning(run)) return null;
  const page = run.state === 'escalated';
  return {
    id: `run/${run.planId}/${run.state}`,
    severity: page ? 'critical' : run.state === 'verified' ? 'info' : 'warning',
    page,
    incident: run.incidentId,
    title: `${run.action} on ${targetKey(run.target)}: ${run.state}`,
    text: run.reason,
  };
}

/** What people hear of an incident as it stands: that it was opened, that it needs a person, that it is over. */
export function noteOfIncident(incident: Incident): Note {
  const { id, severity, state, cause, reason } = incident;
  const [what, title] = isOpen(incident)
    ? ['opened', `opened: ${cause}`]
    : state === 'escalated'
      ? ['escalated', 'needs a person']
      : ['resolved', 'resolved'];
  const page = state === 'escalated' && severity === 'critical';
  return { id: `incident/${id}/${what}`, severity, page, incident: id, title: `${id} ${title}`, text: reason };
}
