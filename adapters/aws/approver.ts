import { randomBytes } from 'node:crypto';
import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { type Approval, failed, Json, ok, type Result, storeKey } from '../../core/model/index.ts';
import type { Approver, Call, Clock, Notifier, Store } from '../../core/ports/index.ts';
import { type Decision, StoredApproval } from './approval-item.ts';
import { attempt } from './attempt.ts';

export interface AwsApproverParts {
  store: Store;
  notifier: Notifier;
  sfn: SFNClient;
  clock: Clock;
}

/** Kept after the decision, so that a second click is told what was decided. */
const keptAfterMs = 24 * 3600_000;

/** Approver over an item of the Store and a task token. A token is unguessable, works once and ends with the approval's expiry. */
export class AwsApprover implements Approver {
  readonly #parts: AwsApproverParts;

  constructor(parts: AwsApproverParts) {
    this.#parts = parts;
  }

  async request(approval: Approval, call: Call): Promise<Result<{ token: string }>> {
    const { store, notifier, clock } = this.#parts;
    // In hex: a person hands it to a command line, which takes what begins with a dash for an option.
    const token = randomBytes(24).toString('hex');
    const body = Json.parse({ approval, decision: null });
    const stored = await store.put({ key: storeKey.approval(token), body, expiresAt: approval.expiresAt + keptAfterMs }, 0, call);
    if (!stored.ok) return stored;
    const minutes = Math.round((approval.expiresAt - clock.now()) / 60_000);
    const told = await notifier.notify(
      {
        id: `approval-${approval.planId}`,
        at: clock.now(),
        severity: 'critical',
        page: true,
        incident: approval.incident,
        title: `Approve: ${approval.what}`,
        text: `${approval.what}\nIncident ${approval.incident}, plan ${approval.planId}. Decide within ${minutes} min with token ${token}`,
      },
      call,
    );
    return told.ok ? ok({ token }) : told;
  }

  /**
   * The decision is written first: of two people at once one is told `conflict`.
   * Repeating one's own decision wakes the machine again, in case that was what failed.
   */
  async decide(token: string, by: string, accept: boolean, reason: string, call: Call): Promise<Result<Approval>> {
    if (by === '' || reason === '') return failed('invalid', 'a decision says who and why');
    const { store, clock } = this.#parts;
    const item = await store.get(storeKey.approval(token), call);
    if (!item.ok) return item;
    if (!item.value) return failed('not-found', 'there is no approval with this token');
    const { approval, decision: made } = StoredApproval.parse(item.value.body);
    if (made?.by === by && made.accept === accept) return this.#callBack(approval, made, call);
    if (made) return failed('conflict', `${made.by} has already ${made.accept ? 'accepted' : 'declined'}: ${made.reason}`);
    const at = clock.now();
    if (at >= approval.expiresAt) return failed('refused', `the approval ended ${at - approval.expiresAt} ms ago: it is declined`);
    const decision: Decision = { by, accept, reason, at };
    const { key, version, expiresAt } = item.value;
    const written = await store.put(
      { key, body: Json.parse({ approval, decision }), ...(expiresAt !== undefined && { expiresAt }) },
      version,
      call,
    );
    if (!written.ok)
      return written.code === 'conflict' ? failed('conflict', 'somebody decided at the same moment: the token is used') : written;
    return this.#callBack(approval, decision, call);
  }

  async #callBack(approval: Approval, decision: Decision, call: Call): Promise<Result<Approval>> {
    const { taskToken } = approval;
    if (taskToken === undefined) return ok(approval);
    const output = JSON.stringify({ accepted: decision.accept, by: decision.by, reason: decision.reason });
    const command = new SendTaskSuccessCommand({ taskToken, output });
    const sent = await attempt('states:SendTaskSuccess', this.#parts.clock, call, (options) => this.#parts.sfn.send(command, options));
    return sent.ok ? ok(approval) : sent;
  }
}
