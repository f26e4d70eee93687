import { describe, expect, it } from 'vitest';
import { parseMachine } from '../../../simulator/asl/parse-machine.ts';
import { hang, ok, refuse, single, task, types, type World, world } from './machine-world.ts';

const callback = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
  Arguments: { token: '{% $states.context.Task.Token %}' },
};
const twice = { StartAt: 'First', States: { First: task({ Next: 'Second' }), Second: task({ End: true }) } };

describe('starting', () => {
  it('by name starts once: while it runs the same input is the same start, another input is refused', async () => {
    const { engine, start, clock } = world(hang);
    const { arn } = start(twice, { a: 1, b: 2 });
    expect(engine.start('machine', 'run', { b: 2, a: 1 })).toMatchObject({ status: 'exists', accepted: true, executionArn: arn });
    expect(engine.start('machine', 'run', { a: 2 })).toMatchObject({ status: 'exists', accepted: false, executionArn: arn });
    await clock.advance(0);
    expect(engine.list()).toHaveLength(1);
  });

  it('by the name of a run that has ended is refused even with the same input, and leads to its outcome', async () => {
    const { engine, start, clock } = world();
    start(twice);
    await clock.advance(0);
    const again = engine.start('machine', 'run', {});
    expect(again).toMatchObject({ status: 'exists', accepted: false, reason: "ExecutionAlreadyExists: 'run' has ended SUCCEEDED" });
    expect(again.status === 'exists' && (await again.done).status).toBe('SUCCEEDED');
  });

  it('refuses an unknown machine, a name with a blank, an input over 256 KiB', () => {
    const { engine } = world();
    engine.register('machine', parseMachine(single({ Type: 'Pass' })));
    expect(engine.start('other', 'run')).toMatchObject({ status: 'refused', error: 'StateMachineDoesNotExist' });
    expect(engine.start('machine', 'a run')).toMatchObject({ status: 'refused', error: 'InvalidName' });
    expect(engine.start('machine', 'run', 'x'.repeat(262_143))).toMatchObject({ status: 'refused', error: 'InvalidExecutionInput' });
  });
});

describe('a callback', () => {
  it('ends the task with what comes with the token, once', async () => {
    const { engine, start, clock, calls } = world();
    const { done } = start(single(callback));
    await clock.advance(5000);
    const token = calls[0]?.taskToken ?? '';
    expect(calls[0]?.arguments).toEqual({ token });
    expect(engine.sendTaskSuccess(token, 'answer')).toEqual({ ok: true });
    expect(engine.sendTaskSuccess(token, 'again')).toMatchObject({ ok: false, error: 'TaskTimedOut' });
    await clock.advance(0);
    expect(await done).toMatchObject({ status: 'SUCCEEDED', output: 'answer' });
    expect(engine.sendTaskFailure('made up')).toMatchObject({ ok: false, error: 'InvalidToken' });
  });

  it('may come while the call is still going on', async () => {
    const there: World = world((call) => {
      there.engine.sendTaskFailure(call.taskToken ?? '', 'Refused', 'by a person');
      return hang();
    });
    expect(await there.run(single(callback))).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'by a person' });
  });

  it('makes a later reply of the call of no account', async () => {
    const there: World = world(async (call) => {
      there.engine.sendTaskSuccess(call.taskToken ?? '', 'answer');
      await there.clock.sleep(1000);
      return ok('sent');
    });
    await there.run({ StartAt: 'Ask', States: { Ask: { ...callback, Next: 'Rest' }, Rest: { Type: 'Wait', Seconds: 5, End: true } } });
    expect(types(there.events)).not.toContain('TaskSubmitted');
  });

  it('is dead once the task has timed out', async () => {
    const { engine, start, clock, calls } = world();
    const { done } = start(single({ ...callback, TimeoutSeconds: 10 }));
    await clock.advance(10_000);
    expect(await done).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(engine.sendTaskSuccess(calls[0]?.taskToken ?? '', 'late')).toMatchObject({ ok: false, error: 'TaskTimedOut' });
  });

  it('is kept alive by heartbeats, and times out without', async () => {
    const { engine, start, clock, calls } = world();
    const { done } = start(single({ ...callback, HeartbeatSeconds: 10 }));
    await clock.advance(8000);
    expect(engine.sendTaskHeartbeat(calls[0]?.taskToken ?? '')).toEqual({ ok: true });
    await clock.advance(9000);
    expect(engine.list({ status: 'RUNNING' })).toHaveLength(1);
    await clock.advance(1000);
    expect(await done).toMatchObject({ status: 'FAILED', error: 'States.Timeout', stoppedAt: 1_700_000_018_000 });
  });

  it('has a new token for each attempt', async () => {
    const { run, calls } = world(() => refuse('Slow'));
    await run(single({ ...callback, Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 1 }] }));
    expect(new Set(calls.map(({ taskToken }) => taskToken)).size).toBe(2);
  });
});

