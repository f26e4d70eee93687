import { expect, test } from 'vitest';
import { putStored } from '../../../core/knowledge/stored.ts';
import { learnFrom } from '../../../core/learn/lessons.ts';
import { type Lesson, type Outcome, storeKey } from '../../../core/model/index.ts';
import { chooseMove, scoreMove } from '../../../core/plan/choice.ts';
import type { Move } from '../../../core/plan/playbook.ts';
import { remediate } from '../../../core/plan/remediate.ts';
import { incidentOf } from '../incident-of.ts';
import { regionContext, shopConfig, startAt } from '../region-context.ts';

const move = (action: Move['action'], level: string): Move => ({
  key: `${level}:1:0`,
  level,
  action,
  args: {},
  when: undefined,
  waitSeconds: 0,
});
const lesson = (action: string, attempts: number, successes: number, meanSeconds = 300): Lesson => ({
  ...{ action, alert: 'error-rate', attempts, successes, meanSeconds, lastAt: 0 },
});

const restartOrShift = [move('restart', 'resource'), move('shift', 'infrastructure')];

test('without outcomes the order of the playbook stands', () => {
  expect(chooseMove(restartOrShift, () => undefined)?.chosen.move.action).toBe('restart');
});

test('an action that keeps failing gives way to the next level, and the reason holds every term', () => {
  const choice = chooseMove(restartOrShift, (action) => (action === 'restart' ? lesson('restart', 8, 0) : undefined));
  expect(choice?.chosen.move.action).toBe('shift');
  expect(choice?.reason).toMatch(/shift: better by 0\.\d+ than restart.*p 0\.23, touches 30 %, 300 s, cost 0\.0/);
});

test('the probability is the mean of the Beta posterior', () => {
  expect(scoreMove(move('restart', 'resource'), lesson('restart', 10, 7)).probability).toBeCloseTo((3 + 7) / (5 + 10), 12);
});

test('a slow action is worth less than a quick one that succeeds as often', () => {
  const score = (seconds: number) => scoreMove(move('restart', 'soft'), lesson('restart', 4, 2, seconds)).score;
  expect(score(60)).toBeGreaterThan(score(1200));
});

const incident = incidentOf({ id: 'inc-checkout-us-east-1-error-rate-1' });

const outcome = (planId: string, state: Outcome['state']): Outcome => ({
  ...{
    planId,
    incidentId: 'inc-0',
    action: 'restart',
    alert: 'error-rate',
    target: { service: 'checkout', region: 'us-east-1' },
    epoch: 1,
    steps: [],
  },
  ...{ state, startedAt: startAt, endedAt: startAt + 300_000, reason: 'so' },
});

async function nextAction(restarts: Outcome['state'][]): Promise<string> {
  const bench = regionContext(shopConfig());
  for (const [index, state] of restarts.entries()) await learnFrom(bench.ctx, outcome(`restart-${index}`, state));
  const at = bench.clock.now();
  const views = ['us-east-1', 'eu-west-1', 'us-west-2'].map((region) => ({
    ...{ group: 'checkout', region, status: region === 'us-east-1' ? ('unhealthy' as const) : ('healthy' as const) },
    ...{ score: 1, responseMs: 50, since: 0, reason: 'seen' },
  }));
  const seen = {
    observer: 'us-east-1',
    at,
    abstains: false,
    views,
    traffic: { checkout: ['us-east-1', 'eu-west-1', 'us-west-2'] },
    reason: 'seen',
  };
  await putStored(bench.ctx.ports.store, bench.clock, storeKey.observation('us-east-1'), seen, 0);
  await putStored(bench.ctx.ports.store, bench.clock, storeKey.incident(incident.id), incident, 0);
  const reply = await remediate(bench.ctx, incident, 1, '-');
  expect(bench.of('ActionChosen')[0]?.reason).toContain('restart');
  return reply.machine;
}

test('changing the recorded outcomes changes the next choice', async () => {
  expect(await nextAction(['verified', 'verified', 'verified'])).toBe('restart');
  expect(await nextAction(['undone', 'undone', 'undone', 'undone', 'undone', 'undone', 'undone', 'undone'])).toBe('shift');
});
