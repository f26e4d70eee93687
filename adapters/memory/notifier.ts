import { type Notification, ok, type Receipt, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Notifier } from '../../core/ports/index.ts';
import { copyOf } from './copy.ts';
import { overdue } from './deadline.ts';

/** What people were told, oldest first. */
export interface NotifierState {
  sent: { notification: Notification; receipt: Receipt }[];
}

export function createNotifierState(): NotifierState {
  return { sent: [] };
}

/** Like SNS's standard topics it tells people again when it is asked again. */
export class MemoryNotifier implements Notifier {
  readonly #state: NotifierState;
  readonly #clock: Clock;
  readonly #onSent: (notification: Notification) => void;

  /** @param onSent delivers to the functions that subscribe to the topic */
  constructor(state: NotifierState, clock: Clock, onSent: (notification: Notification) => void = () => {}) {
    this.#state = state;
    this.#clock = clock;
    this.#onSent = onSent;
  }

  async notify(message: Notification, call: Call): Promise<Result<Receipt>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const receipt: Receipt = { id: `receipt-${this.#state.sent.length + 1}`, at: this.#clock.now() };
    this.#state.sent.push({ notification: copyOf(message), receipt });
    this.#onSent(copyOf(message));
    return ok({ ...receipt });
  }
}
