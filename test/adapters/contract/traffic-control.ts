import assert from 'node:assert/strict';
import type { DrainRequest, DrainWithdrawal, Fence, Message, Vote, WeightSet } from '../../../core/model/index.ts';
import type { TrafficControl } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

/** A group over three regions. `region` (own) and `peer` are the voters on `subject`. */
export interface TrafficHarness extends Harness {
  traffic: TrafficControl;
  group: string;
  region: string;
  peer: string;
  subject: string;
  /** What the region's handlers got, after waiting for what is on the way. */
  received(region: string): Promise<Message[]>;
  /** The last vote that the own region's carrier holds on the subject: true is drain; null: none was cast. */
  carried(): Promise<boolean | null>;
  /** Somebody else sets the weight of one region in the records. */
  meddle(region: string, weight: number): Promise<void>;
}

function request(h: TrafficHarness): DrainRequest {
  const { group, subject, region } = h;
  return { phase: 'drain', incident: 'i-1', group, subject, epoch: 2, requester: region, reason: 'quorum: 2 of 2 observers' };
}

function withdrawal(h: TrafficHarness): DrainWithdrawal {
  const { group, subject, region } = h;
  return { incident: 'i-1', group, subject, epoch: 2, requester: region, reason: 'undo of p-1' };
}

function vote(h: TrafficHarness, drain: boolean): Vote {
  const { group, subject, region } = h;
  return { voter: region, subject, group, epoch: 2, drain, at: h.now(), reason: 'seen dead' };
}

function fence(h: Harness): Fence {
  return { epoch: 1, leaseUntil: h.now() + 60_000 };
}

async function shares(h: TrafficHarness): Promise<WeightSet> {
  return assertOk(await h.traffic.shares(h.group, soon(h)));
}

