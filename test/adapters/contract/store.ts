import assert from 'node:assert/strict';
import type { Json } from '../../../core/model/index.ts';
import type { Store } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

export interface StoreHarness extends Harness {
  /** Over an empty table. */
  store: Store;
}

const document: Json = { text: 'ünïcode "quoted"', empty: '', number: -1.5e-7, none: null, list: [1, [], {}], deep: { on: true } };

/** Tries to change what a caller gave or was given; a store may see to it that it cannot be changed. */
function attempt(change: () => unknown): void {
  try {
    change();
  } catch (error) {
    assert.ok(error instanceof TypeError);
  }
}

/** Inside the body first, then the body as a whole. */
function meddle(item: { body: unknown }): void {
  for (const inner of Object.values(item.body ?? {})) if (Array.isArray(inner)) attempt(() => inner.push('changed'));
  attempt(() => {
    item.body = 'changed';
  });
}

export const storeContract: ContractCase<StoreHarness>[] = [
  {
    name: 'an unknown key is ok and null',
    async run(h) {
      assert.equal(assertOk(await h.store.get('health#nobody', soon(h))), null);
    },
  },
  {
    name: 'a first put gets version 1 and reads back as it was written',
    async run(h) {
      const written = assertOk(await h.store.put({ key: 'health#checkout', body: document }, 0, soon(h)));
      assert.deepEqual(written, { key: 'health#checkout', version: 1, body: document });
      assert.deepEqual(assertOk(await h.store.get('health#checkout', soon(h))), written);
    },
  },
  {
    name: 'scalars, null and lists are bodies too',
    async run(h) {
      for (const [index, body] of [null, true, 0, '', 'text', [], [null, { a: [] }]].entries()) {
        assertOk(await h.store.put({ key: `switch#${index}`, body }, 0, soon(h)));
        assert.deepEqual(assertOk(await h.store.get(`switch#${index}`, soon(h)))?.body, body);
      }
    },
  },
  {
    name: 'each put grows the version by one and replaces the body whole',
    async run(h) {
      assertOk(await h.store.put({ key: 'plan#1', body: { a: 1, b: 2 } }, 0, soon(h)));
      assertOk(await h.store.put({ key: 'plan#1', body: { b: 3 } }, 1, soon(h)));
      const third = assertOk(await h.store.put({ key: 'plan#1', body: { c: 4 } }, 2, soon(h)));
      assert.deepEqual(third, { key: 'plan#1', version: 3, body: { c: 4 } });
      assert.deepEqual(assertOk(await h.store.get('plan#1', soon(h))), third);
    },
  },
  {
    name: 'a put over an existing item that expects none is a conflict and changes nothing',
    async run(h) {
      assertOk(await h.store.put({ key: 'plan#1', body: 'first' }, 0, soon(h)));
      assertFailed(await h.store.put({ key: 'plan#1', body: 'second' }, 0, soon(h)), 'conflict');
      assert.deepEqual(assertOk(await h.store.get('plan#1', soon(h))), { key: 'plan#1', version: 1, body: 'first' });
    },
  },
  {
    name: 'a put that expects an older or a newer version is a conflict',
    async run(h) {
      assertOk(await h.store.put({ key: 'plan#1', body: 1 }, 0, soon(h)));
      assertOk(await h.store.put({ key: 'plan#1', body: 2 }, 1, soon(h)));
      assertFailed(await h.store.put({ key: 'plan#1', body: 3 }, 1, soon(h)), 'conflict');
      assertFailed(await h.store.put({ key: 'plan#1', body: 3 }, 3, soon(h)), 'conflict');
      assert.equal(assertOk(await h.store.get('plan#1', soon(h)))?.body, 2);
    },
  },
  {
    name: 'a put that expects a version where there is nothing is a conflict',
    async run(h) {
      assertFailed(await h.store.put({ key: 'plan#1', body: 1 }, 1, soon(h)), 'conflict');
      assert.equal(assertOk(await h.store.get('plan#1', soon(h))), null);
    },
  },
  {
    name: 'of ten puts at once that expect the same version exactly one is written',
    async run(h) {
      assertOk(await h.store.put({ key: 'switch#kill', body: 'off' }, 0, soon(h)));
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, writer) => h.store.put({ key: 'switch#kill', body: writer }, 1, soon(h))),
      );
      const winner = results.findIndex((result) => result.ok);
      for (const [writer, result] of results.entries()) {
        if (writer === winner) assertOk(result);
        else assertFailed(result, 'conflict');
      }
      assert.deepEqual(assertOk(await h.store.get('switch#kill', soon(h))), { key: 'switch#kill', version: 2, body: winner });
    },
  },
  {
    name: 'an item ages out for get, query and put; until then it says when',
    async run(h) {
      const expiresAt = h.now() + 1500;
      assertOk(await h.store.put({ key: 'approval#a', body: 1, expiresAt }, 0, soon(h)));
      assertOk(await h.store.put({ key: 'approval#b', body: 2 }, 0, soon(h)));
      assert.equal(assertOk(await h.store.get('approval#a', soon(h)))?.expiresAt, expiresAt);
      await h.advance(2000);
      assert.equal(assertOk(await h.store.get('approval#a', soon(h))), null);
      assert.deepEqual(await keysOf(h, 'approval#', 10), ['approval#b']);
      assertFailed(await h.store.put({ key: 'approval#a', body: 3 }, 1, soon(h)), 'conflict');
      assert.deepEqual(assertOk(await h.store.put({ key: 'approval#a', body: 3 }, 0, soon(h))), {
        key: 'approval#a',
        version: 1,
        body: 3,
      });
    },
  },
  {
    name: 'a put without expiresAt over one with it lasts',
    async run(h) {
      assertOk(await h.store.put({ key: 'observation#a', body: 1, expiresAt: h.now() + 1000 }, 0, soon(h)));
      assertOk(await h.store.put({ key: 'observation#a', body: 2 }, 1, soon(h)));
      await h.advance(1500);
      assert.deepEqual(assertOk(await h.store.get('observation#a', soon(h))), { key: 'observation#a', version: 2, body: 2 });
    },
  },
  {
    name: 'what a caller does to a body after put, get or query does not change the stored item',
    async run(h) {
      const body = { list: [1] };
      meddle(assertOk(await h.store.put({ key: 'budget#x', body }, 0, soon(h))));
      attempt(() => body.list.push(2));
      const read = assertOk(await h.store.get('budget#x', soon(h)));
      if (read) meddle(read);
      for (const item of assertOk(await h.store.query('budget#', 10, soon(h)))) meddle(item);
      assert.deepEqual(assertOk(await h.store.get('budget#x', soon(h)))?.body, { list: [1] });
    },
  },
  {
    name: 'a query lists the items under a prefix in key order and nothing else',
    async run(h) {
      for (const key of ['step#p#2', 'step#q#1', 'step#p#10', 'step#p#1', 'run#p', 'stepping#p'])
        assertOk(await h.store.put({ key, body: key }, 0, soon(h)));
      assert.deepEqual(await keysOf(h, 'step#p#', 10), ['step#p#1', 'step#p#10', 'step#p#2']);
      assert.deepEqual(await keysOf(h, 'step#p#1', 10), ['step#p#1', 'step#p#10']);
      assert.deepEqual(await keysOf(h, 'nothing#', 10), []);
      assert.deepEqual(assertOk(await h.store.query('run#', 10, soon(h))), [{ key: 'run#p', version: 1, body: 'run#p' }]);
    },
  },
  {
    name: 'a query of a whole family lists every item of it, in key order over all partitions',
    async run(h) {
      for (const key of ['lesson#shift#p99', 'lesson#restart#errors', 'lesson#restart#crash', 'lesson#scale#cpu', 'less#x'])
        assertOk(await h.store.put({ key, body: 1 }, 0, soon(h)));
      const all = ['lesson#restart#crash', 'lesson#restart#errors', 'lesson#scale#cpu', 'lesson#shift#p99'];
      assert.deepEqual(await keysOf(h, 'lesson#', 10), all);
      assert.deepEqual(await keysOf(h, 'lesson#re', 10), all.slice(0, 2));
    },
  },
  {
    name: 'a query answers at most as many as asked, the first in order',
    async run(h) {
      for (let n = 0; n < 30; n++) assertOk(await h.store.put({ key: `lesson#l${String(n).padStart(2, '0')}`, body: n }, 0, soon(h)));
      assert.deepEqual(await keysOf(h, 'lesson#', 3), ['lesson#l00', 'lesson#l01', 'lesson#l02']);
      assert.equal((await keysOf(h, 'lesson#', 100)).length, 30);
    },
  },
  {
    name: 'a family that is not listed is refused by its name alone, and read by its partition',
    async run(h) {
      for (const observer of ['b', 'a']) assertOk(await h.store.put({ key: `observation#seen#${observer}`, body: 1 }, 0, soon(h)));
      assertFailed(await h.store.query('observation#', 10, soon(h)), 'invalid');
      assert.deepEqual(await keysOf(h, 'observation#seen#', 10), ['observation#seen#a', 'observation#seen#b']);
    },
  },
  {
    name: 'a body of many kilobytes comes back as it was put, from get, from query and after a change',
    async run(h) {
      const long = {
        states: Array.from({ length: 500 }, (_, n) => ({ n, reason: `GET answered 200 in ${n} ms — “${'ü'.repeat(n % 7)}”` })),
      };
      assertOk(await h.store.put({ key: 'plan#long', body: long }, 0, soon(h)));
      assert.deepEqual(assertOk(await h.store.get('plan#long', soon(h)))?.body, long);
      assert.deepEqual(assertOk(await h.store.query('plan#', 10, soon(h))).find(({ key }) => key === 'plan#long')?.body, long);
      assertOk(await h.store.put({ key: 'plan#long', body: 'short' }, 1, soon(h)));
      assert.equal(assertOk(await h.store.get('plan#long', soon(h)))?.body, 'short');
    },
  },
  {
    name: 'a query reads on until it has as many as asked although some aged out',
    async run(h) {
      for (let n = 0; n < 6; n++) {
        const ageing = n < 4 ? { expiresAt: h.now() + 1000 } : {};
        assertOk(await h.store.put({ key: `vote#g#${n}`, body: n, ...ageing }, 0, soon(h)));
      }
      await h.advance(1500);
      assert.deepEqual(await keysOf(h, 'vote#g#', 2), ['vote#g#4', 'vote#g#5']);
    },
  },
  {
    name: 'a free lease is granted until its time to live is over, and can be read',
    async run(h) {
      const asked = h.now();
      const lease = assertOk(await h.store.claim('lease#checkout/eu-west-1', 1, 30, 'executor-a', soon(h)));
      assert.deepEqual({ ...lease, until: 0 }, { key: 'lease#checkout/eu-west-1', epoch: 1, holder: 'executor-a', until: 0 });
      assert.ok(lease.until >= asked + 30_000 && lease.until <= h.now() + 30_000, `until ${lease.until}, asked at ${asked}`);
      assert.deepEqual(assertOk(await h.store.get('lease#checkout/eu-west-1', soon(h)))?.body, lease);
    },
  },
  {
    name: 'a held lease is superseded neither by another holder of the same epoch nor by a lower epoch',
    async run(h) {
      const lease = assertOk(await h.store.claim('lease#x', 2, 30, 'a', soon(h)));
      assertFailed(await h.store.claim('lease#x', 2, 30, 'b', soon(h)), 'superseded');
      assertFailed(await h.store.claim('lease#x', 1, 30, 'a', soon(h)), 'superseded');
      assert.deepEqual(assertOk(await h.store.get('lease#x', soon(h)))?.body, lease);
    },
  },
  {
    name: 'the holder renews with the same epoch and the end moves on',
    async run(h) {
      const first = assertOk(await h.store.claim('lease#x', 1, 30, 'a', soon(h)));
      await h.advance(50);
      const second = assertOk(await h.store.claim('lease#x', 1, 30, 'a', soon(h)));
      assert.ok(second.until > first.until, `${second.until} is not after ${first.until}`);
    },
  },
  {
    name: 'a higher epoch takes a held lease, and the old holder is superseded from then on',
    async run(h) {
      assertOk(await h.store.claim('lease#x', 1, 30, 'a', soon(h)));
      assert.equal(assertOk(await h.store.claim('lease#x', 2, 30, 'b', soon(h))).holder, 'b');
      assertFailed(await h.store.claim('lease#x', 1, 30, 'a', soon(h)), 'superseded');
    },
  },
  {
    name: 'a lease that ended is free for another holder, and its epoch can still be read',
    async run(h) {
      assertOk(await h.store.claim('lease#x', 3, 1, 'a', soon(h)));
      await h.advance(1500);
      assert.equal(
        assertOk(await h.store.get('lease#x', soon(h)))?.version,
        1,
        'an ended lease stays, for the next epoch is counted from it',
      );
      assert.equal(assertOk(await h.store.claim('lease#x', 3, 30, 'b', soon(h))).holder, 'b');
    },
  },
  {
    name: 'a lower epoch is superseded even after the lease of a higher one has ended',
    async run(h) {
      assertOk(await h.store.claim('lease#x', 3, 1, 'a', soon(h)));
      await h.advance(1500);
      assertFailed(await h.store.claim('lease#x', 2, 30, 'b', soon(h)), 'superseded');
      assertFailed(await h.store.claim('lease#x', 2, 30, 'a', soon(h)), 'superseded');
      assert.equal(assertOk(await h.store.claim('lease#x', 4, 30, 'b', soon(h))).epoch, 4);
    },
  },
  {
    name: 'of ten claims at once with one epoch exactly one is granted',
    async run(h) {
      const results = await Promise.all(Array.from({ length: 10 }, (_, n) => h.store.claim('lease#x', 1, 30, `holder-${n}`, soon(h))));
      const granted = results.flatMap((result) => (result.ok ? [result.value] : []));
      assert.equal(granted.length, 1);
      for (const result of results) if (!result.ok) assertFailed(result, 'superseded');
      assert.deepEqual(assertOk(await h.store.get('lease#x', soon(h)))?.body, granted[0]);
    },
  },
  {
    name: 'appended entries get growing numbers and are listed in order under their stream',
    async run(h) {
      const stream = 'incident#7#t';
      const numbers: number[] = [];
      for (let n = 0; n < 12; n++) numbers.push(assertOk(await h.store.append(stream, { id: `entry-${n}`, body: { n } }, soon(h))));
      for (let n = 1; n < 12; n++) assert.ok((numbers[n] ?? 0) > (numbers[n - 1] ?? 0), `numbers do not grow: ${numbers}`);
      const items = assertOk(await h.store.query(`${stream}#`, 100, soon(h)));
      assert.deepEqual(
        items,
        numbers.map((seq, n) => ({ key: `${stream}#${String(seq).padStart(8, '0')}`, version: 1, body: { n } })),
      );
    },
  },
  {
    name: 'an entry with a known id is not added twice and answers its first number',
    async run(h) {
      const first = assertOk(await h.store.append('incident#7#t', { id: 'a', body: 1 }, soon(h)));
      const other = assertOk(await h.store.append('incident#7#t', { id: 'b', body: 2 }, soon(h)));
      assert.equal(assertOk(await h.store.append('incident#7#t', { id: 'a', body: 'rewritten' }, soon(h))), first);
      assert.notEqual(other, first);
      assert.deepEqual(
        assertOk(await h.store.query('incident#7#t#', 10, soon(h))).map((item) => item.body),
        [1, 2],
      );
    },
  },
  {
    name: 'entries appended at once all get numbers of their own',
    async run(h) {
      const results = await Promise.all(
        Array.from({ length: 5 }, (_, n) => h.store.append('incident#7#t', { id: `e${n}`, body: n }, soon(h))),
      );
      assert.equal(new Set(results.map(assertOk)).size, 5);
      assert.equal((await keysOf(h, 'incident#7#t#', 10)).length, 5);
    },
  },
  {
    name: 'streams do not disturb each other, nor the item they belong to',
    async run(h) {
      assertOk(await h.store.put({ key: 'incident#1', body: 'one' }, 0, soon(h)));
      assertOk(await h.store.append('incident#1#t', { id: 'same', body: 'a' }, soon(h)));
      assertOk(await h.store.append('incident#10#t', { id: 'same', body: 'b' }, soon(h)));
      assert.deepEqual(
        assertOk(await h.store.query('incident#1#t#', 10, soon(h))).map((item) => item.body),
        ['a'],
      );
      const family = assertOk(await h.store.query('incident#', 10, soon(h))).map((item) => item.body);
      assert.deepEqual(family, ['one', 'a', 'b'], "the adapter's own bookkeeping does not show");
      assert.equal(assertOk(await h.store.get('incident#1', soon(h)))?.version, 1);
    },
  },
  {
    name: 'a call past its deadline times out without effect',
    async run(h) {
      assertFailed(await h.store.put({ key: 'plan#1', body: 1 }, 0, tooLate(h)), 'timeout');
      assertFailed(await h.store.claim('lease#x', 1, 30, 'a', tooLate(h)), 'timeout');
      assertFailed(await h.store.append('incident#7#t', { id: 'a', body: 1 }, tooLate(h)), 'timeout');
      assertFailed(await h.store.get('plan#1', tooLate(h)), 'timeout');
      assertFailed(await h.store.query('plan#', 1, tooLate(h)), 'timeout');
      assert.equal(assertOk(await h.store.get('plan#1', soon(h))), null);
      assert.equal(assertOk(await h.store.get('lease#x', soon(h))), null);
      assert.deepEqual(await keysOf(h, 'incident#7', 10), []);
    },
  },
];

async function keysOf(h: StoreHarness, prefix: string, limit: number): Promise<string[]> {
  return assertOk(await h.store.query(prefix, limit, soon(h))).map((item) => item.key);
}
