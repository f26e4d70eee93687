import * as z from 'zod';
import { commonEnv, jsonText, senderEnv } from '../runtime/env.ts';

export const VoteEnv = z.object({
  ...commonEnv,
  ...senderEnv,
  /** Namespace of this voter's votes; its role may write to no other. */
  VOTE_NAMESPACE: z.string().min(1),
  /** Bucket of this voter's vote objects; empty when every group votes by metric. */
  VOTE_BUCKET: z.string(),
  /** Unguessable body of each vote object by `<group>/<subject>`. */
  VOTE_OBJECTS: jsonText(z.record(z.string(), z.object({ key: z.string(), body: z.string() }))),
});
