import { describe, expect, it } from 'vitest';
import { InvalidDefinition, parseMachine } from '../../../simulator/asl/parse-machine.ts';
import { validateDefinition } from '../../../simulator/asl/validate.ts';
import { single, task } from './machine-world.ts';

const end = { Type: 'Pass', End: true };
const jsonata = (machine: object) => ({ QueryLanguage: 'JSONata', ...machine });

/** What is wrong, the place where it is, a part of what is said. */
const broken: [string, object, string, string][] = [
  ['an unknown field', single({ Type: 'Pass', Otput: 1 }), '/States/Only/Otput', "'Otput' is not supported here"],
  ['an unknown field of the machine', { ...single({ Type: 'Pass' }), Start: 'Only' }, '/Start', "'Start' is not supported here"],
  ['a field of another kind of state', single({ Type: 'Pass', Seconds: 3 }), '/States/Only/Seconds', 'not supported'],
  ['a field of JSONPath', single({ Type: 'Pass', InputPath: '$' }), '/States/Only/InputPath', 'is JSONPath'],
  ['a type that does not exist', single({ Type: 'Loop' }), '/States/Only/Type', 'one of these values'],
  [
    'a target that does not exist',
    { StartAt: 'Only', States: { Only: { Type: 'Pass', Next: 'Gone' }, End: end } },
    '/States/Only/Next',
    "no state 'Gone'",
  ],
  [
    'a target inside a branch',
    { StartAt: 'Only', States: { Only: { Type: 'Parallel', Branches: [single(end)], Next: 'Only' } } },
    '/States/Only/Branches[0]/States/Only',
    'occurs twice',
  ],
  ['a state that nothing leads to', { StartAt: 'Only', States: { Only: end, Alone: end } }, '/States/Alone', 'not reachable'],
  ['Next and End', single({ Type: 'Pass', Next: 'Only' }), '/States/Only', "either 'Next' or 'End'"],
  ['neither Next nor End', { StartAt: 'Only', States: { Only: { Type: 'Pass' }, End: end } }, '/States/Only', "either 'Next' or 'End'"],
  ['a flow without an end', { StartAt: 'Only', States: { Only: { Type: 'Pass', Next: 'Only' } } }, '/States', 'never ends'],
  [
    'an expression that cannot be parsed',
    single({ Type: 'Pass', Output: { a: ['{% 1 + %}'] } }),
    '/States/Only/Output/a[0]',
    'cannot be parsed: S0207',
  ],
  ['an expression with its end missing', single({ Type: 'Pass', Output: '{% 1' }), '/States/Only/Output', "written '{% … %}'"],
  [
    '$states.result where there is none',
    single({ Type: 'Pass', Output: '{% $states.result %}' }),
    '/States/Only/Output',
    "'$states.result' cannot be used here",
  ],
  [
    '$states.errorOutput outside a Catch',
    single(task({ Output: '{% $states.errorOutput %}' })),
    '/States/Only/Output',
    "'$states.errorOutput' cannot",
  ],
  ['the reserved variable', single({ Type: 'Pass', Assign: { states: 1 } }), '/States/Only/Assign/states', 'cannot be the name'],
  [
    'a variable of an outer scope assigned inside',
    {
      StartAt: 'First',
      States: {
        First: { Type: 'Pass', Assign: { x: 1 }, Next: 'Second' },
        Second: { Type: 'Pass', Next: 'Only' },
        Only: { Type: 'Parallel', Branches: [{ StartAt: 'In', States: { In: { ...end, Assign: { x: 2 } } } }], End: true },
      },
    },
    '/States/Only/Branches[0]/States',
    'names of their own',
  ],
  [
    'States.ALL with others',
    single(task({ Retry: [{ ErrorEquals: ['States.ALL', 'A'] }] })),
    '/States/Only/Retry[0]/ErrorEquals',
    'stands alone',
  ],
  [
    'States.ALL before others',
    single(task({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['A'] }] })),
    '/States/Only/Retry[0]/ErrorEquals',
    'last rule',
  ],
  [
    'a backoff rate below one',
    single(task({ Retry: [{ ErrorEquals: ['A'], BackoffRate: 0.5 }] })),
    '/States/Only/Retry[0]/BackoffRate',
    'from 1',
  ],
  [
    'an unknown jitter',
    single(task({ Retry: [{ ErrorEquals: ['A'], JitterStrategy: 'HALF' }] })),
    '/States/Only/Retry[0]/JitterStrategy',
    'one of [FULL, NONE]',
  ],
  [
    'a heartbeat longer than the timeout',
    single(task({ TimeoutSeconds: 5, HeartbeatSeconds: 5 })),
    '/States/Only/HeartbeatSeconds',
    'smaller than TimeoutSeconds',
  ],
  ['a Wait for two things', single({ Type: 'Wait', Seconds: 1, Timestamp: '2016-03-14T01:59:00Z' }), '/States/Only', 'exactly one of'],
  [
    'a Choice without a Condition',
    { StartAt: 'Only', States: { Only: { Type: 'Choice', Choices: [{ Next: 'End' }] }, End: end } },
    '/States/Only/Choices[0]',
    '[Condition]',
  ],
  [
    'a distributed Map',
    single({ Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'In', States: { In: end } } }),
    '/States/Only/ItemProcessor/ProcessorConfig',
    'inline maps only',
  ],
  ['a label that is empty', single({ Type: 'Map', Label: '', ItemProcessor: single(end) }), '/States/Only/Label', '1 to 40 characters'],
  ['a label with a bracket', single({ Type: 'Map', Label: 'a{b', ItemProcessor: single(end) }), '/States/Only/Label', 'no white space'],
  [
    'a label with a control character',
    single({ Type: 'Map', Label: 'a\u0085', ItemProcessor: single(end) }),
    '/States/Only/Label',
    'no white',
  ],
  [
    'a variable that no expression can name',
    single({ Type: 'Pass', Assign: { 'top-level': 1 } }),
    '/States/Only/Assign/top-level',
    'no identifier',
  ],
  [
    'a state in JSONPath in a machine in JSONata',
    single({ Type: 'Pass', QueryLanguage: 'JSONPath' }),
    '/States/Only/QueryLanguage',
    'no states in JSONPath',
  ],
  ['a long name', { StartAt: 'x'.repeat(81), States: { ['x'.repeat(81)]: end } }, `/States/${'x'.repeat(81)}`, 'at most 80'],
  ['a resource that is no ARN', single(task({ Resource: 'lambda' })), '/States/Only/Resource', 'ARN'],
];

