import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_BEHAVIOR,
  limitByBehavior,
  limitByFactor,
  stabilise,
  stabiliseByBehavior,
} from '../../../../core/plan/scaling/behavior.ts';
import { type HorizontalSpec, type NamedProposal, reconcile } from '../../../../core/plan/scaling/horizontal.ts';
import type { Pod } from '../../../../core/plan/scaling/pods.ts';
import { replicasForAverage, replicasForShare, replicasForUtilization, replicasForValue } from '../../../../core/plan/scaling/replicas.ts';

const pod = (name: string, usageMilli: number | null, own: Partial<Pod> = {}): Pod => ({
  name,
  phase: 'Running',
  ready: true,
  warmingUp: false,
  deleting: false,
  requestMilli: 1000,
  usageMilli,
  ...own,
});
const population = (pods: Pod[], currentReplicas = pods.length) => ({ pods, strangers: [], currentReplicas, tolerance: 0.1 });
const count = (proposal: { kind: string; replicas?: number }) => (proposal.kind === 'proposed' ? proposal.replicas : proposal.kind);

describe('replicas from a utilization', () => {
  it('follow the ratio of usage to target and leave small distances alone', () => {
    expect(count(replicasForUtilization(population([pod('a', 800), pod('b', 800)]), 40, true))).toBe(4);
    expect(count(replicasForUtilization(population([pod('a', 430), pod('b', 430)]), 40, true))).toBe(2);
    expect(count(replicasForUtilization(population([pod('a', 100), pod('b', 100)]), 40, true))).toBe(1);
  });

  it('let missing and unready pods count against the movement', () => {
    const up = [pod('a', 900), pod('b', null), pod('c', 100, { ready: false })];
    expect(count(replicasForUtilization(population(up), 40, true))).toBe(3);
    const down = [pod('a', 100), pod('b', null)];
    expect(count(replicasForUtilization(population(down), 50, true))).toBe(2);
  });

  it('ignore deleted and failed pods, and metrics of pods that are not ours', () => {
    const pods = [pod('a', 800), pod('b', 10, { deleting: true }), pod('c', 10, { phase: 'Failed' })];
    expect(count(replicasForUtilization({ ...population(pods, 1), strangers: [['old', 5000]] }, 40, true))).toBe(2);
  });

  it('are invalid without pods, metrics, or requests', () => {
    expect(count(replicasForUtilization(population([]), 40, true))).toBe('invalid');
    expect(count(replicasForUtilization(population([pod('a', null)]), 40, true))).toBe('invalid');
    expect(count(replicasForUtilization(population([pod('a', 10, { requestMilli: null })]), 40, true))).toBe('invalid');
    expect(count(replicasForUtilization(population([pod('a', 10, { requestMilli: 0 })]), 40, true))).toBe('invalid');
  });

  it('never move against the direction that the reporting pods show', () => {
    const anyPod = fc.record({
      usage: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: null }),
      ready: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyPod, { minLength: 1, maxLength: 8 }), fc.integer({ min: 10, max: 100 }), (drawn, target) => {
        const pods = drawn.map(({ usage, ready }, index) => pod(`p${index}`, usage, { ready }));
        const proposal = replicasForUtilization(population(pods), target, true);
        if (proposal.kind === 'invalid') return;
        const percent = proposal.utilizationPercent ?? 0;
        if (percent > target && pods.every(({ ready, usageMilli }) => ready || usageMilli === null))
          expect(proposal.replicas).toBeGreaterThanOrEqual(pods.length);
        if (percent <= target) expect(proposal.replicas).toBeLessThanOrEqual(pods.length);
      }),
    );
  });
});

describe('replicas from other targets', () => {
  it('take averages per pod, whole values, and shares', () => {
    expect(count(replicasForAverage(population([pod('a', 30), pod('b', 10)]), 10, false))).toBe(4);
    expect(count(replicasForValue(population([pod('a', null), pod('b', null)]), 300, 100))).toBe(6);
    expect(count(replicasForValue(population([], 0), 300, 100))).toBe(3);
    expect(count(replicasForValue(population([], 1), 300, 100))).toBe('invalid');
    expect(replicasForShare(700, 100, 4, 0.1)).toMatchObject({ replicas: 7, valueMilli: 175 });
  });
});

describe('a metric that cannot be used', () => {
  it('is invalid, never a count that is no number', () => {
    const two = population([pod('a', 30), pod('b', 10)]);
    for (const target of [0, -1, Number.NaN]) {
      expect(count(replicasForUtilization(two, target, true))).toBe('invalid');
      expect(count(replicasForAverage(two, target, false))).toBe('invalid');
      expect(count(replicasForValue(two, 10, target))).toBe('invalid');
      expect(count(replicasForShare(10, target, 2, 0.1))).toBe('invalid');
    }
    expect(count(replicasForValue(two, Number.NaN, 1))).toBe('invalid');
    expect(count(replicasForShare(Number.NaN, 1, 2, 0.1))).toBe('invalid');
    expect(count(replicasForAverage(population([pod('a', Number.NaN)]), 10, false))).toBe('invalid');
  });
});

