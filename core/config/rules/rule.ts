import type { Draft } from '../draft.ts';
import type { Finding } from '../problem.ts';

/** A rule about what fields mean to each other. It reads a draft: whatever is missing has been reported already. */
export type Rule = (draft: Draft) => Iterable<Finding>;