describe('an execution inside an execution', () => {
  const parent = (suffix: string, more: object = {}) =>
    single({
      Type: 'Task',
      Resource: `arn:aws:states:::states:startExecution${suffix}`,
      Arguments: { StateMachineArn: 'child', Name: 'inner', Input: { id: 1 } },
      ...more,
    });
  const withChild = (child: object, there = world()) => {
    there.engine.register('child', parseMachine({ QueryLanguage: 'JSONata', ...child }));
    return there;
  };

  it('with .sync:2 gives its output as a value, with .sync as text', async () => {
    const child = single({ Type: 'Pass', Output: { got: '{% $states.input.id %}' } });
    expect((await withChild(child).run(parent('.sync:2'))).output).toMatchObject({
      Status: 'SUCCEEDED',
      Name: 'inner',
      Input: { id: 1 },
      Output: { got: 1 },
    });
    expect((await withChild(child).run(parent('.sync'))).output).toMatchObject({ Input: '{"id":1}', Output: '{"got":1}' });
  });

  it('without .sync goes on at once', async () => {
    const there = withChild(single({ Type: 'Wait', Seconds: 50 }));
    const { done } = there.start(parent(''));
    await there.clock.advance(0);
    expect((await done).output).toMatchObject({ ExecutionArn: 'arn:aws:states:us-east-1:111111111111:execution:child:inner' });
    expect(there.engine.list({ status: 'RUNNING' }).map(({ name }) => name)).toEqual(['inner']);
  });

  it('fails its parent with States.TaskFailed, the description as the cause', async () => {
    const child = { StartAt: 'Wrong', States: { Wrong: { Type: 'Fail', Error: 'Inner' } } };
    const result = await withChild(child).run(parent('.sync:2'));
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(result.cause ?? '')).toMatchObject({ Status: 'FAILED', Error: 'Inner', Input: '{"id":1}' });
  });

  it('is stopped with its parent', async () => {
    const there = withChild(single({ Type: 'Wait', Seconds: 50 }));
    const { arn, done } = there.start(parent('.sync:2'));
    await there.clock.advance(1000);
    expect(there.engine.stop(arn, 'Stopped', 'by hand')).toBe(true);
    await there.clock.advance(0);
    expect(await done).toMatchObject({ status: 'ABORTED', error: 'Stopped', cause: 'by hand' });
    expect(there.engine.list().map(({ name, status }) => `${name} ${status}`)).toEqual(['run ABORTED', 'inner ABORTED']);
    expect(there.clock.waiting).toBe(0);
  });

  it('fails when the name is taken by a run with another input', async () => {
    const there = withChild(single({ Type: 'Pass' }));
    there.engine.start('child', 'inner', { id: 2 });
    expect(await there.run(parent('.sync:2'))).toMatchObject({ status: 'FAILED', error: 'StepFunctions.ExecutionAlreadyExistsException' });
  });
});

