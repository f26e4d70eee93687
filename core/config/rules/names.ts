import { type Draft, each } from '../draft.ts';
import type { Finding, Path } from '../problem.ts';

const reservedPrefix = 'aws-';

/** Names are how everything refers to everything: each once. */
export function* names(draft: Draft): Generator<Finding> {
  yield* twice('region', ['regions'], namesIn(draft.regions));
  yield* twice('service', ['services'], namesIn(draft.services));
  yield* twice('traffic group', ['trafficGroups'], namesIn(draft.trafficGroups));
  yield* twice('playbook', ['playbooks'], namesIn(draft.playbooks));
  yield* twice(
    'AWS service',
    ['awsEndpoints'],
    (draft.awsEndpoints ?? []).map((entry) => entry?.service ?? ''),
    'service',
  );
  yield* twice(
    'account',
    ['accounts'],
    (draft.accounts ?? []).map((entry) => entry?.id ?? ''),
    'id',
  );
  yield* webhooks(draft);
  for (const [index, service] of each(draft.services)) {
    yield* twice('endpoint', ['services', index, 'endpoints'], namesIn(service.endpoints));
    if (service.name?.startsWith(reservedPrefix)) {
      yield {
        path: ['services', index, 'name'],
        message: `the prefix ${reservedPrefix} is kept for the AWS services of the catalogue`,
        remedy: 'Choose another name; depend on an AWS service with { aws: "dynamodb" }.',
      };
    }
  }
}

/** The same receiver may be paged and told; two receivers of one name would share one receipt. */
function* webhooks({ notifications }: Draft): Generator<Finding> {
  const urls = new Map<string, string>();
  for (const audience of ['page', 'notify'] as const) {
    for (const [index, { name, url = '' }] of each(notifications?.[audience]?.webhooks)) {
      const known = name === undefined ? undefined : urls.get(name);
      if (name !== undefined) urls.set(name, known ?? url);
      if (known === undefined || known === url) continue;
      yield {
        path: ['notifications', audience, 'webhooks', index, 'name'],
        message: `the webhook ${name} is given twice, first with the address ${known}`,
        remedy: 'Give the second its own name: receipts are kept by it.',
      };
    }
  }
}

/** One name per position, empty where there is none. */
function namesIn(items: readonly ({ name?: string | undefined } | undefined)[] | undefined): string[] {
  return (items ?? []).map((item) => item?.name ?? '');
}

function* twice(kind: string, list: Path, given: string[], field = 'name'): Generator<Finding> {
  for (const [index, name] of given.entries()) {
    const first = given.indexOf(name);
    if (name === '' || first === index) continue;
    yield {
      path: [...list, index, field],
      message: `the ${kind} ${name} is given twice, first at position ${first}`,
      remedy: `Remove one of the two, or give the second its own ${field}.`,
    };
  }
}
