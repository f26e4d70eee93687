import type { ActionName } from '../../core/config/schema.ts';
import type { Lesson } from '../../core/model/index.ts';
import { type Candidate, chooseMove, scoreMove } from '../../core/plan/choice.ts';
import type { Move } from '../../core/plan/playbook.ts';
import { SeededRandom } from '../world/random.ts';

/** What an action is really worth for one alert of one service; nobody in the experiment sees it but the dice. */
interface Truth {
  action: ActionName;
  success: number;
  seconds: number;
  blast: number;
}

const playbook: { action: ActionName; seconds: number; blast: number }[] = [
  { action: 'script', seconds: 120, blast: 0.1 },
  { action: 'restart', seconds: 300, blast: 0.3 },
  { action: 'scale', seconds: 240, blast: 0.1 },
  { action: 'shift', seconds: 300, blast: 0.5 },
];
/** When none of the playbook helps, people take this long. */
const peopleSeconds = 1_800;

type Chooser = (moves: readonly Move[], lessonOf: (action: ActionName) => Lesson | undefined, random: SeededRandom) => Move | undefined;

const choosers: Record<string, Chooser> = {
  'playbook order': (moves) => moves[0],
  'learned rates': (moves, lessonOf) => chooseMove(moves, lessonOf)?.chosen.move,
  thompson: (moves, lessonOf, random) =>
    bestOf(moves, (move) => sampled(scoreMove(move, lessonOf(move.action)), lessonOf(move.action), random)),
  ucb: (moves, lessonOf) => bestOf(moves, (move) => optimistic(scoreMove(move, lessonOf(move.action)), move, lessonOf)),
};

export interface ChoiceRow {
  incidents: number;
  drift: boolean;
  chooser: string;
  meanSeconds: number;
  /** Share of the service touched by actions, summed over an incident. */
  meanBlast: number;
  firstHelps: number;
  /** Incidents in which what was tried first was not what the same history would suggest to try first. */
  explorations: number;
}

/** Every chooser on the same worlds with the same dice: what recovery takes over the first `incidents` of a kind. */
export function choiceExperiment(worlds: number): ChoiceRow[] {
  const rows: ChoiceRow[] = [];
  for (const drift of [false, true])
    for (const incidents of [10, 30, 100, 300])
      for (const chooser of Object.keys(choosers)) rows.push(runAll(chooser, incidents, drift, worlds));
  return rows;
}

function runAll(name: string, incidents: number, drift: boolean, worlds: number): ChoiceRow {
  const total = { meanSeconds: 0, meanBlast: 0, firstHelps: 0, explorations: 0 };
  for (let world = 0; world < worlds; world += 1) {
    const random = new SeededRandom(`choice/${world}`);
    let truths = truthsOf(random.fork('truth'));
    const lessons = new Map<ActionName, Lesson>();
    for (let incident = 0; incident < incidents; incident += 1) {
      if (drift && incident === Math.floor(incidents / 2)) truths = truthsOf(random.fork('drift'));
      const figures = recover(choosers[name], truths, lessons, random.fork(`incident/${incident}`));
      for (const key of ['meanSeconds', 'meanBlast', 'firstHelps', 'explorations'] as const)
        total[key] += figures[key] / incidents / worlds;
    }
  }
  return { incidents, drift, chooser: name, ...total };
}

function truthsOf(random: SeededRandom): Truth[] {
  return playbook.map((each) => ({ ...each, success: random.uniform(0.1, 0.95), seconds: each.seconds * random.uniform(0.6, 1.6) }));
}

function recover(chooser: Chooser | undefined, truths: readonly Truth[], lessons: Map<ActionName, Lesson>, random: SeededRandom) {
  const figures = { meanSeconds: 0, meanBlast: 0, firstHelps: 0, explorations: 0 };
  let open = moves;
  for (let turn = 0; open.length > 0; turn += 1) {
    const lessonOf = (action: ActionName) => lessons.get(action);
    const chosen = chooser?.(open, lessonOf, random.fork(`choice/${turn}`));
    const truth = truths.find((each) => each.action === chosen?.action);
    if (chosen === undefined || truth === undefined) break;
    if (turn === 0 && chosen !== bestOf(open, (move) => scoreMove(move, lessonOf(move.action)).score)) figures.explorations = 1;
    const helps = random.fork(`dice/${truth.action}`).chance(truth.success);
    figures.meanSeconds += truth.seconds;
    figures.meanBlast += truth.blast;
    learn(lessons, truth, helps);
    if (helps) return { ...figures, firstHelps: turn === 0 ? 1 : 0 };
    open = open.filter((move) => move !== chosen);
  }
  return { ...figures, meanSeconds: figures.meanSeconds + peopleSeconds };
}

const moves: readonly Move[] = playbook.map(({ action }, index) => ({
  ...{ key: `${index}.level:1:0`, level: `level-${index}`, action, args: {}, when: undefined, waitSeconds: 0 },
}));

function learn(lessons: Map<ActionName, Lesson>, { action, seconds }: Truth, helps: boolean): void {
  const { attempts = 0, successes = 0, meanSeconds = 0 } = lessons.get(action) ?? {};
  lessons.set(action, {
    ...{ action, alert: 'latency', lastAt: 0, attempts: attempts + 1, successes: successes + (helps ? 1 : 0) },
    meanSeconds: (meanSeconds * attempts + seconds) / (attempts + 1),
  });
}

function bestOf(all: readonly Move[], score: (move: Move) => number): Move | undefined {
  const scored = all.map((move) => ({ move, score: score(move) }));
  return scored.reduce<(typeof scored)[number] | undefined>((a, b) => (a === undefined || b.score > a.score ? b : a), undefined)?.move;
}

/** Thompson sampling: the score with a draw from the posterior in place of its mean (normal approximation of the Beta). */
function sampled({ score, probability }: Candidate, lesson: Lesson | undefined, random: SeededRandom): number {
  const weight = 5 + (lesson?.attempts ?? 0);
  const deviation = Math.sqrt((probability * (1 - probability)) / (weight + 1));
  return score - probability + Math.min(1, Math.max(0, random.normal(probability, deviation)));
}

/** UCB1 (Auer, Cesa-Bianchi and Fischer, 2002) on the same score. */
function optimistic({ score }: Candidate, move: Move, lessonOf: (action: ActionName) => Lesson | undefined): number {
  const all = moves.reduce((sum, each) => sum + (lessonOf(each.action)?.attempts ?? 0), 0);
  return score + Math.sqrt((0.5 * Math.log(all + 1)) / (1 + (lessonOf(move.action)?.attempts ?? 0)));
}
