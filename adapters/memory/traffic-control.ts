import {
  type DrainRequest,
  type DrainWithdrawal,
  type Fence,
  failed,
  type Message,
  messageVersion,
  type OriginOrder,
  ok,
  type Result,
  type Traffic,
  type Vote,
  type WeightSet,
} from '../../core/model/index.ts';
import type { Bus, Call, Clock, Ids, TrafficControl } from '../../core/ports/index.ts';
import { copyOf } from './copy.ts';
import { overdue } from './deadline.ts';
import { refusedByFence, type SeenEpochs } from './fence.ts';

/** What one authoritative server says for a group. */
export type ServerAnswer = Traffic['servers'][number];

/** The world's Route 53 and the carriers of the votes. */
interface TrafficWorld {
  /** What each authoritative server answers for the group now. */
  answers(group: string): ServerAnswer[];
  /** A voter publishes its word. */
  castVote(vote: Vote): void;
  /** Weights by region and a token that changes whenever anybody changes them; undefined: the group has none. */
  weights(group: string): Omit<WeightSet, 'group'> | undefined;
  setWeights(group: string, weights: Record<string, number>): void;
  /** The order of a distribution's origins; undefined: the group has none. */
  origins(group: string): Omit<OriginOrder, 'group'> | undefined;
  setOrigins(group: string, first: string): void;
}

export interface MemoryTrafficParts {
  region: string;
  clock: Clock;
  ids: Ids;
  bus: Bus;
  /** Who votes on one region (`subject`) of a group. */
  voters: (group: string, subject: string) => readonly string[];
  world: TrafficWorld;
  /** Epochs that have set weights; one object for all regions, since the records are one. */
  epochs: SeenEpochs;
}

/** Traffic as one region moves it: by messages to the voters, by its own vote, by weights. */
export class MemoryTrafficControl implements TrafficControl {
  readonly #parts: MemoryTrafficParts;

  constructor(parts: MemoryTrafficParts) {
    this.#parts = parts;
  }

  async observe(group: string, call: Call): Promise<Result<Traffic>> {
    const { clock, region, world } = this.#parts;
    const late = overdue(clock, call);
    if (late) return late;
    const servers = world.answers(group).map((each) => ({ ...each, regions: [...each.regions] }));
    return ok({ group, at: clock.now(), vantage: region, servers, regions: regionsNamed(servers) });
  }

  requestDrain(request: DrainRequest, call: Call): Promise<Result<void>> {
    return this.#tellVoters(request, (envelope) => ({ ...envelope, type: 'DrainRequested', body: request }), call);
  }

  withdraw(withdrawal: DrainWithdrawal, call: Call): Promise<Result<void>> {
    return this.#tellVoters(withdrawal, (envelope) => ({ ...envelope, type: 'DrainWithdrawn', body: withdrawal }), call);
  }

  async castVote(vote: Vote, call: Call): Promise<Result<void>> {
    const { clock, region, world } = this.#parts;
    const late = overdue(clock, call);
    if (late) return late;
    if (vote.voter !== region) return failed('refused', `${region} may not cast the vote of ${vote.voter}`);
    world.castVote(copyOf(vote));
    return ok(undefined);
  }

  async shares(group: string, call: Call): Promise<Result<WeightSet>> {
    const { clock, world } = this.#parts;
    return overdue(clock, call) ?? weightSet(world, group);
  }

  async setWeights(expected: WeightSet, next: Record<string, number>, fence: Fence, call: Call): Promise<Result<WeightSet>> {
    const { clock, world, epochs } = this.#parts;
    const late = overdue(clock, call);
    if (late) return late;
    const { group } = expected;
    const current = weightSet(world, group);
    if (!current.ok) return current;
    const unfit = whyUnfit(current.value.weights, next);
    if (unfit) return failed('invalid', unfit);
    const refusal = refusedByFence(epochs, `weights:${group}`, fence, clock);
    if (refusal) return refusal;
    if (current.value.token !== expected.token) {
      return failed('conflict', `the weights of ${group} are ${JSON.stringify(current.value.weights)}: somebody else changed them`);
    }
    world.setWeights(group, { ...next });
    return weightSet(world, group);
  }

  async origins(group: string, call: Call): Promise<Result<OriginOrder>> {
    const { clock, world } = this.#parts;
    const late = overdue(clock, call);
    if (late) return late;
    const found = world.origins(group);
    return found ? ok({ ...copyOf(found), group }) : failed('not-found', `the group ${group} has no distribution`);
  }

  async setOrigins(expected: OriginOrder, first: string, fence: Fence, call: Call): Promise<Result<void>> {
    const { clock, world, epochs } = this.#parts;
    const { group } = expected;
    const now = await this.origins(group, call);
    if (!now.ok) return now;
    if (!now.value.order.includes(first)) return failed('invalid', `${first} has no origin; ${now.value.order.join(' and ')} have`);
    const refusal = refusedByFence(epochs, `origins:${group}`, fence, clock);
    if (refusal) return refusal;
    if (now.value.token !== expected.token) return failed('conflict', `somebody else changed the distribution of ${group}`);
    world.setOrigins(group, first);
    return ok(undefined);
  }

  async #tellVoters(
    about: { group: string; subject: string },
    write: (envelope: { v: number; from: string; sentAt: number; id: string }) => Message,
    call: Call,
  ): Promise<Result<void>> {
    const { region, clock, ids, bus, voters } = this.#parts;
    const message = write({ v: messageVersion, from: region, sentAt: clock.now(), id: ids.next('msg') });
    const told = await Promise.all(
      voters(about.group, about.subject).map(async (voter) => {
        const result = await (voter === region ? bus.publish(message, call) : bus.send(voter, message, call));
        return result.ok ? [] : [`${voter} (${result.reason})`];
      }),
    );
    const untold = told.flat();
    return untold.length === 0 ? ok(undefined) : failed('unavailable', `not told: ${untold.join(', ')}`);
  }
}

/** Every region that any answering server names: a region is out of the answers only when no server names it any more. */
function regionsNamed(servers: readonly ServerAnswer[]): string[] {
  return [...new Set(servers.flatMap((server) => (server.rcode === 'NOERROR' ? server.regions : [])))];
}

function weightSet(world: TrafficWorld, group: string): Result<WeightSet> {
  const found = world.weights(group);
  if (!found) return failed('not-found', `the group ${group} has no weights`);
  return ok({ group, weights: { ...found.weights }, token: found.token });
}

/** Route 53 takes whole weights from 0 to 255; changing weights neither adds nor removes records. */
function whyUnfit(current: Record<string, number>, next: Record<string, number>): string | null {
  for (const [region, weight] of Object.entries(next)) {
    if (!Number.isInteger(weight) || weight < 0 || weight > 255)
      return `the weight ${weight} of ${region} is not a whole number from 0 to 255`;
  }
  const [had, gets] = [current, next].map((weights) => Object.keys(weights).sort().join(', '));
  return had === gets ? null : `there are records for ${had}; weights were given for ${gets}`;
}
