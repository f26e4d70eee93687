import type { Locus } from '../../model/index.ts';
import { type Candidate, candidatesFor, leak } from './candidates.ts';
import type { CauseQuestion } from './question.ts';
import type { Symptom } from './symptoms.ts';

export interface RankedCause {
  cause: string;
  locus: Locus;
  probability: number;
  /** The failures that it explains and what speaks against it, in words. */
  evidence: string;
}

/** An effect is hardly seen long before its cause: beyond the slack its share halves every minute, down to the least. */
const orderSlackMs = 30_000;
const orderHalfMs = 60_000;
const orderLeast = 0.1;
/** That everything failed by itself, of no common cause. */
const coincidence = 0.02;
/** How often counting units, zones and releases locates rightly. */
const toldRight = 0.9;

/**
 * Root cause candidates, likeliest first: Bayes' rule over one cause at a time, each a noisy-or with a leak (Pearl 1988, 4.3.2). Every
 * fact multiplies a candidate's prior by how likely the fact is under it. What remains to 1 is coincidence: no candidate.
 */
export function rankCauses(question: CauseQuestion): RankedCause[] {
  const { region, symptoms } = question;
  // The same facts in any order are the same sum, to the last bit.
  const here = symptoms.filter((each) => each.region === region).sort((a, b) => (a.service < b.service ? -1 : 1));
  if (here.every((each) => each.failing === 0 && each.sickAddresses.length === 0) && question.told === null) return [];
  const elsewhere = shareElsewhere(question);
  const scored = candidatesFor(question).map((candidate) => ({ candidate, log: logOf(candidate, question, here, elsewhere) }));
  const nothing = Math.log(coincidence) + here.reduce((sum, each) => sum + evidenceOf(each, leak, 1 / 3), 0);
  const most = Math.max(nothing, ...scored.map((each) => each.log));
  const total = Math.exp(nothing - most) + scored.reduce((sum, each) => sum + Math.exp(each.log - most), 0);
  const byCause = Map.groupBy(scored, ({ candidate }) => `${candidate.locus} ${candidate.cause}`);
  return [...byCause.values()]
    .flatMap((ways): RankedCause[] => {
      const [first] = ways;
      if (first === undefined) return [];
      const probability = Math.min(1, ways.reduce((sum, each) => sum + Math.exp(each.log - most), 0) / total);
      const { cause, locus } = first.candidate;
      return [{ cause, locus, probability, evidence: words(first.candidate, question, here) }];
    })
    .sort((a, b) => b.probability - a.probability || (a.cause + a.locus < b.cause + b.locus ? -1 : 1));
}

function logOf(candidate: Candidate, question: CauseQuestion, here: readonly Symptom[], elsewhere: number | null): number {
  const { silent, agree, disagree, told, inside } = question;
  let log = Math.log(candidate.prior) + orderOf(candidate, question, here);
  for (const each of here) {
    log += evidenceOf(each, candidate.fails(each.service), each.failedIn === null ? 1 / 3 : candidate.failsIn(each.service)[each.failedIn]);
    if (question.services.includes(each.service)) log += chance(candidate.partly, each.sickAddresses.length > 0 ? 1 : 0);
  }
  if (silent !== null) log += chance(candidate.silent, silent ? 1 : 0);
  if (elsewhere !== null) log += chance(candidate.elsewhere, elsewhere);
  log += agree * Math.log(candidate.agrees) + disagree * Math.log(1 - candidate.agrees);
  // That nothing broke says little: few measures move together closely enough to tell.
  if (inside) log += Math.log(candidate.inside);
  if (told !== null) log += chance(toldRight, told.locus === candidate.locus ? 1 : 0);
  return log;
}

function evidenceOf({ failing }: Symptom, fails: number, failsIn: number): number {
  return failing * Math.log(fails * failsIn) + (1 - failing) * Math.log(1 - fails);
}

/** Logarithm of a fact that is true to the degree `truth`. */
function chance(probability: number, truth: number): number {
  return truth * Math.log(probability) + (1 - truth) * Math.log(1 - probability);
}

/** What fails in the other regions, as a share of what was looked at there; null when nothing was, or by another than whose sight is in question. */
function shareElsewhere({ symptoms, region, own }: CauseQuestion): number | null {
  if (!own) return null;
  const others = symptoms.filter((each) => each.region !== region);
  return others.length === 0 ? null : others.reduce((sum, each) => sum + each.failing, 0) / others.length;
}

function orderOf({ cause }: Candidate, { services }: CauseQuestion, here: readonly Symptom[]): number {
  const since = here.find((each) => `${each.service}/${each.region}` === cause)?.since;
  const onset = Math.min(...here.flatMap((each) => (services.includes(each.service) ? (each.since ?? []) : [])));
  if (since == null || !Number.isFinite(onset)) return 0;
  const lateMs = Math.max(0, since - onset - orderSlackMs);
  return Math.log(Math.max(orderLeast, 0.5 ** (lateMs / orderHalfMs)));
}

const wordsMax = 5;

function words(candidate: Candidate, { region, silent, told, disagree }: CauseQuestion, here: readonly Symptom[]): string {
  const failing = here.filter((each) => each.failing > 0).sort((a, b) => (a.since ?? 0) - (b.since ?? 0));
  const explained = failing.filter((each) => candidate.fails(each.service) > leak);
  const unexplained = failing.filter((each) => candidate.fails(each.service) <= leak);
  const missing = here.filter((each) => each.failing === 0 && candidate.fails(each.service) > 0.5);
  const named = (all: readonly Symptom[]) =>
    all
      .slice(0, wordsMax)
      .map((each) => each.service)
      .join(', ');
  return [
    explained.length > 0 ? `explains the failures of ${named(explained)} in this order (first ${explained[0]?.reason})` : [],
    silent === true && candidate.silent > 0.4 ? `${region}'s own observer is silent` : [],
    candidate.locus === 'observer' && disagree > 0 ? `${disagree} other observers see it well` : [],
    told?.locus === candidate.locus ? `located by counting as ${told.locus} ${told.unit ?? ''}`.trim() : [],
    unexplained.length > 0 ? `not that of ${named(unexplained)}` : [],
    missing.length > 0 ? `although ${named(missing)} ${missing.length === 1 ? 'is' : 'are'} well` : [],
  ]
    .flat()
    .join('; ');
}
