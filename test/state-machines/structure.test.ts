import { readdirSync, readFileSync } from 'node:fs';
import aslValidator from 'asl-validator';
import { describe, expect, it } from 'vitest';
import {
  longestPathEventsMax,
  type StructureProblem,
  structureProblems,
  substituteTokens,
  tokensOf,
} from '../../simulator/asl/structure.ts';
import type { Json } from '../../simulator/asl/types.ts';

const folder = new URL('../../state-machines/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.asl.json'));

const read = (file: string): Json => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));

describe('the machine file', () => {
  it('is found: without one the checks below would say nothing', () => {
    expect(files).not.toEqual([]);
  });

  it.each(files)('%s keeps the rules of the house', (file) => {
    expect(structureProblems(read(file))).toEqual([]);
  });

  it.each(files)('%s is accepted by asl-validator', (file) => {
    const definition = read(file);
    const values = Object.fromEntries(
      tokensOf(definition).map((token) => [token, `arn:aws:lambda:us-east-1:111111111111:function:${token}`]),
    );
    expect(aslValidator(substituteTokens(definition, values), { checkPaths: true, checkArn: true }).errors).toEqual([]);
  });
});

const token = (name: string) => `\${${name}}`;

const retry = [{ ErrorEquals: ['Lambda.TooManyRequestsException'], MaxAttempts: 3, BackoffRate: 2, JitterStrategy: 'FULL' }];
const step = (operation: string, stepId: string, fields: object) => ({
  Type: 'Task',
  Comment: 'For the test.',
  Resource: 'arn:aws:states:::lambda:invoke',
  TimeoutSeconds: 60,
  Arguments: { FunctionName: token('StepFunctionArn'), Payload: { planId: '{% $states.input.planId %}', stepId, operation } },
  Retry: retry,
  ...fields,
});

/** A machine that keeps every rule: one step, its verify in a loop of at most twenty looks, the undo after the body. */
function good() {
  return {
    Comment: 'A machine as it should be.',
    QueryLanguage: 'JSONata',
    TimeoutSeconds: 600,
    StartAt: 'Run steps',
    States: {
      'Run steps': {
        Type: 'Parallel',
        Comment: 'The body.',
        Branches: [
          {
            StartAt: 'Intend drain',
            States: {
              'Intend drain': step('intent', 'drain', { Assign: { looks: 0 }, Next: 'Request drain' }),
              'Request drain': step('apply', 'drain', { Next: 'Verify drain' }),
              'Verify drain': step('verify', 'drain', { Assign: { code: '{% $states.result.Payload.code %}' }, Next: 'Is it proven?' }),
              'Is it proven?': {
                Type: 'Choice',
                Comment: 'Proven, not yet, or not.',
                Choices: [
                  { Condition: "{% $code = 'pass' %}", Next: 'Leave' },
                  { Condition: "{% $code = 'inconclusive' and $looks < 20 %}", Next: 'Wait a little' },
                ],
                Default: 'Abandon run',
              },
              'Wait a little': {
                Type: 'Wait',
                Comment: 'Paces the looks.',
                Seconds: 5,
                Assign: { looks: '{% $looks + 1 %}' },
                Next: 'Verify drain',
              },
              'Abandon run': { Type: 'Fail', Comment: 'To the Catch of the body.', Error: 'Evenkeel.NotProven' },
              Leave: { Type: 'Succeed', Comment: 'All is proven.' },
            } as Record<string, Record<string, unknown>>,
          },
        ],
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Undo journal' }],
        End: true,
      } as Record<string, unknown>,
      'Undo journal': {
        Type: 'Task',
        Comment: 'Last in, first out.',
        Resource: 'arn:aws:states:::states:startExecution.sync:2',
        TimeoutSeconds: 300,
        Arguments: { StateMachineArn: token('UndoMachineArn'), Input: { planId: '{% $states.context.Execution.Input.planId %}' } },
        Retry: retry,
        End: true,
      } as Record<string, unknown>,
    } as Record<string, Record<string, unknown>>,
  };
}

type GoodMachine = ReturnType<typeof good>;
type Break = (machine: GoodMachine, body: Record<string, Record<string, unknown>>) => void;

const bodyOf = (machine: GoodMachine) =>
  (machine.States['Run steps'] as unknown as { Branches: [{ States: Record<string, Record<string, unknown>> }] }).Branches[0].States;
const put = (target: object | undefined, fields: object) => Object.assign(target ?? {}, fields);

