import { VoterState } from '../../core/analyze/vote.ts';
import { queryStored } from '../../core/knowledge/stored.ts';
import { isRunning, Observation, Run, Standing, storeKey } from '../../core/model/index.ts';
import type { Clock, Store } from '../../core/ports/index.ts';

const itemsMax = 1_000;

/** Runs that go on and drains that stand, as the table of one region knows them. Throws when the table does not answer: unknown is not none. */
export async function openWork(store: Store, clock: Clock, region: string): Promise<string[]> {
  const [runs, standings, votes] = await Promise.all([
    queryStored(store, clock, 'run#', itemsMax, Run),
    queryStored(store, clock, 'standing#', itemsMax, Standing),
    queryStored(store, clock, 'vote#', itemsMax, VoterState),
  ]);
  if (!runs.ok) throw new Error(`the table of ${region} does not say what is open: ${runs.reason}`);
  if (!standings.ok) throw new Error(`the table of ${region} does not say what is drained: ${standings.reason}`);
  if (!votes.ok) throw new Error(`the table of ${region} does not say how it votes: ${votes.reason}`);
  return [
    ...runs.value.filter(isRunning).map((run) => `${run.action} ${run.planId} is ${run.state} in ${run.holder}`),
    ...standings.value.filter(({ drained }) => drained).map((each) => `${each.region} of ${each.group} is drained, as ${region} knows`),
    ...votes.value.filter(({ drain }) => drain).map((each) => `${region} votes to drain ${each.subject} of ${each.group}`),
  ];
}

/** The observers whose word in this table is younger than the staleness limit. */
export async function heardIn(store: Store, clock: Clock, stalenessSeconds: number): Promise<string[]> {
  const seen = await queryStored(store, clock, storeKey.observation(''), itemsMax, Observation);
  if (!seen.ok) return [];
  return seen.value.filter(({ at }) => clock.now() - at <= stalenessSeconds * 1000).map(({ observer }) => observer);
}
