import type { Incident } from '../../core/model/index.ts';
import { startAt } from './region-context.ts';

/** An incident of checkout in us-east-1 that is being answered there, with what a test says of it. */
export const incidentOf = (over: Partial<Incident> = {}): Incident => ({
  ...{ id: 'inc-1', epoch: 1, subject: { service: 'checkout', region: 'us-east-1' }, region: 'us-east-1' },
  ...{ alert: 'error-rate', cause: 'errors', locus: 'service', severity: 'critical', state: 'acting', attempt: 1, tried: [] },
  ...{ openedAt: startAt, deadlineAt: startAt + 300_000, reason: 'errors' },
  ...over,
});
