import { describe, expect, it } from 'vitest';
import { notifyOf } from '../../../core/learn/notify.ts';
import type { Incident, MessageType } from '../../../core/model/index.ts';
import { composeMessage } from '../../../core/ports/compose-message.ts';
import { incidentOf } from '../incident-of.ts';
import { regionContext } from '../region-context.ts';

async function told(type: Extract<MessageType, 'IncidentOpened' | 'IncidentChanged'>, over: Partial<Incident>): Promise<number> {
  const bench = regionContext();
  await notifyOf(bench.ctx, composeMessage(bench.ctx, type, incidentOf(over)));
  return bench.notified.sent.length;
}

describe('people', () => {
  it('hear of an incident when it opens, is given to them and ends, not while it is worked on', async () => {
    expect(await told('IncidentOpened', { state: 'open' })).toBe(1);
    expect(await told('IncidentChanged', { state: 'escalated' })).toBe(1);
    expect(await told('IncidentChanged', { state: 'resolved' })).toBe(1);
    for (const state of ['open', 'acting', 'proving'] as const) expect(await told('IncidentChanged', { state })).toBe(0);
  });

  it('hear of it from the region that works on it, and from no other', async () => {
    expect(await told('IncidentOpened', { state: 'open', region: 'eu-west-1' })).toBe(0);
    expect(await told('IncidentChanged', { state: 'escalated', region: 'eu-west-1' })).toBe(0);
  });
});
