import { expect, it } from 'vitest';
import { emptyJudgement, syncJudgement } from '../../../core/analyze/judgement-memory.ts';
import { regionContext } from '../region-context.ts';
import { withMethods } from '../with-methods.ts';

it('what was learned of the detectors is read and written once an hour, not with every slot', async () => {
  const bench = regionContext();
  const calls: string[] = [];
  const { store } = bench.ctx.ports;
  const counting = withMethods(store, {
    get: (key, call) => {
      calls.push('get');
      return store.get(key, call);
    },
    put: (item, version, call) => {
      calls.push('put');
      return store.put(item, version, call);
    },
  });
  const ctx = { ...bench.ctx, ports: { ...bench.ctx.ports, store: counting } };
  const memory = emptyJudgement();
  for (let minute = 0; minute <= 60; minute += 1) {
    await syncJudgement(ctx, memory);
    await bench.pass(60);
  }
  expect(calls).toEqual(['get', 'get', 'get', 'get', 'put']);
});
