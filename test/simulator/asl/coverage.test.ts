import { expect, it } from 'vitest';
import { branchesOf, Coverage, statesOf } from '../../../simulator/asl/coverage.ts';
import { parseMachine } from '../../../simulator/asl/parse-machine.ts';
import { ok, refuse, task, world } from './machine-world.ts';

const definition = {
  QueryLanguage: 'JSONata',
  StartAt: 'Body',
  States: {
    Body: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'Try',
          States: {
            Try: task({ Retry: [{ ErrorEquals: ['Slow'] }], Output: '{% $states.result.code %}', Next: 'Check' }),
            Check: { Type: 'Choice', Choices: [{ Condition: "{% $states.input = 'ok' %}", Next: 'Good' }], Default: 'Bad' },
            Good: { Type: 'Map', Items: [1], ItemProcessor: { StartAt: 'Each', States: { Each: { Type: 'Pass', End: true } } }, End: true },
            Bad: { Type: 'Fail' },
          },
        },
      ],
      Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Undo' }],
      End: true,
    },
    Undo: { Type: 'Pass', End: true },
  },
};

it('lists every state and every way out, and knows which of them runs have taken', async () => {
  const machine = parseMachine(definition);
  expect(statesOf(machine)).toEqual(['Body', 'Body/0/Try', 'Body/0/Check', 'Body/0/Good', 'Body/0/Good/*/Each', 'Body/0/Bad', 'Undo']);
  expect(branchesOf(machine)).toEqual(['Body#catch/0', 'Body/0/Try#retry/0', 'Body/0/Check#choice/0', 'Body/0/Check#default']);
  const coverage = new Coverage();
  await world(() => ok({ code: 'ok' }), { onEvent: coverage.observe }).run(definition);
  expect(coverage.missing('machine', machine)).toEqual([
    'Body/0/Bad',
    'Undo',
    'Body#catch/0',
    'Body/0/Try#retry/0',
    'Body/0/Check#default',
  ]);
  await world(({ attempt }) => (attempt === 1 ? refuse('Slow') : ok({ code: 'no' })), { onEvent: coverage.observe }).run(definition);
  expect(coverage.missing('machine', machine)).toEqual([]);
});
