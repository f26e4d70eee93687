import { failed, type Message, ok, type Result } from '../../core/model/index.ts';
import type { Bus, Call, Clock } from '../../core/ports/index.ts';
import { copyOf } from './copy.ts';
import { overdue, silence } from './deadline.ts';

/**
 * What the network does with one message: it arrives after each of these delays (ms). None: it is lost after it was accepted;
 * two: it arrives twice; different delays for two messages: they change places.
 */
export type Carriage = (from: string, to: string, message: Message) => readonly number[];

/** Takes what arrives in one region. The network does not wait for it and does not deliver again when it fails. */
export type Handler = (message: Message) => void;

/**
 * The buses of all regions and what lies between them. Nothing is delivered inside `send`: it always goes through the clock.
 * Links that are cut lose messages (`from>to`), or the sender never hears that its message was accepted (`to>from`).
 */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #carriage: Carriage;
  readonly #handlers = new Map<string, Handler | null>();
  readonly #cuts = new Set<string>();

  /** @param carriage how long each message takes; made by the world */
  constructor(regions: readonly string[], clock: Clock, carriage: Carriage) {
    this.#clock = clock;
    this.#carriage = carriage;
    for (const region of regions) this.#handlers.set(region, null);
  }

  /** One handler a region; a region without one drops what arrives. */
  handle(region: string, handler: Handler | null): void {
    if (!this.#handlers.has(region))
      throw new Error(`no bus in region ${region}: the network has ${[...this.#handlers.keys()].join(', ')}`);
    this.#handlers.set(region, handler);
  }

  /** Cuts one direction. Cut both for a whole partition. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  mend(from: string, to: string): void {
    this.#cuts.delete(`${from}>${to}`);
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  has(region: string): boolean {
    return this.#handlers.has(region);
  }

  /** Accepts a message. What arrives is what the message was now: a copy, unless it is frozen and cannot change any more. */
  carry(from: string, to: string, message: Message): void {
    for (const delayMs of this.#carriage(from, to, message)) {
      const arriving = Object.isFrozen(message) ? message : copyOf(message);
      void this.#clock.sleep(delayMs).then(() => this.#handlers.get(to)?.(arriving));
    }
  }
}

/** The buses as one region reaches them, by its own clock. */
export class MemoryBus implements Bus {
  readonly #network: MemoryNetwork;
  readonly #region: string;
  readonly #clock: Clock;

  constructor(network: MemoryNetwork, region: string, clock: Clock) {
    this.#network = network;
    this.#region = region;
    this.#clock = clock;
  }

  publish(message: Message, call: Call): Promise<Result<void>> {
    return this.send(this.#region, message, call);
  }

  async send(region: string, message: Message, call: Call): Promise<Result<void>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    if (!this.#network.has(region)) return failed('not-found', `no bus in region ${region}`);
    if (this.#network.isCut(this.#region, region)) return silence(this.#clock, call);
    this.#network.carry(this.#region, region, message);
    return this.#network.isCut(region, this.#region) ? silence(this.#clock, call) : ok(undefined);
  }
}
