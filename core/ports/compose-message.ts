import { type Message, type MessageBody, type MessageType, messageVersion } from '../model/index.ts';
import type { Clock, Ids } from './index.ts';

/** Wraps a body into the bus envelope. It is frozen: nobody changes a message, or its body, once it is composed. */
export function composeMessage<T extends MessageType>(
  from: { region: string; ports: { clock: Clock; ids: Ids } },
  type: T,
  body: MessageBody<T>,
): Message {
  // The envelope and body of one type always fit together; the compiler cannot see it across the union.
  return Object.freeze({
    v: messageVersion,
    type,
    from: from.region,
    sentAt: from.ports.clock.now(),
    id: from.ports.ids.next('msg'),
    body,
  }) as unknown as Message;
}
