import { randomBytes } from 'node:crypto';
import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { type Approval, failed, type Item, ok, type Result, storeKey } from '../../core/model/index.ts';
import type { Approver, Call, Clock, Notifier, Store } from '../../core/ports/index.ts';
import { StoredApproval } from './approval-item.ts';
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
    const token = randomBytes(24).toString('base64url');
    const body = { ...approval, decision: null };
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

  /** The decision is written first: of two people at once one is told `conflict`. Repeating one's own decision sends it again. */
  async decide(token: string, by: string, accept: boolean, reason: string, call: Call): Promise<Result<void>> {
    const { store, clock } = this.#parts;
    const key = storeKey.approval(token);
    const item = await store.get(key, call);
    if (!item.ok) return item;
    if (!item.value) return failed('not-found', 'there is no approval with this token');
    const approval = StoredApproval.parse(item.value.body);
    const decision = { by, accept, reason, at: clock.now() };
    const made = approval.decision;
    if (made && (made.by !== by || made.accept !== accept)) {
      return failed('conflict', `${made.by} has already ${made.accept ? 'accepted' : 'declined'}: ${made.reason}`);
    }
    if (!made) {
      if (approval.expiresAt <= clock.now()) return failed('superseded', `the approval ended ${clock.now() - approval.expiresAt} ms ago`);
      const written = await store.put(withDecision(item.value, approval, decision), item.value.version, call);
      if (!written.ok) return written;
    }
    return this.#callBack(approval, made ?? decision, call);
  }

  async #callBack(approval: StoredApproval, decision: NonNullable<StoredApproval['decision']>, call: Call): Promise<Result<void>> {
    const { taskToken } = approval;
    if (taskToken === undefined) return ok(undefined);
    const output = JSON.stringify({ accepted: decision.accept, by: decision.by, reason: decision.reason });
    const command = new SendTaskSuccessCommand({ taskToken, output });
    const sent = await attempt('states:SendTaskSuccess', this.#parts.clock, call, (options) => this.#parts.sfn.send(command, options));
    return sent.ok ? ok(undefined) : sent;
  }
}

function withDecision(item: Item, approval: StoredApproval, decision: NonNullable<StoredApproval['decision']>) {
  const body = { ...approval, decision };
  return { key: item.key, body, ...(item.expiresAt !== undefined && { expiresAt: item.expiresAt }) };
}
