import assert from 'node:assert/strict';
import type { Approval } from '../../../core/model/index.ts';
import type { Approver } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

export interface ApproverHarness extends Harness {
  approver: Approver;
  /** What people were told so far. */
  delivered(): Promise<string[]>;
  /** Whether an act that needs this approval may go on now. */
  accepted(token: string): Promise<boolean>;
}

function approval(h: Harness, forMs = 60_000): Approval {
  return { planId: 'p-1', incident: 'i-1', what: 'fail over orders-db with loss of data', expiresAt: h.now() + forMs };
}

async function request(h: ApproverHarness, forMs?: number): Promise<string> {
  return assertOk(await h.approver.request(approval(h, forMs), soon(h))).token;
}

export const approverContract: ContractCase<ApproverHarness>[] = [
  {
    name: 'a request tells people what it is about and how to answer',
    async run(h) {
      const token = await request(h);
      const [text = '', ...others] = await h.delivered();
      assert.ok(text.includes('fail over orders-db with loss of data') && text.includes(token), text);
      assert.deepEqual(others, []);
    },
  },
  {
    name: 'silence is a no, an accept is a yes, a deny is a no',
    async run(h) {
      const [silent, yes, no] = [await request(h), await request(h), await request(h)];
      assert.equal(new Set([silent, yes, no]).size, 3);
      assert.equal(assertOk(await h.approver.decide(yes, 'ada', true, 'lag is 2 s', soon(h))).planId, 'p-1');
      assertOk(await h.approver.decide(no, 'ada', false, 'wait for the region', soon(h)));
      assert.deepEqual([await h.accepted(silent), await h.accepted(yes), await h.accepted(no)], [false, true, false]);
    },
  },
  {
    name: 'a token is used once: what was decided stays',
    async run(h) {
      const token = await request(h);
      assertOk(await h.approver.decide(token, 'ada', false, 'no', soon(h)));
      assertFailed(await h.approver.decide(token, 'bob', true, 'yes', soon(h)), 'conflict');
      assert.equal(await h.accepted(token), false);
    },
  },
  {
    name: 'of two decisions at once one counts',
    async run(h) {
      const token = await request(h);
      const results = await Promise.all([true, false].map((accept) => h.approver.decide(token, 'ada', accept, 'now', soon(h))));
      assert.equal(results.filter((result) => result.ok).length, 1);
      assert.equal(await h.accepted(token), results[0]?.ok);
    },
  },
  {
    name: 'an expired request is denied and cannot be accepted any more',
    async run(h) {
      const token = await request(h, 1000);
      await h.advance(1500);
      assertFailed(await h.approver.decide(token, 'ada', true, 'late', soon(h)), 'refused');
      assert.equal(await h.accepted(token), false);
    },
  },
  {
    name: 'an unknown token is not found, and a decision without a name or a reason is invalid',
    async run(h) {
      assertFailed(await h.approver.decide('no-such-token', 'ada', true, 'yes', soon(h)), 'not-found');
      const token = await request(h);
      assertFailed(await h.approver.decide(token, '', true, 'yes', soon(h)), 'invalid');
      assertFailed(await h.approver.decide(token, 'ada', true, '', soon(h)), 'invalid');
      assert.equal(await h.accepted(token), false);
    },
  },
  {
    name: 'a call past its deadline times out without effect',
    async run(h) {
      assertFailed(await h.approver.request(approval(h), tooLate(h)), 'timeout');
      assert.deepEqual(await h.delivered(), []);
      const token = await request(h);
      assertFailed(await h.approver.decide(token, 'ada', true, 'yes', tooLate(h)), 'timeout');
      assert.equal(await h.accepted(token), false);
    },
  },
];
