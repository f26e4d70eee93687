import { expect, test } from 'vitest';
import type { Sample, Verdict } from '../../../core/model/index.ts';
import { judgeSelfTest } from '../../../core/probe/self-test.ts';

function sample(verdict: Verdict): Sample {
  return {
    id: 's',
    at: 0,
    vantage: 'v',
    subject: { service: 'self-test' },
    verdict,
    status: 'healthy',
    phasesMs: {},
    dimension: 'liveness',
    reason: `it is a ${verdict}`,
  };
}

test('an observer that reaches none of its references abstains, and says what it saw', () => {
  const test = judgeSelfTest([
    { name: 'one', samples: [sample('fail')] },
    { name: 'two', samples: [sample('inconclusive')] },
  ]);
  expect(test).toEqual({ abstain: true, reason: '0 of 2 references reached (one: it is a fail; two: it is a inconclusive)' });
});

test('one reference that answers is enough to speak', () => {
  const references = [
    { name: 'one', samples: [sample('fail')] },
    { name: 'two', samples: [sample('inconclusive'), sample('pass')] },
  ];
  expect(judgeSelfTest(references)).toMatchObject({ abstain: false, reason: expect.stringContaining('1 of 2') });
});

test('a reference that could not be judged is not reached', () => {
  expect(judgeSelfTest([{ name: 'one', samples: [sample('inconclusive')] }]).abstain).toBe(true);
});

test('without references there is no test to fail', () => {
  expect(judgeSelfTest([]).abstain).toBe(false);
});
