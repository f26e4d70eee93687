import assert from 'node:assert/strict';
import type { Notification } from '../../../core/model/index.ts';
import type { Notifier } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

export interface NotifierHarness extends Harness {
  notifier: Notifier;
  /** What people got so far, in any order; the whole text each. */
  delivered(): Promise<string[]>;
}

function notification(h: NotifierHarness, id: string, fields: Partial<Notification> = {}): Notification {
  return { id, at: h.now(), severity: 'critical', page: true, title: `title of ${id}`, text: `text of ${id}`, ...fields };
}

export const notifierContract: ContractCase<NotifierHarness>[] = [
  {
    name: 'a notification is answered with a receipt and its title and text reach people',
    async run(h) {
      const asked = h.now();
      const receipt = assertOk(await h.notifier.notify(notification(h, 'n-1', { incident: 'i-1' }), soon(h)));
      assert.notEqual(receipt.id, '');
      assert.ok(receipt.at >= asked && receipt.at <= h.now(), `receipt of ${receipt.at}, asked at ${asked}`);
      const [text = '', ...others] = await h.delivered();
      assert.ok(text.includes('title of n-1') && text.includes('text of n-1'), text);
      assert.deepEqual(others, []);
    },
  },
  {
    name: 'two notifications are two, each with a receipt of its own',
    async run(h) {
      const first = assertOk(await h.notifier.notify(notification(h, 'n-1'), soon(h)));
      const second = assertOk(await h.notifier.notify(notification(h, 'n-2', { severity: 'info', page: false }), soon(h)));
      assert.notEqual(first.id, second.id);
      assert.equal((await h.delivered()).length, 2);
    },
  },
  {
    name: 'a title that is long, of several lines or not ASCII goes out all the same, whole',
    async run(h) {
      const title = `${'x'.repeat(300)}\nsecond line — ünïcode`;
      assertOk(await h.notifier.notify(notification(h, 'n-1', { title }), soon(h)));
      const [text = ''] = await h.delivered();
      assert.ok(text.includes('x'.repeat(300)) && text.includes('second line — ünïcode'), text);
    },
  },
  {
    name: 'a call past its deadline times out and nobody is told',
    async run(h) {
      assertFailed(await h.notifier.notify(notification(h, 'n-1'), tooLate(h)), 'timeout');
      assert.deepEqual(await h.delivered(), []);
    },
  },
];
