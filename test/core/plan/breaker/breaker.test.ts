import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask, type BreakerState, type CallOutcome, hold, newBreaker, release, settle } from '../../../../core/plan/breaker/breaker.ts';
import { type BreakerConfig, breakerProblems } from '../../../../core/plan/breaker/breaker-config.ts';
import { type Breakers, holdDependents, releaseNext } from '../../../../core/plan/breaker/cascade.ts';

const config: BreakerConfig = { trip: { kind: 'consecutive', threshold: 2 }, halfOpenAfterMs: [1000, 3000], probeLeaseMs: 500 };

/** Asks and settles at once; what was not admitted is not settled. */
function call(rules: BreakerConfig, state: BreakerState, at: number, outcome: CallOutcome): BreakerState {
  const admission = ask(rules, state, at, `call-${at}`);
  return admission.admitted ? settle(rules, admission.state, at, `call-${at}`, outcome) : admission.state;
}

function opened(at = 0): BreakerState {
  return call(config, call(config, newBreaker(config), at, 'failure'), at, 'failure');
}

describe('a circuit breaker', () => {
  it('opens, waits, probes, and closes or waits longer', () => {
    const open = opened();
    expect(open.circuit.kind).toBe('open');
    expect(ask(config, open, 999, 'x').admitted).toBe(false);
    expect(call(config, open, 1000, 'success').circuit.kind).toBe('closed');
    const again = call(config, open, 1000, 'failure');
    expect(ask(config, again, 3999, 'x').admitted).toBe(false);
    expect(ask(config, again, 4000, 'x').admitted).toBe(true);
  });

  it('gives out one probe at a time and another one when the lease of a dead prober is over', () => {
    const first = ask(config, opened(), 1000, 'first');
    expect(first.admitted).toBe(true);
    expect(ask(config, first.state, 1400, 'second').admitted).toBe(false);
    const second = ask(config, first.state, 1500, 'second');
    expect(second.admitted).toBe(true);
    expect(settle(config, second.state, 1600, 'first', 'success').circuit.kind).toBe('half-open');
    expect(settle(config, second.state, 1600, 'second', 'success').circuit.kind).toBe('closed');
  });

  it('takes a failure that says nothing about the target as no failure', () => {
    expect(call(config, newBreaker(config), 0, 'ignored')).toEqual(newBreaker(config));
    expect(call(config, opened(), 1000, 'ignored').circuit.kind).toBe('closed');
  });

  it('drops results that come after it has moved on', () => {
    const open = opened();
    expect(settle(config, open, 10, 'late', 'success')).toEqual(open);
  });

  it('waits its time and no longer when the clock steps back', () => {
    const open = opened(1_000_000);
    const { state } = ask(config, open, 0, 'x');
    expect(ask(config, state, 1000, 'x').admitted).toBe(true);
  });

  it('behaves the same when it is stored and read back between any two steps', () => {
    const trips: BreakerConfig['trip'][] = [
      { kind: 'consecutive', threshold: 2 },
      { kind: 'count', threshold: 0.5, size: 4, minimumCalls: 2 },
      { kind: 'sampling', threshold: 0.5, durationMs: 5000, minimumPerSecond: 0.5 },
    ];
    const steps = fc.array(fc.tuple(fc.constantFrom<CallOutcome>('success', 'failure', 'ignored'), fc.integer({ min: 0, max: 1500 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.constantFrom(...trips), fc.boolean(), steps, (trip, sampled, sequence) => {
        const rules: BreakerConfig = { ...config, trip, ...(sampled && { halfOpenSampling: { calls: 3, threshold: 0.4 } }) };
        let kept = newBreaker(rules);
        let stored = JSON.stringify(kept);
        let at = 0;
        for (const [outcome, wait] of sequence) {
          at += wait;
          kept = call(rules, kept, at, outcome);
          stored = JSON.stringify(call(rules, JSON.parse(stored), at, outcome));
          expect(JSON.parse(stored)).toEqual(kept);
        }
      }),
    );
  });

  it('closes only through a success and admits nothing while it is open', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom<CallOutcome>('success', 'failure'), fc.integer({ min: 0, max: 2000 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, (sequence) => {
        let state = newBreaker(config);
        let at = 0;
        for (const [outcome, wait] of sequence) {
          at += wait;
          const before = state.circuit;
          state = call(config, state, at, outcome);
          if (before.kind !== 'closed' && state.circuit.kind === 'closed') expect(outcome).toBe('success');
          if (before.kind === 'open' && at - before.openedAt < 1000) expect(state.circuit.kind).toBe('open');
        }
      }),
    );
  });

  it('refuses a configuration that makes no sense, naming every mistake', () => {
    const bad: BreakerConfig = {
      trip: { kind: 'count', threshold: 1, size: 0 },
      halfOpenAfterMs: [],
      halfOpenSampling: { calls: 0, threshold: 1 },
      probeLeaseMs: 0,
    };
    expect(breakerProblems(bad)).toHaveLength(7);
    expect(() => newBreaker(bad)).toThrow(/count threshold is 1/);
    expect(
      breakerProblems({ trip: { kind: 'sampling', threshold: 0.5, durationMs: 0, minimumPerSecond: 0 }, halfOpenAfterMs: Number.NaN }),
    ).toHaveLength(3);
    expect(breakerProblems({ trip: { kind: 'consecutive', threshold: 0 }, halfOpenAfterMs: 0 })).toHaveLength(1);
    expect(breakerProblems(config)).toEqual([]);
  });
});

describe('breakers of a cascade', () => {
  const dependencies = { web: ['checkout'], checkout: ['payments', 'stock'], payments: ['db'], stock: [], db: [] };
  const all = (): Breakers => Object.fromEntries(Object.keys(dependencies).map((name) => [name, newBreaker(config)]));
  const kinds = (breakers: Breakers) => Object.fromEntries(Object.entries(breakers).map(([name, state]) => [name, state.circuit.kind]));

  it('are held for everything that depends on the sick service and for nothing else', () => {
    expect(kinds(holdDependents(all(), dependencies, 'db'))).toEqual({
      web: 'held',
      checkout: 'held',
      payments: 'held',
      stock: 'closed',
      db: 'closed',
    });
  });

  it('come back from the inside out, each after what it calls has proved itself', () => {
    let breakers = holdDependents({ ...all(), db: opened() }, dependencies, 'db');
    expect(releaseNext(breakers, dependencies, 'db')).toEqual(breakers);
    breakers = { ...breakers, db: newBreaker(config) };
    for (const expected of ['payments', 'checkout', 'web']) {
      breakers = releaseNext(breakers, dependencies, 'db');
      expect(kinds(breakers)[expected]).toBe('half-open');
      expect(Object.values(kinds(breakers)).filter((kind) => kind === 'half-open')).toHaveLength(1);
      const state = breakers[expected];
      if (state) breakers = { ...breakers, [expected]: call(config, state, 10, 'success') };
    }
    expect(new Set(Object.values(kinds(breakers)))).toEqual(new Set(['closed']));
  });

  it('do not wait for each other in a circle of calls', () => {
    const circle = { a: ['b', 'db'], b: ['a'], db: [] };
    const held = holdDependents({ a: newBreaker(config), b: newBreaker(config), db: newBreaker(config) }, circle, 'db');
    expect(kinds(releaseNext(held, circle, 'db'))).toMatchObject({ a: 'half-open', b: 'half-open' });
  });

  it('stay held until the last holder lets go', () => {
    const twice = hold(hold(hold(newBreaker(config), 'db'), 'cache'), 'cache');
    expect(release(release(twice, 'db'), 'db').circuit).toMatchObject({ kind: 'held', by: ['cache'] });
    expect(release(release(twice, 'db'), 'cache').circuit.kind).toBe('half-open');
    expect(ask(config, twice, 0, 'x').reason).toBe('held open by db, cache');
  });
});
