import { describe, expect, it } from 'vitest';
import { loadMachines } from '../../bin/load-scenario.ts';
import { readScenario, type ScenarioInput } from '../../simulator/scenario.ts';
import { simulate } from '../../simulator/simulate.ts';
import { type SoakWorld, soakConfigs } from '../../simulator/soak/soak-config.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
const machines = loadMachines();

/** A bug that the soak found: the fewest faults that showed it, in the world and with the seed in which they did. */
interface Regression {
  /** What must not happen again. */
  name: string;
  faults: NonNullable<ScenarioInput['faults']>;
  orders?: NonNullable<ScenarioInput['orders']>;
  config: SoakWorld;
  seed: number;
  minutes: number;
  /** The code still has it: the test turns red when it no longer does, and this line goes. */
  stillOpen?: true;
}

const regressions: readonly Regression[] = [
  {
    name: 'an incident whose copy a lying peer table never kept comes to an end all the same',
    config: 'act',
    seed: 50,
    minutes: 60,
    stillOpen: true,
    faults: [
      { at: 11.6, until: 16.9, kind: 'region-unreachable', where: { region: 'eu-west-1' } },
      { at: 11.3, until: 17.9, kind: 'call', where: { port: 'peerStores' }, with: { answer: 'lie', share: 0.36 } },
    ],
  },
];

async function violationsOf({ config, seed, minutes, faults, orders }: Regression) {
  const read = readScenario({ name: 'regression', source: 'made', minutes, faults, expect: { incidents: 1 }, ...(orders && { orders }) });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return (await simulate(read.scenario, soakConfigs[config], { seed, settle, machines })).violations;
}

describe('what the soak has found', { timeout: 30_000 }, () => {
  for (const regression of regressions) {
    const check = regression.stillOpen === true ? it.fails : it;
    check(regression.name, async () => expect(await violationsOf(regression)).toEqual([]));
  }
});
