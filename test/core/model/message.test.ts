import { describe, expect, it } from 'vitest';
import { Message, messageMaxAgeSeconds, messageRefusal, messageVersion } from '../../../core/model/index.ts';
import { composeMessage } from '../../../core/ports/compose-message.ts';
import { incidentOf } from '../incident-of.ts';
import { regionContext } from '../region-context.ts';

const { ctx, clock } = regionContext();
const now = clock.now();
const request = { incident: 'inc-1', group: 'checkout', subject: 'us-east-1', epoch: 1, requester: 'us-west-2', reason: 'a test' };
const asked = Message.parse(composeMessage(ctx, 'DrainRequested', { ...request, phase: 'drain' }));
const aged = (message: Message, seconds: number): Message => ({ ...message, sentAt: now - seconds * 1000 });

describe('a message from a peer', () => {
  it.each([0, messageMaxAgeSeconds, -messageMaxAgeSeconds])('is read when it is %d s old', (seconds) => {
    expect(messageRefusal(aged(asked, seconds), now)).toBeNull();
  });

  it.each([messageMaxAgeSeconds + 1, -messageMaxAgeSeconds - 1])('that asks for something is dropped when it is %d s old', (seconds) => {
    expect(messageRefusal(aged(asked, seconds), now)).toBe(`DrainRequested is ${seconds} s old; 90 s are allowed`);
  });

  it('that takes back or tells what ended is never too old', () => {
    const withdrawn = Message.parse(composeMessage(ctx, 'DrainWithdrawn', request));
    const opened = Message.parse(composeMessage(ctx, 'IncidentOpened', incidentOf()));
    for (const message of [withdrawn, opened]) expect(messageRefusal(aged(message, 86_400), now)).toBeNull();
  });

  it('is read in this version and the one before, so that regions can be upgraded one by one', () => {
    const verdicts = [1, 0, -1, -2].map((step) => messageRefusal({ ...asked, v: messageVersion + step }, now) === null);
    expect(verdicts).toEqual([false, true, true, false]);
  });
});
