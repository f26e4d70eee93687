import type { Vote } from '../../core/model/index.ts';
import type { CloudWatch } from './cloudwatch.ts';
import type { Ballot, VoteCarriers } from './traffic-groups.ts';

/** What votes travel through: the metrics of the voter's region, or an object in its S3. */
export interface Wires {
  cloudwatch(region: string): CloudWatch;
  /** Whether Route 53's checkers reach S3 in the region at `at`. */
  objectsReachable(region: string, at: number): boolean;
  /** When a datum that is published in the region at `at` can be read; null: it is lost. */
  metricArrival(region: string, at: number): number | null;
}

const namespace = 'Evenkeel/Votes';
const minuteMs = 60_000;

/** Votes and heartbeats as they were published, by both carriers, for the checks to look at. */
export class VoteBoard implements VoteCarriers {
  readonly #wires: Wires;
  readonly #objects = new Map<string, boolean>();
  /** A check asks about its ballot at every look. */
  readonly #keys = new WeakMap<Ballot, string>();

  constructor(wires: Wires) {
    this.#wires = wires;
  }

  /** A vote is written to both carriers; the group's checks look at theirs. Where there are two regions, a word on itself is a heartbeat. */
  publish(vote: Vote, at: number): void {
    const { voter, group, subject, drain } = vote;
    if (voter === subject) {
      this.#put(voter, 'Heartbeat', { group, region: voter }, 1, at);
      return;
    }
    const ballot = { voter, group, subject };
    this.#objects.set(objectKey(ballot), drain);
    this.#put(voter, 'Vote', dimensionsOf(ballot), drain ? 1 : 0, at);
  }

  objectDrains(ballot: Ballot, at: number): boolean {
    const key = this.#keys.get(ballot) ?? objectKey(ballot);
    this.#keys.set(ballot, key);
    return this.#objects.get(key) === true && this.#wires.objectsReachable(ballot.voter, at);
  }

  metricVote(ballot: Ballot, periodStart: number, at: number): number | null {
    return this.#wires.cloudwatch(ballot.voter).maximum(namespace, 'Vote', dimensionsOf(ballot), periodStart, at);
  }

  heartbeat(region: string, group: string, periodStart: number, at: number): number | null {
    return this.#wires.cloudwatch(region).maximum(namespace, 'Heartbeat', { group, region }, periodStart, at);
  }

  #put(region: string, name: string, dimensions: Record<string, string>, value: number, at: number): void {
    const arrival = this.#wires.metricArrival(region, at);
    if (arrival !== null && arrival < at + 60 * minuteMs)
      this.#wires.cloudwatch(region).put(namespace, { name, dimensions, at, value }, arrival);
  }
}

function objectKey({ voter, group, subject }: Ballot): string {
  return `${voter} ${group} ${subject}`;
}

function dimensionsOf({ voter, group, subject }: Ballot): Record<string, string> {
  return { voter, group, subject };
}
