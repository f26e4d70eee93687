import { evaluateJsonPath, formatValue } from './json-path.ts';
import { byteLength, trimSpace } from './text.ts';

/** What a probe observed, as conditions see it. Absent means zero, empty or false, as in gatus. */
export interface ConditionFacts {
  status?: number;
  ip?: string;
  responseTimeMs?: number;
  /** NOERROR, NXDOMAIN, SERVFAIL, REFUSED …, and evenkeel's NODATA and TIMEOUT. */
  dnsRcode?: string;
  connected?: boolean;
  certificateExpirationMs?: number;
  domainExpirationMs?: number;
  body?: string;
}

/** Values that earlier requests of a journey left for later ones: `[CONTEXT].token`. */
export type ConditionContext = Record<string, unknown>;

export const invalidSuffix = '(INVALID)';

type Wrapper = 'len' | 'has' | 'none';

/**
 * The text that stands for one side of a condition: a placeholder's value, or the side itself when it is none. Names are
 * case-insensitive, paths are not. What cannot be resolved carries `(INVALID)`.
 */
export function resolvePlaceholder(element: string, facts: ConditionFacts, context: ConditionContext | null): string {
  const original = trimSpace(element);
  const { wrapper, inner } = unwrap(original);
  const name = inner.toUpperCase();
  if (name.startsWith('[CONTEXT]') && context) return resolveContext(inner, wrapper, original, context);
  if (name === '[BODY]') return resolveBody(facts.body ?? '', wrapper);
  if (name.startsWith('[BODY].') || name.startsWith('[BODY][')) return resolveBodyPath(inner, wrapper, original, facts.body ?? '');
  const plain = plainPlaceholder(name, facts);
  if (plain !== undefined) return applyWrapper(plain, wrapper);
  if (wrapper === 'has') return 'false';
  return wrapper === 'len' ? invalid(original) : original;
}

function unwrap(element: string): { wrapper: Wrapper; inner: string } {
  for (const wrapper of ['len', 'has'] as const) {
    if (element.startsWith(`${wrapper}(`) && element.endsWith(')')) return { wrapper, inner: element.slice(wrapper.length + 1, -1) };
  }
  return { wrapper: 'none', inner: element };
}

function plainPlaceholder(name: string, facts: ConditionFacts): string | undefined {
  switch (name) {
    case '[STATUS]':
      return String(facts.status ?? 0);
    case '[IP]':
      return facts.ip ?? '';
    case '[RESPONSE_TIME]':
      return wholeMilliseconds(facts.responseTimeMs);
    case '[DNS_RCODE]':
      return facts.dnsRcode ?? '';
    case '[CONNECTED]':
      return String(facts.connected ?? false);
    case '[CERTIFICATE_EXPIRATION]':
      return wholeMilliseconds(facts.certificateExpirationMs);
    case '[DOMAIN_EXPIRATION]':
      return wholeMilliseconds(facts.domainExpirationMs);
    default:
      return undefined;
  }
}

function wholeMilliseconds(milliseconds = 0): string {
  return String(Math.trunc(milliseconds) + 0);
}

function applyWrapper(value: string, wrapper: Wrapper): string {
  if (wrapper === 'has') return String(value !== '');
  return wrapper === 'len' ? String(byteLength(value)) : value;
}

function resolveBody(body: string, wrapper: Wrapper): string {
  const trimmed = trimSpace(body);
  if (wrapper === 'has') return String(trimmed !== '');
  if (wrapper === 'len') return String(evaluateJsonPath('', body)?.length ?? byteLength(trimmed));
  return trimmed;
}

function resolveBodyPath(inner: string, wrapper: Wrapper, original: string, body: string): string {
  const found = evaluateJsonPath(inner.slice('[BODY]'.length).replace(/^\./, ''), body);
  if (wrapper === 'has') return String(found !== undefined);
  if (!found) return invalid(original);
  return wrapper === 'len' ? String(found.length) : found.text;
}

function resolveContext(inner: string, wrapper: Wrapper, original: string, context: ConditionContext): string {
  const path = inner.slice('[CONTEXT]'.length).replace(/^\./, '');
  const found = path === '' ? { exists: false as const } : lookUp(path, context);
  if (wrapper === 'has') return String(found.exists);
  if (!found.exists) return invalid(original);
  return wrapper === 'len' ? String(contextLength(found.value)) : contextText(found.value);
}

function lookUp(path: string, context: ConditionContext): { exists: true; value: unknown } | { exists: false } {
  let value: unknown = context;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return { exists: false };
    value = Object.entries(value).find(([name]) => name === key)?.[1];
  }
  return { exists: true, value };
}

function contextLength(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  return byteLength(contextText(value));
}

/** A whole number in a context is an integer in Go, which is shown without an exponent. */
function contextText(value: unknown): string {
  return Number.isInteger(value) ? String(value) : formatValue(value);
}

function invalid(original: string): string {
  return `${original} ${invalidSuffix}`;
}
