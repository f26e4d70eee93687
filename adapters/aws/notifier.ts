import { failed, type Notification, type Receipt, type Result } from '../../core/model/index.ts';
import type { Call, Clock, Notifier } from '../../core/ports/index.ts';
import { publishNote, type Topic } from './note-topic.ts';

/** Notifier over SNS. `topics` are tried in order, the own region's first: a page must not be lost with its region. */
export class AwsNotifier implements Notifier {
  readonly #topics: readonly Topic[];
  readonly #clock: Clock;

  constructor(topics: readonly Topic[], clock: Clock) {
    this.#topics = topics;
    this.#clock = clock;
  }

  async notify(message: Notification, call: Call): Promise<Result<Receipt>> {
    let last: Result<Receipt> = failed('invalid', 'no topic is configured');
    for (const topic of this.#topics) {
      last = await publishNote(topic, message, this.#clock, call);
      if (last.ok) return last;
    }
    return last;
  }
}
