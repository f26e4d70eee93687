import { expect, it } from 'vitest';
import { putStored } from '../../../core/knowledge/stored.ts';
import { regionContext } from '../region-context.ts';

it('what ages is written with its end, and what does not with none', async () => {
  const { ctx, clock, states } = regionContext();
  const end = clock.now() + 60_000;
  await putStored(ctx.ports.store, clock, 'run#ages', { a: 1 }, 0, end);
  await putStored(ctx.ports.store, clock, 'run#stays', { a: 1 }, 0);
  const items = states.get('us-east-1')?.items;
  expect([items?.get('run#ages')?.expiresAt, items?.get('run#stays')?.expiresAt]).toEqual([end, undefined]);
});
