import { describe, expect, it } from 'vitest';
import { boundLongestPath } from '../../../simulator/asl/longest-path.ts';
import { parseMachine } from '../../../simulator/asl/parse-machine.ts';
import { ok, refuse, task, world } from './machine-world.ts';

/** Three rounds of at most four looks each, every look a task that is retried. */
const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Begin round',
  States: {
    'Begin round': { Type: 'Pass', Assign: { looks: 0, rounds: '{% $exists($rounds) ? $rounds + 1 : 1 %}' }, Next: 'Look' },
    Look: task({ Retry: [{ ErrorEquals: ['Slow'], MaxAttempts: 1 }], Output: '{% $states.result.code %}', Next: 'Is it proven?' }),
    'Is it proven?': {
      Type: 'Choice',
      Choices: [
        { Condition: "{% $states.input = 'pass' %}", Next: 'End' },
        { Condition: '{% $looks < 3 %}', Next: 'Wait a little' },
        { Condition: '{% $rounds >= 3 %}', Next: 'End' },
      ],
      Default: 'Begin round',
    },
    'Wait a little': { Type: 'Wait', Seconds: 1, Assign: { looks: '{% $looks + 1 %}' }, Next: 'Look' },
    End: { Type: 'Succeed' },
  },
};

describe('the bound of the longest path', () => {
  it('holds for a run that takes every retry and every turn, and is of its order', async () => {
    const { events, unbounded } = boundLongestPath(parseMachine(definition));
    const there = world(({ attempt }) => (attempt === 1 ? refuse('Slow') : ok({ code: 'inconclusive' })));
    const { arn } = there.start(definition);
    await there.clock.advance(1e9);
    const run = there.engine.history(arn);
    expect(run.at(-1)?.type).toBe('ExecutionSucceeded');
    expect(unbounded).toEqual([]);
    expect(run.length).toBeLessThanOrEqual(events);
    expect(events).toBeLessThan(1.5 * run.length);
  });

  it('names the loop that has none', () => {
    const open = structuredClone(definition);
    open.States['Is it proven?'].Choices[2] = { Condition: "{% $states.input = 'fail' %}", Next: 'End' };
    expect(boundLongestPath(parseMachine(open)).unbounded.map(({ states }) => states)).toEqual([
      ['Begin round', 'Look', 'Is it proven?', 'Wait a little'],
    ]);
  });

  it('does not take a counter for the limit of a loop in which it is set back', () => {
    const open = structuredClone(definition);
    open.States['Is it proven?'].Choices = [
      { Condition: '{% $looks >= 3 %}', Next: 'End' },
      { Condition: "{% $states.input = 'fail' %}", Next: 'Begin round' },
    ];
    open.States['Is it proven?'].Default = 'Wait a little';
    expect(boundLongestPath(parseMachine(open)).unbounded).toHaveLength(1);
  });
});
