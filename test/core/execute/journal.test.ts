import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastOpenRecord, readJournal, writeEntry } from '../../../core/execute/journal.ts';
import { failed, type StepRecord, storeKey } from '../../../core/model/index.ts';
import { writeItem } from '../../../simulator/trials/seed-items.ts';
import { withMethods } from '../with-methods.ts';
import { planId, plannedRun, planOf, recordOf, runOf, stored } from './planned-run.ts';

const key = storeKey.step(planId, 'stage-1');

describe('the journal', () => {
  it('is written to the own table and to every live peer’s', async () => {
    const bench = plannedRun();
    expect((await writeEntry(bench.ctx, recordOf(), 0, [], true)).ok).toBe(true);
    for (const where of ['eu-west-1', 'us-east-1', 'us-west-2']) expect(stored(bench, where, key)).toMatchObject({ state: 'applied' });
  });

  it('leaves the impaired region alone', async () => {
    const bench = plannedRun();
    await writeEntry(bench.ctx, recordOf(), 0, ['us-east-1'], true);
    expect(stored(bench, 'us-east-1', key)).toBeUndefined();
  });

  it('refuses a record that no peer took when a copy is a must, and takes it when it is not', async () => {
    const bench = plannedRun();
    const deaf = {
      ...bench.ctx,
      ports: {
        ...bench.ctx.ports,
        peerStores: {
          'us-west-2': {
            ...bench.ctx.ports.store,
            get: async () => ({ ok: false as const, code: 'timeout', retryable: true, reason: 'deaf' }),
          },
        },
      },
    };
    expect(await writeEntry(deaf, recordOf(), 0, [], true)).toMatchObject({ ok: false, code: 'unavailable' });
    expect((await writeEntry(deaf, recordOf(), 1, [], false)).ok).toBe(true);
  });

  it('is a conflict when somebody else has written the record since it was read', async () => {
    const bench = plannedRun();
    await writeEntry(bench.ctx, recordOf(), 0, [], true);
    expect(await writeEntry(bench.ctx, recordOf({ state: 'committed' }), 0, [], true)).toMatchObject({ ok: false, code: 'conflict' });
  });

  it('is read from all tables, of each step the furthest record, in the order of the steps', async () => {
    const bench = plannedRun();
    const write = (where: string, record: StepRecord) => {
      const state = bench.states.get(where);
      if (state) writeItem(state, storeKey.step(planId, record.step), record);
    };
    write('eu-west-1', recordOf({ step: 'stage-2', order: 1, state: 'applying' }));
    write('us-west-2', recordOf({ step: 'stage-2', order: 1, state: 'applied' }));
    write('us-east-1', recordOf({ step: 'stage-1', order: 0, state: 'committed' }));
    const journal = await readJournal(bench.ctx, { plan: planOf([]), run: runOf() });
    expect(journal.ok && journal.value.map((record) => [record.step, record.state])).toEqual([
      ['stage-1', 'committed'],
      ['stage-2', 'applied'],
    ]);
  });

  it('can be read by a successor whose own table holds nothing of it', async () => {
    const bench = plannedRun([], {}, 'us-west-2');
    const state = bench.states.get('us-east-1');
    if (state) writeItem(state, key, recordOf({ state: 'applying' }));
    const journal = await readJournal(bench.ctx, { plan: planOf([]), run: runOf({ epoch: 4, avoid: ['eu-west-1'] }) });
    expect(journal.ok && journal.value.map((record) => record.state)).toEqual(['applying']);
  });

  it.each([
    { unreadable: ['eu-west-1'], epoch: 4, known: true },
    { unreadable: ['eu-west-1', 'us-east-1'], epoch: 4, known: false },
    { unreadable: ['eu-west-1', 'us-east-1'], epoch: 3, known: true },
  ])('is known in epoch $epoch when $unreadable cannot be read: $known', async ({ unreadable, epoch, known }) => {
    const bench = plannedRun([], {}, 'us-west-2');
    const peerStores = Object.fromEntries(
      Object.entries(bench.ctx.ports.peerStores).map(([name, peer]) => [
        name,
        unreadable.includes(name) ? withMethods(peer, { query: async () => failed('timeout', 'cut off') }) : peer,
      ]),
    );
    const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, peerStores } };
    const journal = await readJournal(ctx, { plan: planOf([]), run: runOf({ epoch }) });
    expect(journal).toMatchObject(known ? { ok: true } : { ok: false, code: 'unavailable' });
  });
});

describe('what is to be undone next', () => {
  const states: StepRecord['state'][] = ['intended', 'applying', 'applied', 'committed', 'failed', 'undoing', 'undone', 'frozen'];

  it('is the highest record that may have touched the world: an intent has not, what is undone no longer does', () => {
    const journal = states.map((state, order) => recordOf({ step: `s${order}`, order, state }));
    expect(lastOpenRecord(journal, () => true)?.state).toBe('frozen');
    expect(lastOpenRecord(journal.slice(0, 7), () => true)?.state).toBe('undoing');
    expect(lastOpenRecord(journal.slice(0, 1), () => true)).toBeNull();
  });

  it('passes over steps without an undo', () => {
    const journal = [recordOf({ step: 'a', order: 0 }), recordOf({ step: 'look', order: 1 })];
    expect(lastOpenRecord(journal, (step) => step !== 'look')?.step).toBe('a');
  });

  it('comes in exactly the inverse order whatever the states are', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...states), { maxLength: 12 }), (given) => {
        let journal = given.map((state, order) => recordOf({ step: `s${order}`, order, state }));
        const undone: number[] = [];
        for (let next = lastOpenRecord(journal, () => true); next !== null; next = lastOpenRecord(journal, () => true)) {
          undone.push(next.order);
          journal = journal.map((record) => (record.order === next?.order ? { ...record, state: 'undone' as const } : record));
        }
        const touched = given.flatMap((state, order) => (state === 'intended' || state === 'undone' ? [] : [order]));
        expect(undone).toEqual(touched.reverse());
      }),
    );
  });
});
