import { type EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { failed, type Message, ok, type Result } from '../../core/model/index.ts';
import type { Bus, Call, Clock, Random } from '../../core/ports/index.ts';
import { attempt, fullJitterMs } from './attempt.ts';
import { failure } from './failure.ts';

/** A bus is reached with a client of its own region, straight, with no bus in between. */
export interface BusAddress {
  client: EventBridgeClient;
  /** Name, or ARN when another account owns it. */
  busName: string;
}

export interface AwsBusParts {
  region: string;
  /** Every region's bus, the own one among them. */
  buses: Record<string, BusAddress>;
  clock: Clock;
  random: Random;
}

/** What our rules match on; the bus policy lets evenkeel's own roles alone use it. */
export const eventSource = 'evenkeel';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
const entryBytesMax = 256 * 1024;
const triesMax = 3;

/** Bus over EventBridge PutEvents. Receivers are idempotent by the message's id, so a send that may have happened is sent again. */
export class AwsBus implements Bus {
  readonly #parts: AwsBusParts;

  constructor(parts: AwsBusParts) {
    this.#parts = parts;
  }

  publish(message: Message, call: Call): Promise<Result<void>> {
    return this.send(this.#parts.region, message, call);
  }

  async send(region: string, message: Message, call: Call): Promise<Result<void>> {
    const bus = this.#parts.buses[region];
    if (!bus) return failed('not-found', `no bus is known in ${region}; known are ${Object.keys(this.#parts.buses).join(', ') || 'none'}`);
    return this.#put(bus, message, call);
  }

  async #put(bus: BusAddress, message: Message, call: Call): Promise<Result<void>> {
    const entry: PutEventsRequestEntry = {
      EventBusName: bus.busName,
      Source: eventSource,
      DetailType: message.type,
      Detail: JSON.stringify(message),
    };
    const bytes = entryBytes(entry);
    if (bytes > entryBytesMax) return failed('invalid', `${message.type} ${message.id} has ${bytes} bytes, ${entryBytesMax} are allowed`);
    for (let tries = 1; ; tries++) {
      const put = await this.#putOnce(bus, entry, call);
      if (put.ok || !put.retryable || put.code === 'timeout' || tries === triesMax) return put;
      await this.#parts.clock.sleep(fullJitterMs(tries, this.#parts.random.next()));
    }
  }

  /** PutEvents answers 200 although it took nothing: the entry's own error says so. */
  async #putOnce(bus: BusAddress, entry: PutEventsRequestEntry, call: Call): Promise<Result<void>> {
    const command = new PutEventsCommand({ Entries: [entry] });
    const answer = await attempt('events:PutEvents', this.#parts.clock, call, (options) => bus.client.send(command, options));
    if (!answer.ok) return answer;
    const result = answer.value.Entries?.[0];
    if (!answer.value.FailedEntryCount && result?.EventId) return ok(undefined);
    return failure('events:PutEvents', entryError(result?.ErrorCode, result?.ErrorMessage));
  }
}

/** AWS counts source, detail type and detail in UTF-8. */
function entryBytes(entry: PutEventsRequestEntry): number {
  return [entry.Source, entry.DetailType, entry.Detail].reduce((bytes, text) => bytes + Buffer.byteLength(text ?? ''), 0);
}

function entryError(code = 'InternalFailure', message = 'the entry was not taken'): Error {
  const error = new Error(message);
  error.name = code;
  return error;
}
