import type { StageContext } from '../config/stage-context.ts';
import { avoidOf } from '../knowledge/incidents.ts';
import { noteOfIncident, noteOfRun } from '../knowledge/notes.ts';
import { tellOnce } from '../knowledge/tell-people.ts';
import type { Message } from '../model/index.ts';

/** Tells people what a message means to them, in the region that works on it; the text is the reason that the decision carried. */
export async function notifyOf(ctx: StageContext, message: Message): Promise<void> {
  switch (message.type) {
    case 'IncidentOpened':
    case 'IncidentChanged': {
      const incident = message.body;
      // What is merely worked on says nothing new to people.
      const isNews = message.type === 'IncidentOpened' || incident.state === 'escalated' || incident.state === 'resolved';
      if (isNews && incident.region === ctx.region) await tellOnce(ctx, noteOfIncident(incident), await avoidOf(ctx, incident));
      return;
    }
    case 'OutcomeRecorded': {
      const note = message.from === ctx.region ? noteOfRun(message.body) : null;
      if (note !== null) await tellOnce(ctx, note, message.body.avoid ?? []);
      return;
    }
    default:
      return;
  }
}
