import assert from 'node:assert/strict';
import { type Message, messageVersion } from '../../../core/model/index.ts';
import type { Bus } from '../../../core/ports/index.ts';
import { assertFailed, assertOk, type ContractCase, type Harness, soon, tooLate } from './contract-case.ts';

export interface BusHarness extends Harness {
  /** The bus as seen from `region`; it reaches `peer` as well. */
  bus: Bus;
  region: string;
  peer: string;
  /** Waits for what is on the way (an emulator: until nothing has come for a while) and answers what the region's handlers got. */
  received(region: string): Promise<Message[]>;
}

function heartbeat(h: BusHarness, id: string): Message {
  return {
    v: messageVersion,
    type: 'Heartbeat',
    from: h.region,
    sentAt: h.now(),
    id,
    body: { region: h.region, at: h.now(), version: '1', withheld: [] },
  };
}

function withdrawal(h: BusHarness, id: string): Message {
  const body = {
    incident: 'i-1',
    group: 'checkout',
    subject: h.peer,
    epoch: 3,
    requester: h.region,
    reason: 'proof failed: "5 of 9" — ünïcode',
  };
  return { v: messageVersion, type: 'DrainWithdrawn', from: h.region, sentAt: h.now(), id, body };
}

export const busContract: ContractCase<BusHarness>[] = [
  {
    name: 'a published message reaches the own region as it was written, and nobody else',
    async run(h) {
      const message = withdrawal(h, 'm-1');
      assertOk(await h.bus.publish(message, soon(h)));
      assert.deepEqual(distinct(await h.received(h.region)), [message]);
      assert.deepEqual(await h.received(h.peer), []);
    },
  },
  {
    name: 'a sent message reaches the peer as it was written, and not the own region',
    async run(h) {
      const message = withdrawal(h, 'm-1');
      assertOk(await h.bus.send(h.peer, message, soon(h)));
      assert.deepEqual(distinct(await h.received(h.peer)), [message]);
      assert.deepEqual(await h.received(h.region), []);
    },
  },
  {
    name: 'sending to the own region is publishing',
    async run(h) {
      const message = heartbeat(h, 'm-1');
      assertOk(await h.bus.send(h.region, message, soon(h)));
      assert.deepEqual(distinct(await h.received(h.region)), [message]);
    },
  },
  {
    name: 'messages of several types all arrive, at least once each',
    async run(h) {
      const messages = [heartbeat(h, 'm-1'), withdrawal(h, 'm-2'), heartbeat(h, 'm-3')];
      for (const message of messages) assertOk(await h.bus.send(h.peer, message, soon(h)));
      const byId = distinct(await h.received(h.peer)).sort((a, b) => (a.id < b.id ? -1 : 1));
      assert.deepEqual(byId, messages);
    },
  },
  {
    name: 'a region that has no bus is not found',
    async run(h) {
      assertFailed(await h.bus.send('xx-nowhere-9', heartbeat(h, 'm-1'), soon(h)), 'not-found');
    },
  },
  {
    name: 'a call past its deadline times out and nothing arrives',
    async run(h) {
      assertFailed(await h.bus.publish(heartbeat(h, 'm-1'), tooLate(h)), 'timeout');
      assertFailed(await h.bus.send(h.peer, heartbeat(h, 'm-2'), tooLate(h)), 'timeout');
      assert.deepEqual(await h.received(h.region), []);
      assert.deepEqual(await h.received(h.peer), []);
    },
  },
];

/** Delivery is at least once: the same id may come again. */
function distinct(messages: readonly Message[]): Message[] {
  return [...new Map(messages.map((message) => [message.id, message])).values()];
}
