import type { Sample, ServiceState } from '../model/index.ts';

/** The pseudo-service whose endpoints are the known-good references. */
export const selfTestService = 'self-test';

/** Below this many endpoints a share says nothing. */
const endpointsMin = 3;

export interface SelfTrust {
  abstains: boolean;
  reason: string;
}

/**
 * Whether this observer may speak: it must reach one of its known-good references, and not more than `suspectShare` of all endpoints
 * may look unhealthy at once, since then the observer is the likelier culprit (fail open).
 */
export function judgeSelf(references: readonly Sample[], states: readonly ServiceState[], suspectShare: number): SelfTrust {
  if (references.length > 0 && references.every((sample) => sample.verdict !== 'pass'))
    return { abstains: true, reason: `none of ${references.length} known-good references answers (${references[0]?.reason ?? ''})` };
  let judged = 0;
  let sick = 0;
  for (const { endpoints } of states)
    for (const name in endpoints) {
      const status = endpoints[name]?.status;
      if (status !== undefined && status !== 'unknown') judged += 1;
      if (status === 'unhealthy') sick += 1;
    }
  if (judged >= endpointsMin && sick > judged * suspectShare)
    return {
      abstains: true,
      reason: `${sick} of ${judged} endpoints look unhealthy at once, more than ${suspectShare * 100} %: the observer is suspect`,
    };
  return { abstains: false, reason: `${judged - sick} of ${judged} endpoints well, references answer` };
}
