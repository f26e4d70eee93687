import { type Notification, ok, type Receipt, type Receiver, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Courier } from '../../core/ports/index.ts';
import { copyOf } from './copy.ts';
import { overdue } from './deadline.ts';

/** What topics and webhooks were handed, oldest first. */
export interface CourierState {
  delivered: { receiver: string; notification: Notification; receipt: Receipt }[];
}

export function createCourierState(): CourierState {
  return { delivered: [] };
}

/** Like SNS and like a webhook it hands a note over again when it is asked again. */
export class MemoryCourier implements Courier {
  readonly #state: CourierState;
  readonly #clock: Clock;

  constructor(state: CourierState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  async deliver({ name }: Receiver, note: Notification, call: Call): Promise<Result<Receipt>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const receipt: Receipt = { id: `delivery-${this.#state.delivered.length + 1}`, at: this.#clock.now() };
    this.#state.delivered.push({ receiver: name, notification: copyOf(note), receipt });
    return ok({ ...receipt });
  }
}
