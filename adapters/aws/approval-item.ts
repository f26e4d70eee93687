import * as z from 'zod';
import { Approval } from '../../core/model/index.ts';

/** An approval as it is stored: what was asked, and what somebody decided. */
export const StoredApproval = Approval.extend({
  decision: z.object({ by: z.string(), accept: z.boolean(), reason: z.string(), at: z.number() }).nullable(),
});
export type StoredApproval = z.infer<typeof StoredApproval>;
