import { quorumOf } from '../config/votes.ts';
import type { Observation, RegionView } from '../model/index.ts';

export interface QuorumQuestion {
  group: string;
  subject: string;
  /** All configured regions. */
  regions: readonly string[];
  observations: readonly Observation[];
  now: number;
  stalenessSeconds: number;
}

export interface QuorumAnswer {
  impaired: boolean;
  agree: string[];
  needed: number;
  reason: string;
}

/**
 * Whether a quorum of observers outside a region finds it impaired. An observer that is silent, stale or abstains agrees with nothing.
 * With two regions there is one outside observer; the second word is the region's own heartbeat, withheld or silent (DESIGN §2).
 */
export function judgeQuorum(question: QuorumQuestion): QuorumAnswer {
  const { group, subject, regions, now } = question;
  const needed = quorumOf(regions.length);
  const fresh = new Map(
    question.observations
      .filter((seen) => now - seen.at <= question.stalenessSeconds * 1000 && regions.includes(seen.observer))
      .map((seen) => [seen.observer, seen]),
  );
  const agree: string[] = [];
  const words: string[] = [];
  for (const observer of regions) {
    if (observer === subject) continue;
    const word = wordOf(fresh.get(observer), group, subject);
    words.push(`${observer} says ${word}`);
    if (word === 'unhealthy') agree.push(observer);
  }
  if (regions.length === 2) {
    const own = fresh.get(subject);
    const word = own === undefined ? 'silent' : wordOf(own, group, subject);
    words.push(`${subject}'s own heartbeat is ${word}`);
    if (agree.length === 1 && (word === 'silent' || word === 'unhealthy')) agree.push(subject);
  }
  const impaired = agree.length >= needed;
  return {
    impaired,
    agree,
    needed,
    reason: `${agree.length} of ${needed} needed find ${subject} impaired for ${group}: ${words.join(', ')}`,
  };
}

function wordOf(observation: Observation | undefined, group: string, subject: string): string {
  if (observation === undefined) return 'nothing';
  if (observation.abstains) return 'nothing (abstains)';
  return viewOf(observation, group, subject)?.status ?? 'nothing';
}

export function viewOf(observation: Observation, group: string, region: string): RegionView | undefined {
  return observation.views.find((view) => view.group === group && view.region === region);
}
