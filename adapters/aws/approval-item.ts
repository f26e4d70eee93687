import * as z from 'zod';
import { Approval, ok, type Result, storeKey } from '../../core/model/index.ts';
import type { Call, Store } from '../../core/ports/index.ts';

export const Decision = z.object({ by: z.string(), accept: z.boolean(), reason: z.string(), at: z.number() });
export type Decision = z.infer<typeof Decision>;

/** The item under `approval#<token>`: what was asked, and what somebody decided. */
export const StoredApproval = z.object({ approval: Approval, decision: Decision.nullable() });
export type StoredApproval = z.infer<typeof StoredApproval>;

/** Whether a person said yes in time. Silence, an unknown token and a no are all no. */
export async function isAccepted(store: Store, token: string, call: Call): Promise<Result<boolean>> {
  if (token === '') return ok(false);
  const read = await store.get(storeKey.approval(token), call);
  if (!read.ok) return read;
  return ok(read.value !== null && StoredApproval.parse(read.value.body).decision?.accept === true);
}
