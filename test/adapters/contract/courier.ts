import assert from 'node:assert/strict';
import type { Notification, Receiver } from '../../../core/model/index.ts';
import type { Courier } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

export interface CourierHarness extends Harness {
  courier: Courier;
  receiver: Receiver;
  /** What the receiver got so far; the whole text each, with its key. */
  delivered(): Promise<string[]>;
}

function note(h: CourierHarness, id: string): Notification {
  return { id, at: h.now(), severity: 'warning', page: false, incident: 'i-1', title: `title of ${id}`, text: `text of ${id}` };
}

export const courierContract: ContractCase<CourierHarness>[] = [
  {
    name: 'a note is answered with a receipt, and its key, title and text reach the receiver',
    async run(h) {
      const asked = h.now();
      const receipt = assertOk(await h.courier.deliver(h.receiver, note(h, 'n-1'), soon(h)));
      assert.notEqual(receipt.id, '');
      assert.ok(receipt.at >= asked && receipt.at <= h.now(), `receipt of ${receipt.at}, asked at ${asked}`);
      const [text = '', ...others] = await h.delivered();
      for (const part of ['n-1', 'title of n-1', 'text of n-1']) assert.ok(text.includes(part), text);
      assert.deepEqual(others, []);
    },
  },
  {
    name: 'a note that is handed over again arrives again, under the same key',
    async run(h) {
      assertOk(await h.courier.deliver(h.receiver, note(h, 'n-1'), soon(h)));
      assertOk(await h.courier.deliver(h.receiver, note(h, 'n-1'), soon(h)));
      const texts = await h.delivered();
      assert.equal(texts.length, 2);
      assert.ok(texts.every((text) => text.includes('n-1')));
    },
  },
  {
    name: 'a call past its deadline times out and nobody is told',
    async run(h) {
      assertFailed(await h.courier.deliver(h.receiver, note(h, 'n-1'), tooLate(h)), 'timeout');
      assert.deepEqual(await h.delivered(), []);
    },
  },
];
