import * as z from 'zod';
import { Approval, failed, Json, ok, type Result, storeKey } from '../../core/model/index.ts';
import type { Approver, Call, Clock, Ids, Notifier, Store } from '../../core/ports/index.ts';
import { copyOf } from './copy.ts';
import { overdue } from './deadline.ts';

export const Decision = z.object({ by: z.string(), accept: z.boolean(), reason: z.string(), at: z.number() });
export type Decision = z.infer<typeof Decision>;

/** The item under `approval#<token>`. */
const StoredApproval = z.object({ approval: Approval, decision: Decision.nullable() });

function bodyOf(stored: z.infer<typeof StoredApproval>): Json {
  return Json.parse(copyOf(stored));
}

/** A decided or expired request can be read for this long. */
const keptMs = 7 * 24 * 3_600_000;

/** Whether a person said yes in time. Silence, an unknown token and a no are all no. */
export async function isAccepted(store: Store, token: string, call: Call): Promise<Result<boolean>> {
  const read = await store.get(storeKey.approval(token), call);
  if (!read.ok) return read;
  return ok(read.value !== null && StoredApproval.parse(read.value.body).decision?.accept === true);
}

/** Approvals in the region's Store; the version of the item makes the token single use. */
export class MemoryApprover implements Approver {
  readonly #store: Store;
  readonly #notifier: Notifier;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #onDecision: (approval: Approval, decision: Decision) => Result<void>;

  /** @param onDecision wakes the machine that waits with the approval's task token; fails when none waits any more */
  constructor(
    store: Store,
    notifier: Notifier,
    clock: Clock,
    ids: Ids,
    onDecision: (approval: Approval, decision: Decision) => Result<void>,
  ) {
    this.#store = store;
    this.#notifier = notifier;
    this.#clock = clock;
    this.#ids = ids;
    this.#onDecision = onDecision;
  }

  /** Fails also when nobody could be told: nobody would answer. */
  async request(approval: Approval, call: Call): Promise<Result<{ token: string }>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    const token = this.#ids.next('approval');
    const key = storeKey.approval(token);
    const stored = await this.#store.put(
      { key, body: bodyOf({ approval, decision: null }), expiresAt: approval.expiresAt + keptMs },
      0,
      call,
    );
    if (!stored.ok) return stored;
    const told = await this.#notifier.notify(this.#question(approval, token), call);
    return told.ok ? ok({ token }) : told;
  }

  async decide(token: string, by: string, accept: boolean, reason: string, call: Call): Promise<Result<Approval>> {
    const late = overdue(this.#clock, call);
    if (late) return late;
    if (by === '' || reason === '') return failed('invalid', 'a decision says who and why');
    const read = await this.#store.get(storeKey.approval(token), call);
    if (!read.ok) return read;
    if (!read.value) return failed('not-found', `there is no approval ${token}`);
    const { approval, decision } = StoredApproval.parse(read.value.body);
    if (decision) return failed('conflict', `${decision.by} has decided: the token is used`);
    const at = this.#clock.now();
    if (at >= approval.expiresAt) return failed('refused', `the approval expired ${at - approval.expiresAt} ms ago: it is denied`);
    const decided: Decision = { by, accept, reason, at };
    const item = { key: read.value.key, body: bodyOf({ approval, decision: decided }), expiresAt: approval.expiresAt + keptMs };
    const stored = await this.#store.put(item, read.value.version, call);
    if (!stored.ok)
      return stored.code === 'conflict' ? failed('conflict', 'somebody decided at the same moment: the token is used') : stored;
    const woken = this.#onDecision(approval, decided);
    return woken.ok ? ok(approval) : woken;
  }

  #question(approval: Approval, token: string) {
    const minutes = Math.max(0, Math.round((approval.expiresAt - this.#clock.now()) / 60_000));
    return {
      id: token,
      at: this.#clock.now(),
      severity: 'critical' as const,
      page: true,
      incident: approval.incident,
      title: `Approval wanted: ${approval.what}`,
      text: `Plan ${approval.planId} of incident ${approval.incident} waits ${minutes} min for a decision and is denied without one. Token: ${token}`,
    };
  }
}
