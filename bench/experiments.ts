import { choiceExperiment } from '../simulator/experiments/action-choice.ts';
import { capacityExperiment } from '../simulator/experiments/capacity/experiment.ts';
import { otherNoises } from '../simulator/experiments/capacity/plant.ts';
import { divisionExperiment } from '../simulator/experiments/fair-division.ts';
import { loopsExperiment } from '../simulator/experiments/nested-loops.ts';

const capacitySeeds = [1, 2, 3];
const noiseSeeds = [1, 2, 3, 4, 5, 6];
const choiceWorlds = 300;
const loopIncidents = 5_000;
const divisionDraws = 200;

/** The experiments of docs/experiments, one row a line; the same figures on every machine. */
export async function run() {
  return {
    capacity: table(await capacityExperiment(capacitySeeds)),
    'capacity under other noises': table(await capacityExperiment(noiseSeeds, ['hpa', 'plan', 'plan over hpa'], undefined, otherNoises)),
    'action choice': table(choiceExperiment(choiceWorlds)),
    'nested loops': table(loopsExperiment(loopIncidents)),
    'fair division': table(divisionExperiment(divisionDraws)),
  };
}

function table(rows: readonly object[]): string[] {
  const cells = rows.map((row) => Object.values(row).map(words));
  const heads = Object.keys(rows[0] ?? {});
  return [heads.join(' | '), ...cells.map((each) => each.join(' | '))];
}

function words(value: unknown): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(Math.abs(value) < 10 ? 3 : 1) : String(value);
}
