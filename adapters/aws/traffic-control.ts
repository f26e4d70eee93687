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
import { type AnswerParts, type AskedName, observeAnswers } from './authoritative-answers.ts';
import type { AwsCloudFront } from './cloudfront.ts';
import type { FenceGuard } from './fence-guard.ts';
import type { RecordWeights } from './record-weights.ts';
import type { VoteCarrier } from './vote-carriers.ts';

export interface TrafficGroupParts {
  asked: AskedName;
  /** Authoritative servers saved at deploy; asking Route 53 for them now would be a call to its control plane. */
  nameServers: readonly string[];
  /** Every region that may vote on the others. */
  voters: readonly string[];
}

export interface AwsTrafficControlParts {
  region: string;
  groups: Record<string, TrafficGroupParts>;
  bus: Bus;
  ids: Ids;
  clock: Clock;
  answers?: Pick<AnswerParts, 'newResolver' | 'asksPerServer'>;
  /** Only the vote function has one; its role may write its own vote and nothing else. */
  carriers?: Record<string, VoteCarrier>;
  /** Only the functions of graceful shifts have these. */
  weights?: { control: RecordWeights; guard: FenceGuard };
  distributions?: { control: AwsCloudFront; guard: FenceGuard };
}

/** TrafficControl by votes in the data plane; weights are a second way, with a role of its own. */
export class AwsTrafficControl implements TrafficControl {
  readonly #parts: AwsTrafficControlParts;

  constructor(parts: AwsTrafficControlParts) {
    this.#parts = parts;
  }

  async observe(group: string, call: Call): Promise<Result<Traffic>> {
    const known = this.#parts.groups[group];
    if (!known) return unknownGroup(group);
    const { region: vantage, clock, answers } = this.#parts;
    return observeAnswers({ vantage, clock, ...answers }, group, known.asked, known.nameServers, call);
  }

  requestDrain(request: DrainRequest, call: Call): Promise<Result<void>> {
    return this.#toVoters(request.group, request.subject, () => ({ type: 'DrainRequested', body: request }), call);
  }

  withdraw(withdrawal: DrainWithdrawal, call: Call): Promise<Result<void>> {
    return this.#toVoters(withdrawal.group, withdrawal.subject, () => ({ type: 'DrainWithdrawn', body: withdrawal }), call);
  }

  async castVote(vote: Vote, call: Call): Promise<Result<void>> {
    if (vote.voter !== this.#parts.region) return failed('refused', `${this.#parts.region} cannot cast the vote of ${vote.voter}`);
    const carrier = this.#parts.carriers?.[vote.group];
    if (!carrier) return failed('not-found', `no carrier for votes on ${vote.group} is known`);
    const cast = await carrier.cast(vote, call);
    return cast.ok ? ok(undefined) : cast;
  }

  async shares(group: string, call: Call): Promise<Result<WeightSet>> {
    return this.#parts.weights?.control.shares(group, call) ?? noWeights();
  }

  async setWeights(expected: WeightSet, next: Record<string, number>, fence: Fence, call: Call): Promise<Result<WeightSet>> {
    const { weights } = this.#parts;
    if (!weights) return noWeights();
    const within = await weights.guard.admit(`weights:${expected.group}`, fence, call);
    return within.ok ? weights.control.setWeights(expected, next, within.value) : within;
  }

  async origins(group: string, call: Call): Promise<Result<OriginOrder>> {
    return this.#parts.distributions?.control.origins(group, call) ?? noDistributions();
  }

  async setOrigins(expected: OriginOrder, first: string, fence: Fence, call: Call): Promise<Result<void>> {
    const { distributions } = this.#parts;
    if (!distributions) return noDistributions();
    const within = await distributions.guard.admit(`origins:${expected.group}`, fence, call);
    return within.ok ? distributions.control.setOrigins(expected, first, within.value) : within;
  }

  /** Everybody but the region in question votes on it. One that cannot be reached does not keep the others from being asked. */
  async #toVoters(
    group: string,
    subject: string,
    content: () =>
      | Pick<Extract<Message, { type: 'DrainRequested' }>, 'type' | 'body'>
      | Pick<Extract<Message, { type: 'DrainWithdrawn' }>, 'type' | 'body'>,
    call: Call,
  ): Promise<Result<void>> {
    const known = this.#parts.groups[group];
    if (!known) return unknownGroup(group);
    const { bus, ids, clock, region } = this.#parts;
    const sentAt = clock.now();
    const voters = known.voters.filter((voter) => voter !== subject);
    const sent = await Promise.all(
      voters.map(async (voter) => {
        const message: Message = { v: messageVersion, from: region, sentAt, id: ids.next('message'), ...content() };
        return { voter, result: await bus.send(voter, message, call) };
      }),
    );
    const lost = sent.flatMap(({ voter, result }) => (result.ok ? [] : [{ voter, result }]));
    const [first] = lost;
    if (!first) return ok(undefined);
    const reason = `not sent to ${lost.map(({ voter, result }) => `${voter} (${result.reason})`).join(', ')}`;
    return { ...first.result, reason, retryable: lost.some(({ result }) => result.retryable) };
  }
}

function unknownGroup(group: string): Result<never> {
  return failed('not-found', `traffic group ${group} is not configured here`);
}

function noWeights(): Result<never> {
  return failed('refused', 'this function has no right to weights');
}

function noDistributions(): Result<never> {
  return failed('refused', 'this function has no right to distributions');
}
