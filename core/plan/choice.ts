import type { ActionName } from '../config/schema.ts';
import type { Lesson } from '../model/index.ts';
import type { Move } from './playbook.ts';

/**
 * What is assumed of an action until outcomes say better: successes and failures as pseudo-counts of a Beta distribution, the share of
 * the service that it touches, how long it takes, and what it costs relative to the dearest (0..1). Chosen figures.
 */
interface Prior {
  successes: number;
  failures: number;
  blast: number;
  seconds: number;
  cost: number;
}

const usual: Prior = { successes: 2, failures: 2, blast: 0.5, seconds: 300, cost: 0.2 };

const priors: Partial<Record<ActionName, Prior>> = {
  script: { successes: 2, failures: 2, blast: 0.1, seconds: 120, cost: 0 },
  degrade: { successes: 3, failures: 2, blast: 0.2, seconds: 60, cost: 0 },
  eject: { successes: 4, failures: 1, blast: 0.1, seconds: 180, cost: 0 },
  restart: { successes: 3, failures: 2, blast: 0.3, seconds: 300, cost: 0 },
  rollback: { successes: 4, failures: 1, blast: 0.4, seconds: 300, cost: 0 },
  scale: { successes: 3, failures: 2, blast: 0.1, seconds: 240, cost: 0.5 },
  shift: { successes: 3, failures: 2, blast: 0.5, seconds: 300, cost: 0.2 },
  failover: { successes: 4, failures: 1, blast: 1, seconds: 240, cost: 0.6 },
};

/** How much each term takes off the probability of success. Thirty minutes, the whole service and the dearest action weigh in full. */
const weights = { blast: 0.2, seconds: 0.3, cost: 0.1 };
const secondsMax = 1_800;

/** A stronger level is taken out of turn only when it is better by this much: the order of the playbook is the operator's word. */
const outOfTurnMargin = 0.15;

export interface Candidate {
  move: Move;
  probability: number;
  blast: number;
  seconds: number;
  cost: number;
  score: number;
}

/** Success probability is the mean of the Beta posterior, (α + successes) / (α + β + attempts); time is learned as soon as there is one outcome. */
export function scoreMove(move: Move, lesson: Lesson | undefined): Candidate {
  const prior = priors[move.action] ?? usual;
  const attempts = lesson?.attempts ?? 0;
  const probability = (prior.successes + (lesson?.successes ?? 0)) / (prior.successes + prior.failures + attempts);
  const seconds = attempts > 0 && lesson !== undefined ? lesson.meanSeconds : prior.seconds;
  const score = probability - weights.blast * prior.blast - weights.seconds * Math.min(1, seconds / secondsMax) - weights.cost * prior.cost;
  return { move, probability, blast: prior.blast, seconds, cost: prior.cost, score };
}

export interface Choice {
  chosen: Candidate;
  candidates: Candidate[];
  reason: string;
}

/**
 * One of the next moves of each level. The first is the playbook's own; a later one is taken when its score is better by the margin, and
 * outcomes of one of the two say so: priors alone do not change an operator's order. Null: there is none.
 */
export function chooseMove(moves: readonly Move[], lessonOf: (action: ActionName) => Lesson | undefined): Choice | null {
  const candidates = moves.map((move) => scoreMove(move, lessonOf(move.action)));
  const [first] = candidates;
  if (first === undefined) return null;
  const best = candidates.reduce((a, b) => (b.score > a.score ? b : a));
  const learned = [first, best].some((each) => lessonOf(each.move.action) !== undefined);
  const chosen = learned && best.score >= first.score + outOfTurnMargin ? best : first;
  const reason = `${chosen.move.action}: ${whyChosen(first, best, chosen, learned)} (${candidates.map(words).join('; ')})`;
  return { chosen, candidates, reason };
}

function whyChosen(first: Candidate, best: Candidate, chosen: Candidate, learned: boolean): string {
  const better = (best.score - first.score).toFixed(2);
  if (chosen !== first) return `better by ${better} than ${first.move.action}, which is next in the playbook`;
  if (best === first) return 'it is next in the playbook and the best';
  const asked = learned ? `${outOfTurnMargin} are asked to leave the order` : 'but nothing was learned of either yet';
  return `it is next in the playbook; ${best.move.action} is better by ${better}, ${asked}`;
}

function words({ move, probability, blast, seconds, cost, score }: Candidate): string {
  return `${move.action} ${move.level}: p ${probability.toFixed(2)}, touches ${Math.round(blast * 100)} %, ${Math.round(seconds)} s, cost ${cost.toFixed(1)} → ${score.toFixed(2)}`;
}
