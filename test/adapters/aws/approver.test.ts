import { SFNClient } from '@aws-sdk/client-sfn';
import { expect, it } from 'vitest';
import { AwsApprover } from '../../../adapters/aws/approver.ts';
import { createNotifierState, MemoryNotifier } from '../../../adapters/memory/notifier.ts';
import { createStoreState, MemoryStore } from '../../../adapters/memory/store.ts';
import { VirtualClock } from '../../../simulator/world/clock.ts';

it('a token can be given to a command line: none of a thousand begins with a dash', async () => {
  const clock = new VirtualClock(1_767_614_400_000);
  const store = new MemoryStore(createStoreState(), clock);
  const notifier = new MemoryNotifier(createNotifierState(), clock);
  const approver = new AwsApprover({ store, notifier, sfn: new SFNClient({ region: 'eu-west-1' }), clock });
  const approval = { planId: 'p-1', incident: 'i-1', what: 'restart', expiresAt: clock.now() + 60_000 };
  const tokens = new Set<string>();
  for (let request = 0; request < 1000; request += 1) {
    const asked = await approver.request(approval, { deadlineAt: clock.now() + 1000 });
    if (asked.ok) tokens.add(asked.value.token);
  }
  expect(tokens.size).toBe(1000);
  expect([...tokens].filter((token) => token.startsWith('-'))).toEqual([]);
});
