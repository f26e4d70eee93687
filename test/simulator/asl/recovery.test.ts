import { describe, expect, it } from 'vitest';
import { hang, ok, refuse, single, task, types, world } from './machine-world.ts';

const retry = (fields: object) => ({ ErrorEquals: ['States.ALL'], ...fields });

describe('retry', () => {
  it('pauses by interval and rate, caps the pause, and gives up after MaxAttempts', async () => {
    const there = world(() => refuse('Slow'));
    const result = await there.run(
      single(task({ Retry: [retry({ IntervalSeconds: 2, BackoffRate: 3, MaxDelaySeconds: 10, MaxAttempts: 3 })] })),
    );
    expect(result).toMatchObject({ status: 'FAILED', error: 'Slow', cause: 'because' });
    expect(there.clock.pauses).toEqual([2000, 6000, 10_000]);
    expect(there.calls.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  });

  it('with full jitter pauses for a random part of that', async () => {
    const there = world(() => refuse('Slow'), { random: { next: () => 0.25 } });
    await there.run(single(task({ Retry: [retry({ IntervalSeconds: 4, MaxAttempts: 2, JitterStrategy: 'FULL' })] })));
    expect(there.clock.pauses).toEqual([1000, 2000]);
  });

  it('counts each rule by itself within one entry, and begins anew with the next entry', async () => {
    const errors = ['A', 'B', 'C', 'B'];
    const there = world(() => refuse(errors.shift() ?? 'A'));
    const result = await there.run({
      StartAt: 'Try',
      States: {
        Try: task({
          Retry: [
            { ErrorEquals: ['A', 'B'], IntervalSeconds: 1, BackoffRate: 2, MaxAttempts: 2 },
            { ErrorEquals: ['C'], IntervalSeconds: 5 },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
          End: true,
        }),
        Caught: { Type: 'Pass', End: true },
      },
    });
    expect(there.clock.pauses).toEqual([1000, 2000, 5000]);
    expect(result.output).toEqual({ Error: 'B', Cause: 'because' });
  });

  it('evaluates the Arguments again, with the count of retries in the context', async () => {
    const there = world((call) => (call.attempt < 3 ? refuse('Slow') : ok('done')));
    await there.run(single(task({ Arguments: { retries: '{% $states.context.State.RetryCount %}' }, Retry: [retry({})] })));
    expect(there.calls.map((call) => call.arguments)).toEqual([{ retries: 0 }, { retries: 1 }, { retries: 2 }]);
  });

  it('also takes an Output that cannot be evaluated', async () => {
    const there = world((call) => ok(call.attempt === 1 ? {} : { code: 'ok' }));
    const result = await there.run(
      single(task({ Output: '{% $states.result.code %}', Retry: [{ ErrorEquals: ['States.QueryEvaluationError'] }] })),
    );
    expect(result.output).toBe('ok');
  });
});

describe('catch', () => {
  const caughtBy = (name: string, fields: object = {}) => ({
    StartAt: 'Try',
    States: {
      Try: task({ Catch: [{ ErrorEquals: [name], Next: 'Caught' }], End: true, ...fields }),
      Caught: { Type: 'Pass', Output: 'caught', End: true },
    },
  });

  it.each([
    ['States.ALL', 'Anything', 'caught'],
    ['States.TaskFailed', 'Anything', 'caught'],
    ['Anything', 'Anything', 'caught'],
    ['Other', 'Anything', undefined],
    ['States.ALL', 'States.DataLimitExceeded', 'caught'],
  ])('of %s for the error %s', async (rule, error, output) => {
    expect((await world(() => refuse(error)).run(caughtBy(rule))).output).toBe(output);
  });

  it.each([
    ['States.Timeout', 'caught'],
    ['States.ALL', 'caught'],
    ['States.TaskFailed', undefined],
    ['States.HeartbeatTimeout', undefined],
  ])('of %s for a timeout', async (rule, output) => {
    expect((await world(hang).run(caughtBy(rule, { TimeoutSeconds: 5 }))).output).toBe(output);
  });

  it('of States.HeartbeatTimeout for a missed heartbeat', async () => {
    expect((await world(hang).run(caughtBy('States.HeartbeatTimeout', { HeartbeatSeconds: 5 }))).output).toBe('caught');
  });

  it('assigns and gives an output of its own, and says which rule was taken', async () => {
    const there = world(() => refuse('Denied'));
    const result = await there.run(
      {
        StartAt: 'Try',
        States: {
          Try: task({
            Catch: [
              {
                ErrorEquals: ['States.ALL'],
                Assign: { error: '{% $states.errorOutput.Error %}' },
                Output: { id: '{% $states.input.id %}' },
                Next: 'Show',
              },
            ],
            End: true,
          }),
          Show: { Type: 'Pass', Output: { id: '{% $states.input.id %}', error: '{% $error %}' }, End: true },
        },
      },
      { id: 3 },
    );
    expect(result.output).toEqual({ id: 3, error: 'Denied' });
    expect(there.events.find(({ type }) => type === 'TaskStateExited')).toMatchObject({
      taken: 'Try#catch/0',
      assigned: { error: 'Denied' },
    });
  });

  it('does not take what a state itself breaks: a payload over 256 KiB is terminal', async () => {
    const machine = {
      StartAt: 'Body',
      States: {
        Body: {
          Type: 'Parallel',
          Branches: [{ StartAt: 'Grow', States: { Grow: { Type: 'Pass', Output: "{% $pad('', 262143, 'x') %}", End: true } } }],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
          End: true,
        },
        Caught: { Type: 'Pass', End: true },
      },
    };
    expect(await world().run(machine)).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });

  it('takes a result of a task that is over 256 KiB', async () => {
    expect((await world(() => ok('é'.repeat(131_072))).run(caughtBy('States.DataLimitExceeded'))).output).toBe('caught');
    expect((await world(() => ok('é'.repeat(131_071))).run(caughtBy('States.DataLimitExceeded'))).status).toBe('SUCCEEDED');
  });
});

describe('what a Catch gets', () => {
  const machine = (resource: string, more: object = {}) => ({
    StartAt: 'Ask',
    States: {
      Ask: task({ Resource: resource, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }], End: true, ...more }),
      Caught: { Type: 'Pass', End: true },
    },
  });

  it('is nothing but nulls when a callback fails without a word', async () => {
    const there = world((call) => {
      void Promise.resolve().then(() => there.engine.sendTaskFailure(call.taskToken ?? ''));
      return ok({});
    });
    const result = await there.run(machine('arn:aws:states:::sqs:sendMessage.waitForTaskToken'));
    expect(result.output).toEqual({ Error: null, Cause: null });
  });

  it('has an empty cause when there was a timeout', async () => {
    const result = await world(hang).run(machine('arn:aws:states:::lambda:invoke', { TimeoutSeconds: 3 }));
    expect(result.output).toEqual({ Error: 'States.Timeout', Cause: '' });
  });
});

