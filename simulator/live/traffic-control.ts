import { overdue } from '../../adapters/memory/deadline.ts';
import { MemoryTrafficControl, type MemoryTrafficParts } from '../../adapters/memory/traffic-control.ts';
import type { TrafficGroup } from '../../core/config/schema.ts';
import {
  type DrainRequest,
  type DrainWithdrawal,
  type Fence,
  failed,
  type OriginOrder,
  ok,
  type Result,
  type Traffic,
  type Vote,
  type WeightSet,
} from '../../core/model/index.ts';
import type { Call, TrafficControl } from '../../core/ports/index.ts';
import type { Network } from '../../core/ports/network.ts';
import type { LiveCarriers } from './vote-carriers.ts';

export interface LiveTrafficParts extends MemoryTrafficParts {
  groups: readonly TrafficGroup[];
  lookup: Network['lookup'];
  /** `address:port` of each. */
  nameServers: readonly string[];
  carriers: LiveCarriers;
}

/** Questions per server and look: weighted records answer with one region at a time. */
const asksPerServer = 8;
const askMs = 2_000;

/** Traffic of the live world: requests over the bus and weights as in memory, answers from the DNS servers, votes on their carriers. */
export class LiveTrafficControl implements TrafficControl {
  readonly #parts: LiveTrafficParts;
  readonly #memory: MemoryTrafficControl;

  constructor(parts: LiveTrafficParts) {
    this.#parts = parts;
    this.#memory = new MemoryTrafficControl(parts);
  }

  async observe(name: string, call: Call): Promise<Result<Traffic>> {
    const { clock, region, groups, nameServers } = this.#parts;
    const late = overdue(clock, call);
    if (late) return late;
    const record = groups.find((group) => group.name === name)?.records.find(({ type }) => type === 'A');
    if (record === undefined) return failed('not-found', `there is no traffic group ${name} with A records`);
    const regionOf = new Map(
      Object.entries(record.regions).flatMap(([of, { values = [] }]) => values.map((value): [string, string] => [value, of])),
    );
    const servers = await Promise.all(
      nameServers.map(async (server) => {
        const answers = await Promise.all(
          Array.from({ length: asksPerServer }, () => this.#parts.lookup({ name: record.name, type: 'A', servers: [server] }, askMs)),
        );
        const values = new Set(answers.flatMap((answer) => answer.records));
        const regions = [...new Set([...values].map((value) => regionOf.get(value) ?? `unknown:${value}`))].sort();
        return { server, regions, rcode: regions.length > 0 ? 'NOERROR' : (answers[0]?.rcode ?? 'TIMEOUT') };
      }),
    );
    const regions = [...new Set(servers.flatMap((server) => server.regions))].sort();
    return ok({ group: name, at: clock.now(), vantage: region, servers, regions });
  }

  async castVote(vote: Vote, call: Call): Promise<Result<void>> {
    const cast = await this.#memory.castVote(vote, call);
    return cast.ok ? this.#parts.carriers.publish(vote) : cast;
  }

  requestDrain(request: DrainRequest, call: Call): Promise<Result<void>> {
    return this.#memory.requestDrain(request, call);
  }

  withdraw(withdrawal: DrainWithdrawal, call: Call): Promise<Result<void>> {
    return this.#memory.withdraw(withdrawal, call);
  }

  shares(group: string, call: Call): Promise<Result<WeightSet>> {
    return this.#memory.shares(group, call);
  }

  setWeights(expected: WeightSet, next: Record<string, number>, fence: Fence, call: Call): Promise<Result<WeightSet>> {
    return this.#memory.setWeights(expected, next, fence, call);
  }

  origins(group: string, call: Call): Promise<Result<OriginOrder>> {
    return this.#memory.origins(group, call);
  }

  setOrigins(expected: OriginOrder, first: string, fence: Fence, call: Call): Promise<Result<void>> {
    return this.#memory.setOrigins(expected, first, fence, call);
  }
}
