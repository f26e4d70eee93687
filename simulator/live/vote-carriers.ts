import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { regionsOfGroup } from '../../core/config/derive.ts';
import type { Config } from '../../core/config/schema.ts';
import { voteChildren } from '../../core/config/votes.ts';
import { failed, ok, type Result, type Vote } from '../../core/model/index.ts';
import type { CloudWatch } from '../world/cloudwatch.ts';
import type { Ballot, VoteCarriers } from '../world/traffic-groups.ts';
import { VoteBoard } from '../world/vote-board.ts';
import type { Layout } from './layout.ts';

export interface CarrierParts {
  config: Config;
  layout: Layout;
  /** What the object servers take writes with. */
  token: string;
  cloudwatch: (region: string) => CloudWatch;
  isDown: (region: string) => boolean;
  now: () => number;
}

const fetchMs = 2_000;

/**
 * Votes on their way to Route 53: as objects on real HTTP servers that its checkers fetch, or as metric data in the voter's region.
 * An object's name and what it says for "drain" cannot be guessed.
 */
export class LiveCarriers implements VoteCarriers {
  readonly #parts: CarrierParts;
  readonly #board: VoteBoard;
  readonly #ballots: Ballot[];
  readonly #secrets = new Map<string, { path: string; drain: string }>();
  readonly #drains = new Map<string, boolean>();

  constructor(parts: CarrierParts) {
    this.#parts = parts;
    const { config, cloudwatch, isDown } = parts;
    this.#board = new VoteBoard({
      cloudwatch,
      objectsReachable: (region) => !isDown(region),
      metricArrival: (region, at) => (isDown(region) ? null : at),
    });
    const voters = config.regions.map(({ name }) => name);
    this.#ballots = config.trafficGroups
      .filter((group) => group.carrier === 'object')
      .flatMap((group) =>
        regionsOfGroup(config, group.name).flatMap((subject) =>
          voteChildren(voters, subject).flatMap((child) =>
            child.kind === 'vote' ? [{ voter: child.voter, group: group.name, subject }] : [],
          ),
        ),
      );
    for (const ballot of this.#ballots)
      this.#secrets.set(keyOf(ballot), { path: `/votes/${randomBytes(16).toString('hex')}`, drain: randomBytes(16).toString('hex') });
  }

  /** Publishes a vote in the voter's own region. */
  async publish(vote: Vote): Promise<Result<void>> {
    this.#board.publish(vote, this.#parts.now());
    const secret = this.#secrets.get(keyOf(vote));
    if (secret === undefined) return ok(undefined);
    const { layout, token } = this.#parts;
    const answer = await exchange(layout.objects(vote.voter), layout.ports.objects, secret.path, {
      token,
      body: vote.drain ? secret.drain : 'in service',
    });
    return answer.status === 200
      ? ok(undefined)
      : failed('unavailable', `the object of ${vote.voter} could not be written: ${answer.status ?? answer.error}`);
  }

  /** One look of Route 53's checkers at every object; one that cannot be fetched is no vote. */
  async fetchAll(): Promise<void> {
    const { layout } = this.#parts;
    await Promise.all(
      this.#ballots.map(async (ballot) => {
        const secret = this.#secrets.get(keyOf(ballot));
        if (secret === undefined) return;
        const answer = await exchange(layout.objects(ballot.voter), layout.ports.objects, secret.path);
        this.#drains.set(keyOf(ballot), answer.status === 200 && answer.body.includes(secret.drain));
      }),
    );
  }

  objectDrains(ballot: Ballot): boolean {
    return this.#drains.get(keyOf(ballot)) === true;
  }

  metricVote(ballot: Ballot, periodStart: number, at: number): number | null {
    return this.#board.metricVote(ballot, periodStart, at);
  }

  heartbeat(region: string, group: string, periodStart: number, at: number): number | null {
    return this.#board.heartbeat(region, group, periodStart, at);
  }

  /** What the checkers saw last, for snapshots and the page: ballots that say drain. */
  draining(): Ballot[] {
    return this.#ballots.filter((ballot) => this.objectDrains(ballot));
  }
}

function keyOf({ voter, group, subject }: Ballot): string {
  return `${voter} ${group} ${subject}`;
}

interface ObjectAnswer {
  status?: number;
  body: string;
  error?: string;
}

function exchange(host: string, port: number, path: string, write?: { token: string; body: string }): Promise<ObjectAnswer> {
  return new Promise((resolve) => {
    const outgoing = request(
      {
        ...{ host, port, path, agent: false, timeout: fetchMs, method: write === undefined ? 'GET' : 'PUT' },
        headers: write === undefined ? {} : { authorization: `Bearer ${write.token}` },
      },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
        response.on('error', (error) => resolve({ body: '', error: error.message }));
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${fetchMs} ms`)));
    outgoing.on('error', (error) => resolve({ body: '', error: error.message }));
    outgoing.end(write?.body);
  });
}
