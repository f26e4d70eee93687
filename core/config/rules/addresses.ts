import { type Draft, each, entriesOf } from '../draft.ts';
import { suggest } from '../nearest.ts';
import type { Finding, Path } from '../problem.ts';

type EndpointDraft = NonNullable<NonNullable<NonNullable<NonNullable<Draft['services']>[number]>['endpoints']>[number]>;
type RequestDraft = {
  url?: string | undefined;
  headers?: Record<string, string | undefined> | undefined;
};

const anyRegion = 'eu-west-1';

/** Addresses that can be called, templates that will be filled, and no credential in clear text. */
export function* addresses(draft: Draft): Generator<Finding> {
  for (const [index, reference] of each(draft.selfTest?.references)) yield* url(['selfTest', 'references', index, 'url'], reference.url);
  for (const [index, region] of each(draft.regions)) {
    for (const [position, reference] of each(region.references)) {
      yield* url(['regions', index, 'references', position, 'url'], reference.url);
    }
  }
  for (const audience of ['page', 'notify'] as const) {
    for (const [index, webhook] of each(draft.notifications?.[audience]?.webhooks)) {
      yield* url(['notifications', audience, 'webhooks', index, 'url'], webhook.url, ['https:']);
    }
  }
  for (const [index, service] of each(draft.services)) {
    for (const [position, endpoint] of each(service.endpoints)) yield* ofEndpoint(['services', index, 'endpoints', position], endpoint);
  }
}

function* ofEndpoint(at: Path, endpoint: EndpointDraft): Generator<Finding> {
  if (endpoint.kind === 'http') {
    yield* request(at, endpoint);
    for (const [index, step] of each(endpoint.journey)) yield* request([...at, 'journey', index], step);
  }
  const template = placeOf(endpoint);
  const bound = endpoint.perRegion === true || endpoint.region !== undefined;
  if (template?.text?.includes('{region}') && !bound) {
    yield {
      path: [...at, ...template.path],
      message: 'holds {region}, but the endpoint belongs to no region',
      remedy: 'Set perRegion to true for one copy per region, or region for a single one.',
    };
  }
  if (endpoint.perRegion === true && endpoint.region !== undefined) {
    yield { path: [...at, 'region'], message: 'perRegion and region exclude each other', remedy: 'Keep one of the two.' };
  } else if (endpoint.perRegion === true && template?.text !== undefined && !template.text.includes('{region}')) {
    yield {
      path: [...at, ...template.path],
      message: 'perRegion is on, but every copy would have this same address',
      remedy: 'Put {region} where the region goes, or set perRegion to false.',
    };
  }
}

/** The part of an endpoint that says where it is. */
function placeOf(endpoint: EndpointDraft): { path: Path; text: string | undefined } | undefined {
  switch (endpoint.kind) {
    case 'http':
      return { path: ['url'], text: endpoint.url };
    case 'dns':
      return { path: ['dns', 'queryName'], text: endpoint.dns?.queryName };
    case 'tcp':
    case 'tls':
      return { path: ['host'], text: endpoint.host };
    case undefined:
      return undefined;
  }
}

function* request(at: Path, { url: address, headers }: RequestDraft): Generator<Finding> {
  yield* url([...at, 'url'], address);
  for (const [name] of entriesOf(headers)) {
    if (!/^(authorization|proxy-authorization|cookie|x-api-key|x-auth-token)$/i.test(name)) continue;
    yield {
      path: [...at, 'headers', name],
      message: `the header ${name} carries a credential, which does not belong into a file`,
      remedy: 'Move it to secretHeaders with a reference: ssm:/path, secretsmanager:name or env:NAME.',
    };
  }
}

function* url(path: Path, text: string | undefined, protocols = ['http:', 'https:']): Generator<Finding> {
  if (text === undefined) return;
  const wanted = protocols.map((protocol) => `${protocol}//`).join(' or ');
  const parsed = URL.parse(text.replaceAll('{region}', anyRegion));
  if (parsed === null || !protocols.includes(parsed.protocol)) {
    yield {
      path,
      message: `is not an address that begins with ${wanted}`,
      remedy: `Write the whole address, such as https://checkout.example.com/health.`,
    };
  } else if (parsed.username !== '' || parsed.password !== '') {
    yield {
      path,
      message: 'holds a user name or password',
      remedy: 'Take it out of the address and give it as secretHeaders.',
    };
  }
}

const operators = [' == ', ' != ', ' <= ', ' >= ', ' < ', ' > '];

/** Placeholders that each kind of endpoint can fill. */
const placeholders: Record<NonNullable<EndpointDraft['kind']>, string[]> = {
  http: ['STATUS', 'RESPONSE_TIME', 'BODY', 'IP', 'CONNECTED', 'CERTIFICATE_EXPIRATION'],
  tls: ['RESPONSE_TIME', 'IP', 'CONNECTED', 'CERTIFICATE_EXPIRATION'],
  tcp: ['RESPONSE_TIME', 'IP', 'CONNECTED'],
  dns: ['DNS_RCODE', 'RESPONSE_TIME', 'BODY', 'IP', 'CONNECTED'],
};

/** Conditions that can be read, about something that the probe measures. Their meaning is in core/probe. */
export function* conditions(draft: Draft): Generator<Finding> {
  for (const [index, service] of each(draft.services)) {
    for (const [position, endpoint] of each(service.endpoints)) {
      const at: Path = ['services', index, 'endpoints', position];
      const known = placeholders[endpoint.kind ?? 'http'];
      for (const [place, text] of each(endpoint.conditions)) yield* condition([...at, 'conditions', place], text, known);
      if (endpoint.kind !== 'http') continue;
      for (const [step, { conditions: given }] of each(endpoint.journey)) {
        for (const [place, text] of each(given)) yield* condition([...at, 'journey', step, 'conditions', place], text, known);
      }
    }
  }
}

function* condition(path: Path, text: string, known: string[]): Generator<Finding> {
  if (!operators.some((operator) => text.includes(operator))) {
    yield {
      path,
      message: 'is not a condition: it has no operator with a space on each side',
      remedy: 'Write it like "[STATUS] == 200"; operators are == != < <= > >=.',
    };
    return;
  }
  for (const [, name = ''] of text.matchAll(/(?:^|[ (])\[([A-Za-z_]+)\]/g)) {
    if (known.includes(name.toUpperCase())) continue;
    yield {
      path,
      message: `[${name}] is nothing that this kind of endpoint measures`,
      remedy: suggest(name, known, 'placeholders'),
    };
  }
}