const broken: [string, StructureProblem['rule'], string, Break][] = [
  ['a machine that AWS refuses', 'valid', '/States/Undo journal/Typo', (machine) => put(machine.States['Undo journal'], { Typo: 1 })],
  [
    'a machine in JSONPath',
    'valid',
    '/States/Run steps/Branches[0]/States/Intend drain/Arguments',
    (machine) => put(machine, { QueryLanguage: 'JSONPath' }),
  ],
  [
    'a body without a Catch of everything',
    'body',
    'Run steps',
    (machine) => put(machine.States['Run steps'], { Catch: [{ ErrorEquals: ['Other'], Next: 'Undo journal' }] }),
  ],
  [
    'a body of two branches',
    'body',
    'Run steps',
    (machine) =>
      (machine.States['Run steps'] as unknown as { Branches: object[] }).Branches.push({
        StartAt: 'Idle',
        States: { Idle: { Type: 'Succeed', Comment: 'c' } },
      }),
  ],
  ['a body that is retried', 'body', 'Run steps', (machine) => put(machine.States['Run steps'], { Retry: retry })],
  [
    'a second Parallel',
    'body',
    '',
    (machine) => {
      put(machine.States['Run steps'], { End: undefined, Next: 'Run more' });
      Reflect.deleteProperty(machine.States['Run steps'] ?? {}, 'End');
      machine.States['Run more'] = {
        Type: 'Parallel',
        Comment: 'c',
        Branches: [{ StartAt: 'Idle', States: { Idle: { Type: 'Succeed', Comment: 'c' } } }],
        End: true,
      };
    },
  ],
  [
    'a task before the body',
    'body',
    'Look first',
    (machine) => {
      machine.StartAt = 'Look first';
      machine.States['Look first'] = step('verify', 'look', { Next: 'Run steps' });
    },
  ],
  [
    'something applied outside the body',
    'body',
    'Undo journal',
    (machine) => put(machine.States, { 'Undo journal': step('apply', 'other', { End: true }) }),
  ],
  ['a state without a Comment', 'comment', 'Run steps/0/Leave', (_machine, body) => Reflect.deleteProperty(body.Leave ?? {}, 'Comment')],
  ['a machine without a Comment', 'comment', '', (machine) => Reflect.deleteProperty(machine, 'Comment')],
  [
    'a name that is no phrase',
    'names',
    'Run steps/0/WaitALittle',
    (_machine, body) => {
      body.WaitALittle = { ...body['Wait a little'] };
      Reflect.deleteProperty(body, 'Wait a little');
      (body['Is it proven?'] as { Choices: { Next: string }[] }).Choices[1] = {
        Condition: '{% $looks < 20 %}',
        Next: 'WaitALittle',
      } as never;
    },
  ],
  ['a machine without a time limit', 'time limits', '', (machine) => Reflect.deleteProperty(machine, 'TimeoutSeconds')],
  [
    'a task without a time limit',
    'time limits',
    'Run steps/0/Verify drain',
    (_machine, body) => Reflect.deleteProperty(body['Verify drain'] ?? {}, 'TimeoutSeconds'),
  ],
  [
    'a task without Retry',
    'retries',
    'Run steps/0/Verify drain',
    (_machine, body) => Reflect.deleteProperty(body['Verify drain'] ?? {}, 'Retry'),
  ],
  [
    'a Retry that leaves its rate to the default',
    'retries',
    'Undo journal',
    (machine) => put(machine.States['Undo journal'], { Retry: [{ ErrorEquals: ['A'], MaxAttempts: 1, JitterStrategy: 'FULL' }] }),
  ],
  [
    'a Retry without jitter',
    'retries',
    'Undo journal',
    (machine) =>
      put(machine.States['Undo journal'], { Retry: [{ ErrorEquals: ['A'], MaxAttempts: 1, BackoffRate: 2, JitterStrategy: 'NONE' }] }),
  ],
  [
    'a call of the SDK',
    'resources',
    'Run steps/0/Request drain',
    (_machine, body) => put(body['Request drain'], { Resource: 'arn:aws:states:::aws-sdk:route53:changeResourceRecordSets' }),
  ],
  [
    'an apply that can be reached without its intent',
    'verified step',
    'Run steps/0/Request drain',
    (_machine, body) => put(body['Intend drain'], { Arguments: { FunctionName: 'f', Payload: { stepId: 'other', operation: 'intent' } } }),
  ],
  [
    'a retry path around the intent',
    'verified step',
    'Run steps/0/Request drain',
    (machine, body) => {
      body.Start = { Type: 'Choice', Comment: 'c', Choices: [{ Condition: true, Next: 'Request drain' }], Default: 'Intend drain' };
      (machine.States['Run steps'] as unknown as { Branches: [{ StartAt: string }] }).Branches[0].StartAt = 'Start';
    },
  ],
  [
    'an apply whose verify can be missed',
    'verified step',
    'Run steps/0/Request drain',
    (_machine, body) => put(body['Request drain'], { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Leave' }] }),
  ],
  [
    'an undo without its verify',
    'verified step',
    'Undo journal',
    (machine) => put(machine.States, { 'Undo journal': step('undo', 'drain', { End: true }) }),
  ],
  [
    'the whole input as payload',
    'ids only',
    'Run steps/0/Request drain',
    (_machine, body) => put(body['Request drain'], { Arguments: { FunctionName: 'f', Payload: '{% $states.input %}' } }),
  ],
  [
    'the whole input inside the payload',
    'ids only',
    'Undo journal',
    (machine) => put(machine.States['Undo journal'], { Arguments: { StateMachineArn: 'm', Input: { all: '{% $states.input %}' } } }),
  ],
  [
    'a structure in the payload',
    'ids only',
    'Undo journal',
    (machine) => put(machine.States['Undo journal'], { Arguments: { StateMachineArn: 'm', Input: { plan: { steps: [] } } } }),
  ],
  [
    'a whole reply in a variable',
    'ids only',
    'Run steps/0/Verify drain',
    (_machine, body) => put(body['Verify drain'], { Assign: { code: '{% $states.result %}' } }),
  ],
  [
    'a loop that nothing bounds',
    'bounded',
    'Run steps/0/Verify drain',
    (_machine, body) =>
      put(body['Is it proven?'], {
        Choices: [
          { Condition: "{% $code = 'fail' %}", Next: 'Abandon run' },
          { Condition: "{% $code = 'pass' %}", Next: 'Leave' },
        ],
        Default: 'Wait a little',
      }),
  ],
  [
    'a deadline without a Wait',
    'bounded',
    'Run steps/0/Verify drain',
    (_machine, body) => {
      put(body['Is it proven?'], {
        Choices: [
          { Condition: '{% $millis() < $deadlineAt %}', Next: 'Wait a little' },
          { Condition: true, Next: 'Leave' },
        ],
      });
      put(body, { 'Wait a little': { Type: 'Pass', Comment: 'c', Next: 'Verify drain' } });
    },
  ],
  [
    'a path that is too long',
    'bounded',
    '',
    (machine, body) =>
      put(put(machine, { TimeoutSeconds: 86_400 }) && body['Is it proven?'], {
        Choices: [
          { Condition: '{% $looks < 2000 %}', Next: 'Wait a little' },
          { Condition: true, Next: 'Leave' },
        ],
      }),
  ],
];

describe('the walk over a machine file', () => {
  it('finds nothing in a machine as it should be', () => {
    expect(structureProblems(good())).toEqual([]);
  });

  it.each(broken)('finds %s', (_what, rule, path, spoil) => {
    const machine = good();
    spoil(machine, bodyOf(machine));
    const problems = structureProblems(machine);
    expect(problems.map((problem) => ({ rule: problem.rule, path: problem.path }))).toContainEqual({ rule, path });
  });

  it('sees that a counter of an inner loop does not bound the loop around it', () => {
    const machine = good();
    put(bodyOf(machine)['Is it proven?'], {
      Choices: [
        { Condition: "{% $code = 'inconclusive' and $looks < 20 %}", Next: 'Wait a little' },
        { Condition: "{% $code = 'pass' %}", Next: 'Intend drain' },
        { Condition: "{% $code = 'fail' %}", Next: 'Leave' },
      ],
    });
    expect(structureProblems(machine).map(({ rule }) => rule)).toEqual(['bounded']);
  });

  it('takes a deadline with a Wait as a bound', () => {
    const machine = good();
    put(bodyOf(machine)['Is it proven?'], {
      Choices: [
        { Condition: '{% $millis() < $deadlineAt %}', Next: 'Wait a little' },
        { Condition: true, Next: 'Leave' },
      ],
    });
    expect(structureProblems(machine)).toEqual([]);
  });

  it('lists the tokens of a file, and replaces them all or says which has no value', () => {
    expect(tokensOf(good())).toEqual(['StepFunctionArn', 'UndoMachineArn']);
    const definition: Json = { a: [`${token('X')}:${token('Y')}`, 1], b: token('X') };
    expect(substituteTokens(definition, { X: 'x', Y: 'y' })).toEqual({ a: ['x:y', 1], b: 'x' });
    expect(() => substituteTokens(definition, { X: 'x' })).toThrow('no value is given for the tokens Y');
  });

  it('leaves room below the 25,000 events of AWS', () => {
    expect(longestPathEventsMax).toBe(20_000);
  });
});