describe('limits of change', () => {
  it('add up what already changed in the period', () => {
    const behavior = {
      ...DEFAULT_BEHAVIOR,
      scaleUp: { ...DEFAULT_BEHAVIOR.scaleUp, policies: [{ type: 'Pods' as const, value: 5, periodSeconds: 60 }] },
    };
    const history = {
      up: [
        { replicaChange: 3, secondsAgo: 30 },
        { replicaChange: 9, secondsAgo: 60 },
      ],
      down: [],
    };
    expect(limitByBehavior(10, 20, { min: 1, max: 100 }, behavior, history)).toEqual({ replicas: 12, reason: 'ScaleUpLimit' });
  });

  it('allow nothing where scaling is disabled and the smallest where Min is asked for', () => {
    const disabled = { ...DEFAULT_BEHAVIOR, scaleDown: { ...DEFAULT_BEHAVIOR.scaleDown, selectPolicy: 'Disabled' as const } };
    expect(limitByBehavior(10, 1, { min: 1, max: 100 }, disabled, { up: [], down: [] }).replicas).toBe(10);
    const least = { ...DEFAULT_BEHAVIOR, scaleUp: { ...DEFAULT_BEHAVIOR.scaleUp, selectPolicy: 'Min' as const } };
    expect(limitByBehavior(10, 50, { min: 1, max: 100 }, least, { up: [], down: [] }).replicas).toBe(14);
  });

  it('keep every result between minimum and maximum when the size was there before', () => {
    const size = fc.integer({ min: 1, max: 60 });
    const events = fc.array(fc.record({ replicaChange: fc.integer({ min: 1, max: 9 }), secondsAgo: fc.integer({ min: 0, max: 120 }) }), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(size, fc.integer({ min: 0, max: 500 }), events, events, (current, desired, up, down) => {
        const { replicas } = limitByBehavior(current, desired, { min: 1, max: 60 }, DEFAULT_BEHAVIOR, { up, down });
        expect(replicas).toBeGreaterThanOrEqual(1);
        expect(replicas).toBeLessThanOrEqual(60);
        expect(Math.sign(replicas - current) * Math.sign(desired - current)).toBeGreaterThanOrEqual(0);
      }),
    );
    expect(limitByFactor(3, 100, { min: 1, max: 50 }, { factor: 2, minimum: 4 })).toEqual({ replicas: 6, reason: 'ScaleUpLimit' });
  });
});

describe('stabilisation', () => {
  it('waits for the window before it shrinks and forgets what no window needs', () => {
    const earlier = [
      { replicas: 9, secondsAgo: 400 },
      { replicas: 7, secondsAgo: 100 },
    ];
    expect(stabilise(3, earlier, 300)).toEqual({
      replicas: 7,
      recommendations: [
        { replicas: 3, secondsAgo: 0 },
        { replicas: 7, secondsAgo: 100 },
      ],
    });
  });

  it('stays where it is while the recommendations of both windows disagree', () => {
    const earlier = [
      { replicas: 2, secondsAgo: 10 },
      { replicas: 9, secondsAgo: 20 },
    ];
    expect(stabiliseByBehavior(5, 8, earlier, { upSeconds: 60, downSeconds: 60 }).replicas).toBe(5);
  });
});

describe('one round of the autoscaler', () => {
  const spec: HorizontalSpec = {
    minReplicas: 2,
    maxReplicas: 10,
    behavior: null,
    downscaleStabilizationSeconds: 300,
    scaleUpLimit: { factor: 2, minimum: 4 },
  };
  const state = (currentReplicas: number) => ({ currentReplicas, recommendations: [], history: { up: [], down: [] } });
  const asks = (replicas: number): NamedProposal => ({
    name: `asks ${replicas}`,
    proposal: { kind: 'proposed', replicas, valueMilli: 0, utilizationPercent: null },
    invalidReason: '',
  });
  const broken: NamedProposal = { name: 'broken', proposal: { kind: 'invalid', reason: 'no data' }, invalidReason: 'FailedGetPodsMetric' };

  it('takes the largest proposal, within the limits', () => {
    expect(reconcile(spec, state(4), () => [asks(5), asks(7)])).toMatchObject({
      replicas: 7,
      conditions: { AbleToScale: { reason: 'SucceededRescale' } },
    });
    expect(reconcile(spec, state(4), () => [asks(50)])).toMatchObject({
      replicas: 8,
      conditions: { ScalingLimited: { status: true, reason: 'ScaleUpLimit' } },
    });
  });

  it('grows but never shrinks while a metric is invalid', () => {
    expect(reconcile(spec, state(4), () => [asks(2), broken]).replicas).toBe(4);
    expect(reconcile(spec, state(4), () => [asks(6), broken]).replicas).toBe(6);
    expect(reconcile(spec, state(4), () => [broken])).toMatchObject({
      replicas: 4,
      conditions: { ScalingActive: { status: false, reason: 'FailedGetPodsMetric' } },
    });
  });

  it('asks no metric where the size alone decides', () => {
    const never = () => {
      throw new Error('must not be asked');
    };
    expect(reconcile(spec, state(12), never).replicas).toBe(10);
    expect(reconcile(spec, state(1), never).replicas).toBe(2);
    expect(reconcile(spec, state(0), never)).toMatchObject({ replicas: 0, conditions: { ScalingActive: { reason: 'ScalingDisabled' } } });
  });
});
