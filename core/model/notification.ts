import * as z from 'zod';

export const Notification = z.object({
  /** The same for everybody who tells the same thing, so that a receiver knows the second one by it. */
  id: z.string(),
  at: z.number(),
  severity: z.enum(['info', 'warning', 'critical']),
  /** Page: wake somebody. Otherwise it is for reading. */
  page: z.boolean(),
  incident: z.string().optional(),
  title: z.string(),
  text: z.string(),
});
export type Notification = z.infer<typeof Notification>;
/** People have the note of this key; written by the region that told it. */
export const Told = z.object({ key: z.string(), by: z.string(), at: z.number() });
export type Told = z.infer<typeof Told>;

export const Receipt = z.object({ id: z.string(), at: z.number() });
export type Receipt = z.infer<typeof Receipt>;

/** Somebody who is handed notes besides the people at evenkeel's own topics; `name` is unique, and what receipts say. */
export type Receiver =
  | { kind: 'topic'; name: string; arn: string }
  | {
      kind: 'webhook';
      name: string;
      /** https:// */
      url: string;
      headers: Record<string, string>;
      /** What the request is signed with. */
      signingSecret?: string;
    };

export const Approval = z.object({
  planId: z.string(),
  incident: z.string(),
  what: z.string(),
  expiresAt: z.number(),
  taskToken: z.string().optional(),
});
export type Approval = z.infer<typeof Approval>;

/** Under `asked#<plan>`: the token that a plan was put to people under, and whether evenkeel itself saw the trouble then. */
export const Asked = z.object({ token: z.string(), seen: z.boolean().default(false) });
