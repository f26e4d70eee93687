import { ok, type Result } from '../../core/model/index.ts';
import type { Look } from '../../core/ports/index.ts';

export const pass = (reason: string): Result<Look> => ok({ verdict: 'pass', reason });
export const fail = (reason: string): Result<Look> => ok({ verdict: 'fail', reason });
/** Not there yet: the caller looks again until its deadline. */
export const notYet = (reason: string): Result<Look> => ok({ verdict: 'inconclusive', reason });
