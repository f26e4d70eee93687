import { describe, expect, test } from 'vitest';
import { composeMessage } from '../../core/ports/compose-message.ts';
import { isOutsideEvent } from '../../lambdas/runtime/outside-event.ts';
import { isBusEvent, messageOf } from '../../lambdas/runtime/serve.ts';
import { incidentOf } from '../core/incident-of.ts';
import { regionContext } from '../core/region-context.ts';

const { ctx } = regionContext();
const word = composeMessage(ctx, 'IncidentChanged', incidentOf({ state: 'resolved' }));
/** As our own bus delivers it. */
const ours = { source: 'evenkeel', 'detail-type': word.type, detail: word };

describe('an event', () => {
  test('of our own bus is a message', () => {
    expect([isBusEvent(ours), isOutsideEvent(ours)]).toEqual([true, false]);
    expect(messageOf(ours)).toEqual(word);
  });

  test.each([
    ['an alarm', { source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change', detail: {} }],
    ['a trigger of somebody', { source: 'shop.monitor', 'detail-type': 'evenkeel trigger', detail: {} }],
    // What PutEvents to the account's bus lets anybody in the account write.
    ['a message of ours that came as a trigger under our name', { ...ours, 'detail-type': 'evenkeel trigger' }],
  ])('that is %s is from outside', (_, event) => {
    expect(isOutsideEvent(event)).toBe(true);
  });
});
