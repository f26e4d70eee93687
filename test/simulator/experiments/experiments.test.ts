import { describe, expect, it } from 'vitest';
import { choiceExperiment } from '../../../simulator/experiments/action-choice.ts';
import { capacityExperiment } from '../../../simulator/experiments/capacity/experiment.ts';
import { disturbances } from '../../../simulator/experiments/capacity/plant.ts';
import { divisionExperiment } from '../../../simulator/experiments/fair-division.ts';
import { loopsExperiment } from '../../../simulator/experiments/nested-loops.ts';

describe('the default wins its experiments', () => {
  it('the plan, alone and over HPA, saturates less than HPA alone at no more than 1.1 times its unit-hours, under heavy noise, too', async () => {
    const heavyNoise = disturbances.filter((each) => each.noise >= 0.25);
    for (const load of ['diurnal', 'spiky'] as const) {
      const [hpa, ...planned] = await capacityExperiment([1, 2], ['hpa', 'plan', 'plan over hpa'], [load], heavyNoise);
      for (const row of planned) {
        expect(row.saturatedMinutes, row.controller).toBeLessThan(hpa?.saturatedMinutes ?? 0);
        expect(row.unitHours, row.controller).toBeLessThanOrEqual(1.1 * (hpa?.unitHours ?? 0));
      }
    }
  }, 60_000);

  it('learned rates recover sooner than bandits for as many incidents as one service has in years', () => {
    const rows = choiceExperiment(60).filter((row) => row.incidents <= 30 && !row.drift);
    for (const incidents of [10, 30]) {
      const seconds = (chooser: string) => rows.find((row) => row.incidents === incidents && row.chooser === chooser)?.meanSeconds ?? 0;
      expect(seconds('learned rates')).toBeLessThan(seconds('thompson'));
      expect(seconds('learned rates')).toBeLessThan(seconds('ucb'));
    }
  });

  it('one loop recovers sooner than three, touches less and never collides', () => {
    const [one, three, coordinated] = loopsExperiment(1_000);
    expect(one?.collisions).toBe(0);
    expect(three?.collisions).toBeGreaterThan(0);
    for (const other of [three, coordinated]) {
      expect(one?.meanSeconds).toBeLessThan(other?.meanSeconds ?? 0);
      expect(one?.meanBlast).toBeLessThan(other?.meanBlast ?? 0);
    }
  });

  it('priority order serves tier 1 in full where the Shapley value does not, and is worth as much as an auction', () => {
    for (const scarcity of [0.9, 0.7]) {
      const of = (division: string) => divisionExperiment(20).find((row) => row.scarcity === scarcity && row.division === division);
      expect(of('priority order')?.tier1).toBeCloseTo(1);
      expect(of('shapley')?.tier1).toBeLessThan(0.95);
      expect(of('priority order')?.worth).toBeCloseTo(of('auction')?.worth ?? 0, 1);
    }
  });

  it('and gives the same figures every time', () => {
    expect(loopsExperiment(50)).toEqual(loopsExperiment(50));
    expect(choiceExperiment(3)).toEqual(choiceExperiment(3));
    expect(divisionExperiment(3)).toEqual(divisionExperiment(3));
  });
});
