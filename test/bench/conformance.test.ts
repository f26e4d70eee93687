import { describe, expect, it } from 'vitest';
import { conformanceSets } from '../../bench/conformance/index.ts';

/** Of each set one case that holds. */
const sound: [set: string, test: object][] = [
  ['asl', { definition: { StartAt: 'A', States: { A: { Type: 'Succeed' } } }, input: 1, expected: { status: 'SUCCEEDED', output: 1 } }],
  ['asl-static', { definition: { StartAt: 'A', States: { A: { Type: 'Succeed' } } }, valid: true }],
  [
    'cw-missing-data',
    {
      input: { datapoints: ['X', '-'], evaluationPeriods: 1, datapointsToAlarm: 1, evaluationRange: 2, treatMissingData: 'missing' },
      expected: { state: 'ALARM' },
    },
  ],
  ['gatus-conditions', { kind: 'pattern', input: { pattern: 'a*', value: 'abc' }, expected: { match: true } }],
  ['kayenta', { kind: 'finalJudgement', input: { finalScore: 80, passThreshold: 75 }, expected: { didPassThresholds: true } }],
  ['breaker', { kind: 'tripCounter', config: { trip: { type: 'consecutive', threshold: 1 } }, steps: [{ op: 'fail', trips: true }] }],
];

describe('a set of reference cases', () => {
  it.each(sound)('%s goes on after a case that cannot be read', async (set, test) => {
    const runner = await conformanceSets[set]?.();
    const result = await runner?.run(
      {
        cases: [
          { id: 'broken', kind: 'nothing known' },
          { id: 'sound', ...test },
        ],
      },
      'cases.json',
    );
    expect(result).toEqual({ passed: 1, failures: [{ id: 'broken', reason: expect.any(String) }] });
  });

  it.each(Object.keys(conformanceSets))('%s says in one line that a file is none of it', async (set) => {
    const runner = await conformanceSets[set]?.();
    const run = async () => runner?.run([], 'cases.json');
    await expect(run()).rejects.toThrow(/^the case file cannot be read: .*$/);
  });

  it('fails a machine whose verdict is another one', async () => {
    const runner = await conformanceSets['asl-static']?.();
    const machine = {
      StartAt: 'A',
      States: { A: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', End: true } },
    };
    const cases = ['STANDARD', 'EXPRESS'].map((machineType) => ({
      id: machineType,
      definition: machine,
      machineType,
      aws: true,
      valid: true,
    }));
    expect(await runner?.run({ cases }, 'cases.json')).toEqual({
      passed: 1,
      failures: [{ id: 'EXPRESS', reason: expect.stringContaining('An Express machine cannot wait') }],
    });
  });
});