export const trafficContract: ContractCase<TrafficHarness>[] = [
  {
    name: 'the answers name every region of the group while all are well, server by server',
    async run(h) {
      const asked = h.now();
      const traffic = assertOk(await h.traffic.observe(h.group, soon(h)));
      assert.equal(traffic.group, h.group);
      assert.equal(traffic.vantage, h.region);
      assert.ok(traffic.at >= asked && traffic.at <= h.now());
      assert.ok(traffic.servers.length > 0);
      assert.deepEqual(new Set(traffic.regions), new Set(traffic.servers.flatMap((server) => server.regions)));
    },
  },
  {
    name: 'a drain request reaches every voter, the own region among them, and not the subject',
    async run(h) {
      assertOk(await h.traffic.requestDrain(request(h), soon(h)));
      for (const region of [h.region, h.peer]) {
        const [message] = await h.received(region);
        assert.ok(message?.type === 'DrainRequested', `${region} got ${JSON.stringify(message)}`);
        assert.deepEqual(message.body, request(h));
        assert.equal(message.from, h.region);
      }
      assert.deepEqual(await h.received(h.subject), []);
    },
  },
  {
    name: 'a withdrawal reaches every voter',
    async run(h) {
      assertOk(await h.traffic.withdraw(withdrawal(h), soon(h)));
      for (const region of [h.region, h.peer]) {
        const [message] = await h.received(region);
        assert.ok(message?.type === 'DrainWithdrawn', `${region} got ${JSON.stringify(message)}`);
        assert.deepEqual(message.body, withdrawal(h));
      }
    },
  },
  {
    name: 'a request that is repeated is a message of its own, since handlers know messages by id',
    async run(h) {
      assertOk(await h.traffic.requestDrain(request(h), soon(h)));
      assertOk(await h.traffic.withdraw(withdrawal(h), soon(h)));
      assertOk(await h.traffic.requestDrain(request(h), soon(h)));
      const ids = new Set((await h.received(h.peer)).map((message) => message.id));
      assert.equal(ids.size, 3);
    },
  },
  {
    name: 'the own vote is published on its carrier, and changed',
    async run(h) {
      assert.equal(await h.carried(), null);
      assertOk(await h.traffic.castVote(vote(h, true), soon(h)));
      assert.equal(await h.carried(), true);
      assertOk(await h.traffic.castVote({ ...vote(h, false), epoch: 3 }, soon(h)));
      assert.equal(await h.carried(), false);
    },
  },
  {
    name: "another's vote is refused",
    async run(h) {
      assertFailed(await h.traffic.castVote({ ...vote(h, true), voter: h.peer }, soon(h)), 'refused');
      assert.equal(await h.carried(), null);
    },
  },
  {
    name: 'weights are read with a token and set under it; the token changes',
    async run(h) {
      const before = await shares(h);
      assert.deepEqual(Object.keys(before.weights).sort(), [h.region, h.peer, h.subject].sort());
      const next = { ...before.weights, [h.subject]: 50 };
      const set = assertOk(await h.traffic.setWeights(before, next, fence(h), soon(h)));
      assert.deepEqual(set.weights, next);
      assert.notEqual(set.token, before.token);
      assert.deepEqual(await shares(h), set);
      assertOk(await h.traffic.setWeights(set, before.weights, fence(h), soon(h)));
      assert.deepEqual((await shares(h)).weights, before.weights);
    },
  },
  {
    name: 'weights that somebody else changed are a conflict and stay as they are',
    async run(h) {
      const before = await shares(h);
      await h.meddle(h.peer, 77);
      assertFailed(await h.traffic.setWeights(before, { ...before.weights, [h.subject]: 0 }, fence(h), soon(h)), 'conflict');
      assert.deepEqual((await shares(h)).weights, { ...before.weights, [h.peer]: 77 });
    },
  },
  {
    name: 'weights that are no whole numbers from 0 to 255, and other regions than there are, are invalid',
    async run(h) {
      const before = await shares(h);
      for (const next of [
        { ...before.weights, [h.subject]: 256 },
        { ...before.weights, [h.subject]: -1 },
        { ...before.weights, [h.subject]: 0.5 },
        { ...before.weights, 'xx-nowhere-9': 1 },
        { [h.subject]: 1 },
      ])
        assertFailed(await h.traffic.setWeights(before, next, fence(h), soon(h)), 'invalid');
      assert.deepEqual(await shares(h), before);
    },
  },
  {
    name: 'weights are set neither with a lower epoch than before nor after the lease',
    async run(h) {
      const before = await shares(h);
      const set = assertOk(await h.traffic.setWeights(before, { ...before.weights, [h.subject]: 9 }, { ...fence(h), epoch: 2 }, soon(h)));
      assertFailed(await h.traffic.setWeights(set, before.weights, fence(h), soon(h)), 'superseded');
      assertFailed(await h.traffic.setWeights(set, before.weights, { epoch: 3, leaseUntil: h.now() - 1 }, soon(h)), 'superseded');
      assert.deepEqual(await shares(h), set);
    },
  },
  {
    name: 'a group without weights is not found',
    async run(h) {
      assertFailed(await h.traffic.shares('nothing', soon(h)), 'not-found');
    },
  },
  {
    name: 'a call past its deadline times out without effect',
    async run(h) {
      const before = await shares(h);
      assertFailed(await h.traffic.observe(h.group, tooLate(h)), 'timeout');
      assertFailed(await h.traffic.shares(h.group, tooLate(h)), 'timeout');
      assertFailed(await h.traffic.castVote(vote(h, true), tooLate(h)), 'timeout');
      assertFailed(await h.traffic.setWeights(before, { ...before.weights, [h.subject]: 0 }, fence(h), tooLate(h)), 'timeout');
      assert.equal((await h.traffic.requestDrain(request(h), tooLate(h))).ok, false);
      assert.equal(await h.carried(), null);
      assert.deepEqual(await shares(h), before);
      assert.deepEqual(await h.received(h.peer), []);
    },
  },
];
