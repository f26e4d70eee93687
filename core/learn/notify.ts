import type { StageContext } from '../config/stage-context.ts';
import { tellPeople } from '../knowledge/tell-people.ts';
import type { Incident, Message, Notification, Outcome } from '../model/index.ts';
import { targetKey } from '../model/index.ts';

/** Tells people what a message means to them; the text is the reason that the decision carried. */
export async function notifyOf(ctx: StageContext, message: Message): Promise<void> {
  const note = noteFor(ctx.region, message);
  if (note !== null) await tellPeople(ctx, note);
}

/** Whether and how people hear of a message in this region; null: another region tells it, or there is nothing to say. */
function noteFor(region: string, message: Message): Notification | null {
  switch (message.type) {
    case 'IncidentOpened':
      return message.body.region === region ? ofIncident(message, message.body, `opened: ${message.body.cause}`, false) : null;
    case 'IncidentChanged':
      if (message.body.region !== region) return null;
      if (message.body.state === 'escalated')
        return ofIncident(message, message.body, 'needs a person', message.body.severity === 'critical');
      return message.body.state === 'resolved' ? ofIncident(message, message.body, 'resolved', false) : null;
    case 'OutcomeRecorded':
      return message.from === region ? ofOutcome(message, message.body) : null;
    default:
      return null;
  }
}

function ofIncident(message: Message, incident: Incident, what: string, page: boolean): Notification {
  const { id, severity, reason } = incident;
  return { id: message.id, at: message.sentAt, severity, page, incident: id, title: `${id} ${what}`, text: reason };
}

function ofOutcome(message: Message, outcome: Outcome): Notification {
  const page = outcome.state === 'escalated';
  return {
    id: message.id,
    at: message.sentAt,
    severity: page ? 'critical' : outcome.state === 'verified' ? 'info' : 'warning',
    page,
    incident: outcome.incidentId,
    title: `${outcome.action} on ${targetKey(outcome.target)}: ${outcome.state}`,
    text: outcome.reason,
  };
}
