import type { StageContext } from '../config/stage-context.ts';
import { readHealth } from '../knowledge/health.ts';
import type { Subject } from '../model/index.ts';
import type { StepLook } from './step-kind.ts';

/** What the probes made after `since` say of a service, an endpoint of it, or a unit behind it. */
export async function lookAtService(ctx: StageContext, subject: Subject, since: number): Promise<StepLook> {
  const { service, region, endpoint, unit } = subject;
  const read = await readHealth(ctx, service, region);
  if (!read.ok) return { verdict: 'inconclusive', reason: read.reason };
  const all = Object.entries(read.value?.endpoints ?? {}).filter(([name]) => endpoint === undefined || name === endpoint);
  const fresh = all.filter(([, state]) => state.at > since);
  if (fresh.length === 0) return { verdict: 'inconclusive', reason: `${service} has not been probed since` };
  const sick = fresh.find(([, state]) =>
    unit === undefined ? state.last === 'fail' || state.status === 'unhealthy' : state.sickAddresses.includes(unit),
  );
  if (sick !== undefined) return { verdict: 'fail', reason: `${service} ${sick[0]}: ${sick[1].reason}` };
  return { verdict: 'pass', reason: `${fresh.length} endpoints of ${service} probed since and well` };
}
