import type { Clock } from '../../../core/ports/index.ts';

/** A call as an adapter made it: `PutItem` and its input. */
export interface Sent {
  operation: string;
  input: unknown;
}

/** What the service answers to a call; an Error is thrown, as the SDK does. */
export type Script = (operation: string, input: Record<string, unknown>, nth: number) => unknown;

/** Replaces the client's way to the network. `nth` counts the calls of one operation from 0. Answers the list of what was sent. */
export function answering(client: object, script: Script): Sent[] {
  const sent: Sent[] = [];
  const send = async (
    command: { constructor: { name: string }; input: Record<string, unknown> },
    options?: { abortSignal?: AbortSignal },
  ) => {
    const operation = command.constructor.name.replace(/Command$/, '');
    const nth = sent.filter((call) => call.operation === operation).length;
    sent.push({ operation, input: command.input });
    const answer = script(operation, command.input, nth);
    if (answer === 'never')
      return new Promise((_resolve, reject) => options?.abortSignal?.addEventListener('abort', () => reject(awsError('AbortError'))));
    if (answer instanceof Error) throw answer;
    return answer;
  };
  Object.defineProperty(client, 'send', { value: send, configurable: true });
  return sent;
}

/** An error as the SDK throws it. */
export function awsError(name: string, message = `${name} for a test`, httpStatusCode = 400): Error {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode } });
}

export const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };

/** A clock that stands still until somebody sleeps. */
export function stillClock(now = 1_700_000_000_000): Clock & { at: number } {
  const clock = {
    at: now,
    now: () => clock.at,
    sleep: async (ms: number) => {
      clock.at += ms;
    },
  };
  return clock;
}

export const half = { next: () => 0.5 };

export function inputsOf(sent: readonly Sent[], operation: string): unknown[] {
  return sent.filter((call) => call.operation === operation).map((call) => call.input);
}
