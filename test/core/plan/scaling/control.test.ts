import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyCeiling } from '../../../../core/plan/scaling/ceiling.ts';
import { type CooldownState, cooldownLeft, noteChange } from '../../../../core/plan/scaling/cooldown.ts';
import { type PidConfig, type PidState, pidStep } from '../../../../core/plan/scaling/pid.ts';
import { trackTargets } from '../../../../core/plan/scaling/target-tracking.ts';

describe('target tracking over several metrics', () => {
  const cpu = { name: 'cpu', value: 80, target: 50, weight: 3 };
  const queue = { name: 'queue', value: 10, target: 20, weight: 1 };

  it('follows the weighted mean', () => {
    expect(trackTargets(4, [cpu, queue], 0.1).replicas).toBe(6);
    expect(trackTargets(4, [{ ...cpu, value: 52 }], 0.1).replicas).toBe(4);
  });

  it('does not shrink while one metric is over its target or missing', () => {
    const low = { ...cpu, value: 10 };
    expect(trackTargets(4, [low, queue], 0.1).replicas).toBe(2);
    expect(trackTargets(4, [low, { ...queue, value: 21 }], 0.1).replicas).toBe(4);
    expect(trackTargets(4, [low, { ...queue, value: null }], 0.1).replicas).toBe(4);
    expect(trackTargets(4, [{ ...cpu, value: null }], 0.1)).toEqual({ replicas: 4, reason: 'no metric has a value' });
  });
});

describe('the PID controller', () => {
  const config: PidConfig = {
    proportional: 5,
    integral: 0.05,
    derivative: 0,
    setpoint: 0.6,
    outputMin: 1,
    outputMax: 20,
    filterSeconds: 30,
  };
  const start: PidState = { integral: 4, measurement: null, slope: 0 };

  it('brings the utilisation of a plant to its setpoint', () => {
    let state = start;
    let replicas = 4;
    for (let step = 0; step < 200; step++) {
      const { output, state: next } = pidStep(config, state, 6 / replicas, 15);
      state = next;
      replicas = output;
    }
    expect(6 / replicas).toBeCloseTo(0.6, 2);
  });

  it('leaves a limit at once after a long overload: the integral does not wind up', () => {
    let state = start;
    for (let step = 0; step < 1000; step++) state = pidStep(config, state, 5, 15).state;
    expect(state.integral).toBeLessThanOrEqual(config.outputMax);
    const after = pidStep(config, state, 0.1, 15);
    expect(after.saturated).toBe(false);
    expect(after.output).toBeLessThan(config.outputMax);
  });

  it('stays within its limits for any measurement, and ignores a missing one and a clock that steps back', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double(), fc.integer({ min: -100, max: 100 })), { maxLength: 30 }), (inputs) => {
        let state = start;
        for (const [measurement, seconds] of inputs) {
          const step = pidStep({ ...config, derivative: 2 }, state, measurement, seconds);
          state = step.state;
          expect(step.output).toBeGreaterThanOrEqual(1);
          expect(step.output).toBeLessThanOrEqual(20);
          expect(step.state.integral).toBeGreaterThanOrEqual(1);
          expect(step.state.integral).toBeLessThanOrEqual(20);
        }
      }),
    );
    expect(pidStep(config, start, Number.NaN, 15)).toMatchObject({ output: 4, state: start });
  });
});

describe('the cooldown', () => {
  const config = { upSeconds: 60, downSeconds: 300, flapSeconds: 600, penaltyMax: 8 };

  it('waits by direction and doubles with every flap', () => {
    let state: CooldownState = null;
    expect(cooldownLeft(config, state, 'up', 0)).toBe(0);
    state = noteChange(config, state, 'up', 0);
    expect(cooldownLeft(config, state, 'up', 20_000)).toBe(40);
    state = noteChange(config, state, 'down', 100_000);
    state = noteChange(config, state, 'up', 200_000);
    expect(cooldownLeft(config, state, 'up', 200_000)).toBe(240);
    state = noteChange(config, state, 'up', 2_000_000);
    expect(cooldownLeft(config, state, 'up', 2_000_000)).toBe(60);
  });

  it('is bounded, also when the clock steps back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('up' as const, 'down' as const), fc.integer({ min: -1e6, max: 1e6 })), { maxLength: 40 }),
        (changes) => {
          let state: CooldownState = null;
          for (const [direction, at] of changes) state = noteChange(config, state, direction, at);
          expect(cooldownLeft(config, state, 'down', -1e9)).toBeLessThanOrEqual(300 * 8);
        },
      ),
    );
  });
});

describe('the ceiling of policy', () => {
  const ceiling = { min: 2, max: 10, maxFactor: 2, quota: null };

  it('names the limit that cut the wish', () => {
    expect(applyCeiling(4, 6, ceiling)).toMatchObject({ replicas: 6, limitedBy: null });
    expect(applyCeiling(4, 9, ceiling)).toMatchObject({ replicas: 8, limitedBy: 'factor' });
    expect(applyCeiling(8, 30, ceiling)).toMatchObject({ replicas: 10, limitedBy: 'maximum' });
    expect(applyCeiling(4, 0, ceiling)).toMatchObject({ replicas: 2, limitedBy: 'minimum' });
    expect(applyCeiling(8, 10, { ...ceiling, quota: 9 })).toMatchObject({ replicas: 9, limitedBy: 'quota' });
    expect(applyCeiling(5, Number.NaN, ceiling).replicas).toBe(5);
  });

  it('is never exceeded, even where the floor lies above it', () => {
    const whole = fc.integer({ min: 0, max: 50 });
    fc.assert(
      fc.property(whole, fc.double(), whole, whole, fc.option(whole, { nil: null }), (current, wish, min, max, quota) => {
        const { replicas } = applyCeiling(current, wish, { min, max, maxFactor: 3, quota });
        expect(replicas).toBeLessThanOrEqual(Math.min(max, quota ?? Infinity));
        expect(replicas).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
