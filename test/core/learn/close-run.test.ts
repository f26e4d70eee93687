import { describe, expect, it } from 'vitest';
import { closeRun } from '../../../core/learn/close-run.ts';
import { failed, Incident, Plan, Run, storeKey } from '../../../core/model/index.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { regionContext, startAt } from '../region-context.ts';
import { withMethods } from '../with-methods.ts';

const target = { service: 'checkout', region: 'us-east-1' };
const plan = Plan.parse({
  ...{ id: 'scale-1', version: 1, incident: 'inc-1', action: 'scale', target, level: 'soft', attempt: 1, steps: [], policies: [] },
  ...{ successors: [], createdAt: startAt, createdEpoch: 1, reason: 'a test' },
});
const run = Run.parse({
  ...{ planId: 'scale-1', incidentId: 'inc-1', action: 'scale', target, epoch: 1, holder: 'us-east-1', executionId: 'scale:scale-1' },
  ...{ state: 'undoing', avoid: [], startedAt: startAt, leaseUntil: startAt + 60_000, reason: 'a test' },
});

const incident = Incident.parse({
  ...{ id: 'inc-1', epoch: 1, subject: target, region: 'us-east-1', alert: 'error-rate', cause: 'errors', locus: 'service', tried: [] },
  ...{ severity: 'critical', state: 'acting', attempt: 1, openedAt: startAt, deadlineAt: startAt, reason: 'errors' },
});

describe('the end of a run', () => {
  it('is marked as published though the first write of the mark is throttled, and so is told once', async () => {
    const bench = regionContext();
    const own = bench.states.get('us-east-1');
    if (own === undefined) throw new Error('the shop is in us-east-1');
    writeItem(own, storeKey.plan('scale-1'), plan);
    writeItem(own, storeKey.run('scale-1'), run);
    let throttles = 1;
    const { store } = bench.ctx.ports;
    const busy = withMethods(store, {
      put: async (item, version, call) => {
        const isMark = Run.safeParse(item.body).data?.published === true;
        return isMark && throttles-- > 0 ? failed('throttled', 'busy') : store.put(item, version, call);
      },
    });
    const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, store: busy } };
    const closed = closeRun(ctx, { planId: 'scale-1', epoch: 1, state: 'undone', reason: 'not proven' });
    await bench.pass(30);
    expect((await closed).code).toBe('ok');
    expect(throttles).toBeLessThan(1);
    expect(own.items.get(storeKey.run('scale-1'))?.body).toMatchObject({ state: 'undone', published: true });
  });

  it.each([
    ['soft', 'error-rate'],
    ['follow-up', 'follow-up'],
  ])('of the level %s is a lesson for the alert %s', async (level, alert) => {
    const bench = regionContext();
    const own = bench.states.get('us-east-1');
    if (own === undefined) throw new Error('the shop is in us-east-1');
    writeItem(own, storeKey.plan('scale-1'), { ...plan, level });
    writeItem(own, storeKey.run('scale-1'), run);
    writeItem(own, storeKey.incident('inc-1'), incident);
    await closeRun(bench.ctx, { planId: 'scale-1', epoch: 1, state: 'undone', reason: 'not proven' });
    expect(bench.of('LessonLearned')[0]?.reason).toContain(`scale for ${alert}`);
  });
});