describe('time limits', () => {
  it('of the machine end it, and nothing of it goes on', async () => {
    const there = world(hang);
    const { done } = there.start({ TimeoutSeconds: 30, ...single(task({ Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Only' }] })) });
    await there.clock.advance(100_000);
    expect(await done).toMatchObject({ status: 'TIMED_OUT', stoppedAt: 1_700_000_030_000 });
    expect(types(there.events).at(-1)).toBe('ExecutionTimedOut');
    expect(there.calls[0]?.signal.aborted).toBe(true);
  });

  it('of a task abort its call, and an answer that comes later changes nothing', async () => {
    const there = world(async () => {
      await there.clock.sleep(60_000);
      return ok('late');
    });
    const { done } = there.start(single(task({ TimeoutSeconds: 5 })));
    await there.clock.advance(100_000);
    expect(await done).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(types(there.events).filter((type) => type === 'TaskSucceeded')).toEqual([]);
  });
});

describe('a lost region', () => {
  /** Loses the region at the n-th event of the run. @returns what happened after that, before and after its return. */
  async function loseAt(nth: number) {
    const seen: number[] = [];
    const there = world(() => ok({ code: 'ok' }), {
      onEvent: ({ id }) => {
        seen.push(id);
        if (id === nth) there.engine.freeze();
      },
    });
    const { done } = there.start({
      StartAt: 'Body',
      States: {
        Body: {
          Type: 'Parallel',
          Branches: [
            {
              StartAt: 'First',
              States: {
                First: task({ TimeoutSeconds: 9, Output: "{% $string('x') %}", Next: 'Rest' }),
                Rest: { Type: 'Wait', Seconds: 3, Next: 'Check' },
                Check: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'End' }] },
                End: { Type: 'Succeed' },
              },
            },
          ],
          End: true,
        },
      },
    });
    await there.clock.advance(1000);
    await there.clock.advance(60_000);
    const lost = seen.length;
    there.engine.thaw();
    await there.clock.advance(60_000);
    return { lost, total: seen.length, done };
  }

  it('does nothing more from any event on, and goes on from there when it is back', async () => {
    const whole = (await loseAt(0)).total;
    expect(whole).toBeGreaterThan(12);
    for (let nth = 1; nth < whole; nth += 1) {
      const { lost, total, done } = await loseAt(nth);
      expect([nth, lost, total]).toEqual([nth, nth, whole]);
      expect((await done).status).toBe('SUCCEEDED');
    }
  });

  it('answers nothing', async () => {
    const { engine, start, clock, calls } = world();
    const { arn } = start(single(callback));
    await clock.advance(0);
    engine.freeze();
    expect(engine.start('machine', 'other')).toMatchObject({ status: 'refused', error: 'ServiceUnavailable' });
    expect(engine.sendTaskSuccess(calls[0]?.taskToken ?? '', 1)).toMatchObject({ ok: false, error: 'ServiceUnavailable' });
    expect(engine.stop(arn)).toBe(false);
  });

  it('when killed gives up its calls and timers, and never comes back', async () => {
    const there = world(hang);
    const { arn } = there.start({ TimeoutSeconds: 30, ...single(task({ TimeoutSeconds: 20 })) });
    await there.clock.advance(0);
    there.engine.kill();
    there.engine.thaw();
    await there.clock.advance(100_000);
    expect(there.engine.start('machine', 'next')).toMatchObject({ status: 'refused', error: 'ServiceUnavailable' });
    expect([there.calls[0]?.signal.aborted, there.clock.waiting, there.engine.describe(arn)?.status]).toEqual([true, 0, 'RUNNING']);
    expect(types(there.events)).toEqual(['ExecutionStarted', 'TaskStateEntered', 'TaskScheduled', 'TaskStarted']);
  });
});

describe('the history', () => {
  it('has the events of a run in order, each naming the one before it', async () => {
    const there = world();
    const { arn } = there.start(single(task()), { id: 1 });
    await there.clock.advance(0);
    const history = there.engine.history(arn);
    expect(types([...history])).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
    expect(history.map(({ id, previousId }) => [id, previousId])).toEqual([1, 2, 3, 4, 5, 6, 7].map((id) => [id, id - 1]));
    expect(history[2]).toMatchObject({
      state: 'Only',
      path: 'Only',
      resourceType: 'lambda',
      resource: 'invoke',
      parameters: { FunctionName: 'f' },
    });
  });

  it('ends a run at 25,000 events', async () => {
    const loop = {
      StartAt: 'Round',
      States: {
        Round: { Type: 'Pass', Next: 'Again' },
        Again: { Type: 'Choice', Choices: [{ Condition: false, Next: 'Done' }], Default: 'Round' },
        Done: { Type: 'Succeed' },
      },
    };
    const there = world();
    const { arn, done } = there.start(loop);
    expect(await done).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(there.engine.history(arn)).toHaveLength(25_000);
  });

  it('lets a fault of the world around it through to whoever waits for the run', async () => {
    const there = world(() => {
      throw new Error('the resolver is broken');
    });
    const { done } = there.start(single(task()));
    await expect(done).rejects.toThrow('the resolver is broken');
  });
});