describe('a Parallel', () => {
  const both = (second: object, more: object = {}) => ({
    StartAt: 'Both',
    States: {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Wrong', States: { Wrong: { Type: 'Fail', Error: 'Broken' } } },
          { StartAt: 'Other', States: { Other: { End: true, ...second } } },
        ],
        End: true,
        ...more,
      },
      Caught: { Type: 'Pass', End: true },
    },
  });

  it('fails with the error of the branch that fails, and its Catch gets it', async () => {
    const uncaught = await world().run(both({ Type: 'Pass' }, { Catch: [{ ErrorEquals: ['Other'], Next: 'Caught' }] }));
    expect(uncaught).toMatchObject({ status: 'FAILED', error: 'Broken' });
    const caught = await world().run(both({ Type: 'Pass' }, { Catch: [{ ErrorEquals: ['Broken'], Next: 'Caught' }] }));
    expect(caught.output).toEqual({ Error: 'Broken', Cause: '' });
  });

  it('aborts a task under way in a branch whose sibling fails later', async () => {
    let aborted = false;
    const there = world((call) => {
      call.signal.addEventListener('abort', () => {
        aborted = true;
      });
      return hang();
    });
    await there.run({
      StartAt: 'Both',
      States: {
        Both: {
          Type: 'Parallel',
          Branches: [
            {
              StartAt: 'Hesitate',
              States: { Hesitate: { Type: 'Wait', Seconds: 5, Next: 'Wrong' }, Wrong: { Type: 'Fail', Error: 'Broken' } },
            },
            { StartAt: 'Other', States: { Other: task({ End: true }) } },
            { StartAt: 'Rest', States: { Rest: { Type: 'Wait', Seconds: 500, End: true } } },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }],
          End: true,
        },
        Caught: { Type: 'Pass', End: true },
      },
    });
    expect(aborted).toBe(true);
    expect(types(there.events)).toEqual(expect.arrayContaining(['TaskStateAborted', 'WaitStateAborted', 'ParallelStateExited']));
    expect(there.clock.waiting).toBe(0);
  });

  it('runs all of its branches again on a retry', async () => {
    const there = world();
    await there.run(
      both(
        { Type: 'Pass' },
        { Retry: [{ ErrorEquals: ['Broken'], MaxAttempts: 2 }], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }] },
      ),
    );
    expect(types(there.events).filter((type) => type === 'ParallelStateStarted')).toHaveLength(3);
  });
});

describe('a Map', () => {
  const each = (fields: object) => ({
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        Items: [1, 2, 3, 4],
        ItemProcessor: { StartAt: 'Ask', States: { Ask: task({ Arguments: '{% $states.input %}', End: true }) } },
        End: true,
        ...fields,
      },
    },
  });
  const odd = (call: { arguments: unknown }) => (Number(call.arguments) % 2 === 1 ? refuse('Odd') : ok(call.arguments as number));

  it('fails with the first item that fails', async () => {
    expect(await world(odd).run(each({ MaxConcurrency: 1 }))).toMatchObject({ status: 'FAILED', error: 'Odd' });
  });

  it('leaves out what fails within what is tolerated', async () => {
    expect((await world(odd).run(each({ ToleratedFailureCount: 2 }))).output).toEqual([2, 4]);
    expect((await world(odd).run(each({ ToleratedFailurePercentage: 50 }))).output).toEqual([2, 4]);
  });

  it('fails beyond that with an error of its own', async () => {
    expect(await world(odd).run(each({ ToleratedFailureCount: 1 }))).toMatchObject({ error: 'States.ExceedToleratedFailureThreshold' });
    expect(await world(odd).run(each({ ToleratedFailurePercentage: 49 }))).toMatchObject({
      error: 'States.ExceedToleratedFailureThreshold',
    });
  });

  it('runs no more iterations at once than it may', async () => {
    let running = 0;
    let most = 0;
    const slow = world(async (call) => {
      running += 1;
      most = Math.max(most, running);
      await slow.clock.sleep(1000);
      running -= 1;
      return ok(call.arguments);
    });
    await slow.run(each({ MaxConcurrency: 2 }));
    expect(most).toBe(2);
  });
});
