import { decideAddress } from '../knowledge/address-policy.ts';
import { resolveHost } from '../knowledge/resolve-host.ts';
import { failed, type Notification, ok, type Receipt, type Receiver, type Result } from '../model/index.ts';
import type { Call, Clock, Courier } from '../ports/index.ts';
import type { ExchangeOutcome, Network } from '../ports/network.ts';

export interface WebhookParts {
  network: Network;
  clock: Clock;
  /** HMAC-SHA256 of the text, in hex. */
  sign: (secret: string, text: string) => string;
  /** CIDR blocks that need not be public: for a world on loopback alone. */
  allowAddresses?: string[];
}

type Webhook = Extract<Receiver, { kind: 'webhook' }>;

/** A longer text is cut: a short page is better than none. */
const textLengthMax = 32_768;
/** Nobody reads the answer; one that is longer is a failure, for it says that something else listens there. */
const limits = { bodyBytes: 65_536, headerBytes: 32_768, headers: 100 };

/**
 * One POST of JSON over a fresh connection. The address is resolved and judged as the prober does it, and what was judged is what is
 * connected to; a redirect is an answer like any other that is not 2xx.
 */
export function createWebhookCourier(parts: WebhookParts): Courier {
  return {
    async deliver(receiver, note, call) {
      const url = receiver.kind === 'webhook' ? URL.parse(receiver.url) : null;
      if (receiver.kind !== 'webhook' || url?.protocol !== 'https:') return failed('invalid', `${receiver.name} is no https:// address`);
      const address = await addressOf(parts, url.hostname, call);
      return address.ok ? post(parts, receiver, url, address.value, note, call) : address;
    },
  };
}

async function addressOf({ network, clock, allowAddresses = [] }: WebhookParts, host: string, call: Call): Promise<Result<string>> {
  const budgetMs = call.deadlineAt - clock.now();
  if (budgetMs <= 0) return failed('timeout', 'no time was left to look the name up');
  const resolution = await resolveHost(network, host, [], budgetMs / 2);
  const [address] = resolution.addresses;
  if (address === undefined) return failed('unavailable', resolution.reason);
  // One answer that points inwards spoils the name.
  for (const each of resolution.addresses) {
    const decision = decideAddress(each, allowAddresses);
    if (!decision.allowed) return failed('refused', `${host}: ${decision.reason}`);
  }
  return ok(address);
}

async function post(
  { network, clock, sign }: WebhookParts,
  { name, headers, signingSecret }: Webhook,
  url: URL,
  address: string,
  note: Notification,
  call: Call,
): Promise<Result<Receipt>> {
  const at = clock.now();
  const body = bodyOf(note);
  const configured = Object.fromEntries(Object.entries(headers).map(([header, value]) => [header.toLowerCase(), value]));
  const signature = signingSecret === undefined ? {} : { 'evenkeel-signature': `t=${at},v1=${sign(signingSecret, `${at}.${body}`)}` };
  const outcome = await network.exchange(
    {
      address,
      port: url.port === '' ? 443 : Number(url.port),
      tls: { serverName: url.hostname.replace(/^\[(.*)\]$/, '$1') },
      http: {
        method: 'POST',
        path: url.pathname + url.search,
        headers: {
          host: url.host,
          'user-agent': 'evenkeel',
          'content-type': 'application/json',
          'evenkeel-key': encodeURIComponent(note.id),
          ...configured,
          ...signature,
        },
        body,
        limits,
      },
    },
    call.deadlineAt - at,
  );
  return judge(name, note, outcome, clock.now());
}

/** The field names are those of evenkeel's notes, `key` in place of `id`: what a receiver knows a repetition by. */
function bodyOf({ id, text, ...rest }: Notification): string {
  const cut = text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax)} … cut at ${textLengthMax} characters`;
  return JSON.stringify({ key: id, ...rest, text: cut });
}

function judge(name: string, { id }: Notification, { response, failure }: ExchangeOutcome, at: number): Result<Receipt> {
  if (response === undefined) {
    const { kind = 'protocol', reason = 'no answer' } = failure ?? {};
    if (kind === 'timeout') return failed('timeout', `${name}: ${reason}`);
    return failed(kind === 'tls' || kind === 'limit' || kind === 'protocol' ? 'refused' : 'unavailable', `${name}: ${reason}`);
  }
  const { status } = response;
  if (status >= 200 && status < 300) return ok({ id, at });
  const reason = `${name} answered ${status}`;
  if (status === 429) return failed('throttled', reason);
  return failed(status === 408 || status === 425 || status >= 500 ? 'unavailable' : 'refused', reason);
}
