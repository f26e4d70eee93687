import { settle } from '../bin/commands/simulate.ts';
import { loadMachines, loadScenario, shippedScenarios } from '../bin/load-scenario.ts';
import type { TimelineEntry } from '../core/model/index.ts';
import type { Scenario } from '../simulator/scenario.ts';
import { simulate } from '../simulator/simulate.ts';
import { soakConfigs } from '../simulator/soak/soak-config.ts';
import { faultWithTruth } from './cause-faults.ts';

/** The figures were looked at while the model was made on the first set only. */
const seedSets = { seen: [1, 2, 3, 4, 5], unseen: [101, 102, 103] };
const generated = 100;
/** Causes show in the first hour; the rest of a long outage is the recovery's. */
const minutesMax = 60;

type Truth = NonNullable<Scenario['truth']>[number];

interface Judged {
  scenario: string;
  seed: number;
  incident: string;
  truth: Truth;
  /** The first candidate when the incident opened, and when it was last reconsidered. */
  opened: Truth | null;
  settled: Truth | null;
}

/** Root causes and loci that the loop names, against what each scenario says is at fault, incident by incident. */
export async function run() {
  return {
    'scenarios, seeds 1-5': report(await runScenarios(seedSets.seen)),
    'scenarios, seeds 101-103': report(await runScenarios(seedSets.unseen)),
    'generated faults': report(await runGenerated()),
  };
}

type Run = ReturnType<typeof judge>;

async function runScenarios(seeds: readonly number[]): Promise<Run[]> {
  const machines = loadMachines();
  const runs: Run[] = [];
  for (const name of shippedScenarios()) {
    const { scenario, config } = await loadScenario(name);
    if (scenario.truth === undefined) continue;
    const minutes = Math.min(scenario.minutes, minutesMax);
    const short = { ...scenario, minutes, faults: scenario.faults.filter((fault) => fault.at <= minutes) };
    for (const seed of seeds) {
      const { timeline } = await simulate(short, config, { seed, settle, machines });
      runs.push(judge(name, seed, scenario.truth, timeline));
    }
    process.stderr.write(`${name} ${seeds.join(' ')}\n`);
  }
  return runs;
}

async function runGenerated(): Promise<Run[]> {
  const machines = loadMachines();
  const runs: Run[] = [];
  for (let seed = 1; seed <= generated; seed += 1) {
    const scenario = faultWithTruth(seed);
    const { timeline } = await simulate(scenario, soakConfigs.act, { seed, settle, machines });
    runs.push(judge(scenario.faults[0]?.kind ?? '', seed, scenario.truth ?? [], timeline));
  }
  return runs;
}

function report(runs: readonly Run[]) {
  const judged = runs.flatMap((each) => each.judged);
  const wrong = judged.filter((each) => !isRight(each.settled, each.truth));
  return {
    ...{ runs: runs.length, runsWithoutIncident: runs.filter((each) => each.judged.length === 0).length, incidents: judged.length },
    furtherIncidents: runs.reduce((sum, each) => sum + each.followUps, 0),
    opened: score(judged, (each) => each.opened),
    settled: score(judged, (each) => each.settled),
    wrong: wrong.map(
      ({ scenario, seed, incident, truth, settled }) => `${scenario} seed ${seed} ${incident}: ${told(settled)}, is ${told(truth)}`,
    ),
  };
}

/** The first incident in a region that the truth names is held against it; further ones and those elsewhere are counted only. */
function judge(scenario: string, seed: number, truths: readonly Truth[], timeline: readonly TimelineEntry[]) {
  const judged: Judged[] = [];
  let followUps = 0;
  for (const { data } of timeline.filter((entry) => entry.kind === 'IncidentOpened')) {
    const truth = truths.find(({ cause, region }) =>
      region === undefined ? cause.split('/').includes(String(data.region)) : region === data.region,
    );
    if (truth === undefined || judged.some((each) => each.truth === truth)) {
      followUps += 1;
      continue;
    }
    const rankings = timeline.filter((entry) => entry.kind === 'CauseRanked' && entry.data.incident === data.incident).map(firstOf);
    const ranked = { opened: rankings[0] ?? null, settled: rankings.at(-1) ?? null };
    judged.push({ scenario, seed, incident: String(data.incident), truth, ...ranked });
  }
  return { judged, followUps };
}

function firstOf({ data }: TimelineEntry): Truth | null {
  const [first] = data.candidates as Truth[];
  return first ?? null;
}

function isRight(given: Truth | null, truth: Truth): boolean {
  return given?.cause === truth.cause && given.locus === truth.locus;
}

function score(judged: readonly Judged[], of: (each: Judged) => Truth | null) {
  const cause = judged.filter((each) => of(each)?.cause === each.truth.cause).length;
  const locus = judged.filter((each) => of(each)?.locus === each.truth.locus).length;
  const both = judged.filter((each) => isRight(of(each), each.truth)).length;
  return {
    cause: `${cause}/${judged.length}`,
    locus: `${locus}/${judged.length}`,
    both: `${both}/${judged.length}`,
    share: both / judged.length,
  };
}

function told(given: Truth | null): string {
  return given === null ? 'nothing' : `${given.cause} (${given.locus})`;
}