describe('the static check', () => {
  it.each(broken)('finds %s', (_what, machine, path, message) => {
    const problems = validateDefinition(jsonata(machine));
    expect(problems.map((problem) => problem.path)).toContain(path);
    expect(problems.find((problem) => problem.path === path)?.message).toContain(message);
  });

  it('tells everything at once when a machine is parsed', () => {
    const machine = jsonata({ StartAt: 'Gone', States: { Only: { Type: 'Pass', End: true, Typo: 1 } } });
    expect(() => parseMachine(machine)).toThrow(InvalidDefinition);
    expect(() => parseMachine(machine)).toThrow(
      /\/StartAt: .*\n.*\/States\/Only\/Typo: .*\n.*\/States\/Only: State 'Only' is not reachable/,
    );
  });

  it('lets a branch assign what its Parallel assigns only when it is left', () => {
    const branch = { StartAt: 'In', States: { In: { ...end, Assign: { found: 1, own: 1 } } } };
    const handler = { ErrorEquals: ['States.ALL'], Assign: { found: 2 }, Next: 'End' };
    const around = { Type: 'Parallel', Branches: [branch], Assign: { own: 2 }, Catch: [handler], Next: 'End' };
    expect(validateDefinition(jsonata({ StartAt: 'Around', States: { Around: around, End: end } }))).toEqual([]);
    const again = { ...around, Catch: [{ ...handler, Next: 'Around' }] };
    expect(validateDefinition(jsonata({ StartAt: 'Around', States: { Around: again, End: end } })).map(({ message }) => message)).toEqual([
      expect.stringContaining("'found' is assigned in an outer scope"),
    ]);
  });

  it.each([
    'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
    'arn:aws:states:::states:startExecution.sync:2',
    'arn:aws:states:eu-west-1:111111111111:activity:Approve',
  ])('refuses %s in an Express machine only', (resource) => {
    const machine = jsonata(single(task({ Resource: resource })));
    expect(validateDefinition(machine)).toEqual([]);
    expect(validateDefinition(machine, 'EXPRESS').map(({ path, kind }) => [path, kind])).toEqual([['/States/Only/Resource', 'invalid']]);
  });

  it('leaves strings alone in states that are not in JSONata', () => {
    expect(validateDefinition(single({ Type: 'Pass', Comment: '{% open' }))).toEqual([]);
    expect(validateDefinition(single({ Type: 'Pass', Output: 1 })).map(({ message }) => message)).toEqual([
      "The field 'Output' is JSONata, and the state is JSONPath",
    ]);
  });
});
