import { describe, expect, it } from 'vitest';
import { formatTimestamp } from '../../../simulator/asl/timestamps.ts';
import { ok, single, task, world } from './machine-world.ts';

describe('data on its way through a machine', () => {
  it('gives the input on when a state says nothing about its output', async () => {
    expect(await world().run(single({ Type: 'Pass' }), { a: 1 })).toMatchObject({ status: 'SUCCEEDED', output: { a: 1 } });
  });

  it('gives a task its Arguments, and the input when it has none', async () => {
    const there = world();
    await there.run(
      {
        StartAt: 'First',
        States: {
          First: task({
            Arguments: { FunctionName: 'f', Payload: { id: '{% $states.input.id %}' } },
            Output: '{% $states.input %}',
            Next: 'Second',
          }),
          Second: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:111111111111:function:f', End: true },
        },
      },
      { id: 7 },
    );
    expect(there.calls.map((call) => call.arguments)).toEqual([{ FunctionName: 'f', Payload: { id: 7 } }, { id: 7 }]);
  });

  it('evaluates everything that a state assigns against the variables as they were before', async () => {
    const result = await world().run({
      StartAt: 'Set',
      States: {
        Set: { Type: 'Pass', Assign: { a: 1, b: 2 }, Next: 'Swap' },
        Swap: { Type: 'Pass', Assign: { a: '{% $b %}', b: '{% $a %}' }, Next: 'Show' },
        Show: { Type: 'Pass', Output: { a: '{% $a %}', b: '{% $b %}' }, End: true },
      },
    });
    expect(result.output).toEqual({ a: 2, b: 1 });
  });

  it('fails on a variable that nobody has set, and names it', async () => {
    const result = await world().run(single({ Type: 'Pass', Output: { x: '{% $missing %}' } }));
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
    expect(result.cause).toContain("'$missing' specified for the field 'Output/x' returned nothing (undefined)");
  });

  it('keeps the variables of a branch inside it, and lets it read those outside', async () => {
    const result = await world().run({
      StartAt: 'Set',
      States: {
        Set: { Type: 'Pass', Assign: { outside: 'seen' }, Next: 'Both' },
        Both: {
          Type: 'Parallel',
          Branches: [
            {
              StartAt: 'Inside',
              States: { Inside: { Type: 'Pass', Assign: { mine: '{% $outside %}' }, Output: '{% $outside %}', End: true } },
            },
          ],
          Next: 'Show',
        },
        Show: { Type: 'Pass', Output: { got: '{% $states.input[0] %}', leaked: '{% $exists($mine) %}' }, End: true },
      },
    });
    expect(result.output).toEqual({ got: 'seen', leaked: false });
  });

  it('takes the rule of a Choice that comes first, and its own Output and Assign', async () => {
    const machine = {
      StartAt: 'Check',
      States: {
        Check: {
          Type: 'Choice',
          Choices: [
            { Condition: '{% $states.input.n > 10 %}', Next: 'Show', Output: 'large', Assign: { why: 'over ten' } },
            { Condition: '{% $states.input.n > 5 %}', Next: 'Show', Output: 'middling' },
          ],
          Default: 'Show',
          Output: 'small',
          Assign: { why: 'default' },
        },
        Show: { Type: 'Pass', Output: { size: '{% $states.input %}', why: "{% $exists($why) ? $why : 'none' %}" }, End: true },
      },
    };
    expect((await world().run(machine, { n: 11 })).output).toEqual({ size: 'large', why: 'over ten' });
    expect((await world().run(machine, { n: 6 })).output).toEqual({ size: 'middling', why: 'none' });
    expect((await world().run(machine, { n: 1 })).output).toEqual({ size: 'small', why: 'default' });
  });

  it('fails when no rule of a Choice is met and it has no Default', async () => {
    const machine = {
      StartAt: 'Check',
      States: { Check: { Type: 'Choice', Choices: [{ Condition: '{% false %}', Next: 'End' }] }, End: { Type: 'Succeed' } },
    };
    expect(await world().run(machine)).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });

  it('fails when a Condition is no boolean', async () => {
    const machine = {
      StartAt: 'Check',
      States: { Check: { Type: 'Choice', Choices: [{ Condition: "{% 'yes' %}", Next: 'End' }], Default: 'End' }, End: { Type: 'Succeed' } },
    };
    const result = await world().run(machine);
    expect(result.error).toBe('States.QueryEvaluationError');
    expect(result.cause).toContain(`Expected 'boolean', but was 'string' for value: "yes"`);
  });

  it('makes time, dice and ids in expressions from the ports, the same in every expression of a state', async () => {
    const there = world();
    const result = await there.run({
      StartAt: 'Wait here',
      States: {
        'Wait here': { Type: 'Wait', Seconds: 90, Next: 'Show' },
        Show: {
          Type: 'Pass',
          Output: {
            millis: '{% $millis() %}',
            now: '{% $now() %}',
            day: "{% $now('[Y]') %}",
            dice: '{% $random() %}',
            seeded: '{% $random(7) = $random(7) %}',
            mixed: '{% $shuffle([1, 2, 3, 4]) %}',
            uuid: '{% $uuid() %}',
          },
          End: true,
        },
      },
    });
    const at = 1_700_000_090_000;
    expect(result.output).toEqual({
      millis: at,
      now: formatTimestamp(at),
      day: '2023',
      dice: 0.5,
      seeded: true,
      mixed: [1, 3, 4, 2],
      uuid: '88888888-8888-4888-8888-888888888888',
    });
  });

  it('refuses $eval, as AWS does', async () => {
    expect(await world().run(single({ Type: 'Pass', Output: "{% $eval('1+1') %}" }))).toMatchObject({
      error: 'States.QueryEvaluationError',
    });
  });

  it('waits for the given seconds, or until the given time, and not at all for a time that is past', async () => {
    const there = world();
    const { done } = there.start(
      {
        StartAt: 'Some seconds',
        States: {
          'Some seconds': { Type: 'Wait', Seconds: '{% $states.input.seconds %}', Next: 'Until' },
          Until: { Type: 'Wait', Timestamp: '{% $states.input.until %}', Next: 'Past' },
          Past: { Type: 'Wait', Timestamp: '2016-03-14T01:59:00Z', End: true },
        },
      },
      { seconds: 3, until: formatTimestamp(1_700_000_010_000) },
    );
    await there.clock.advance(60_000);
    expect(await done).toMatchObject({ status: 'SUCCEEDED', stoppedAt: 1_700_000_010_000 });
  });

  it('shows a Map state its items one by one, with their index, and keeps their order', async () => {
    const result = await world((call) => ok(call.arguments)).run(
      {
        StartAt: 'Each',
        States: {
          Each: {
            Type: 'Map',
            Items: '{% $states.input.items %}',
            ItemSelector: { at: '{% $states.context.Map.Item.Index %}', item: '{% $states.context.Map.Item.Value %}' },
            MaxConcurrency: 2,
            ItemProcessor: {
              StartAt: 'Ask',
              States: { Ask: task({ Arguments: '{% $merge([$states.input, {"again": $states.context.Map.Item.Value}]) %}', End: true }) },
            },
            End: true,
          },
        },
      },
      { items: ['a', 'b', 'c'] },
    );
    expect(result.output).toEqual(['a', 'b', 'c'].map((item, at) => ({ at, item, again: item })));
  });
});
