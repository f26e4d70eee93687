import { type Draft, each, namesOf } from '../draft.ts';
import type { Finding } from '../problem.ts';
import { healthChecksPerRegion } from '../votes.ts';

const healthChecksDefault = 200;

/** Route 53 allows 200 health checks an account unless raised; groups × regions × (children + 1) come quickly near it. */
export function* quota(draft: Draft): Generator<Finding> {
  const names = new Set(namesOf(draft.regions));
  const limit = draft.quotas?.healthChecksPerAccount ?? healthChecksDefault;
  let regionsServed = 0;
  for (const [, group] of each(draft.trafficGroups)) {
    const answered = (group.records ?? []).flatMap((record) => Object.keys(record?.regions ?? {}));
    regionsServed += new Set(answered.filter((region) => names.has(region))).size;
  }
  const needed = regionsServed * healthChecksPerRegion(names.size);
  if (needed <= limit) return;
  yield {
    path: ['trafficGroups'],
    message: `${draft.trafficGroups?.length} traffic groups in ${names.size} regions need ${needed} health checks, over the quota of ${limit} an account`,
    remedy: 'Let records that move together share a group, or have the quota raised and say so in quotas.healthChecksPerAccount.',
  };
}
