/**
 * An independent customer: asks the DNS servers itself, holds each answer for its TTL, makes one request a second, and measures for how
 * long nobody answered it. It knows nothing of evenkeel. On its own:
 * node simulator/live/client-process.ts 127.0.0.41:7311 checkout.example.com 7312
 */
import { Resolver } from 'node:dns/promises';
import { get } from 'node:http';

const [servers = '', name = '', port = '80', speedText = '1'] = process.argv.slice(2);
const speed = Number(speedText);
const everyMs = 1000 / speed;
/** Sockets do not run faster with the clock. */
const requestMs = 900;
const resolver = new Resolver({ timeout: requestMs, tries: 1 });
resolver.setServers(servers.split(','));

let held = { address: '', until: 0 };
/** The first of the failed requests since the last good one. */
let failingSince: number | null = null;
let longest = { fromMs: 0, toMs: 0 };

/** What one request came to; times are this process's own clock. */
export interface ClientReport {
  at: number;
  ok: boolean;
  said: string;
  /** The longest outage that is over: from the first failed request to the next good one. */
  longest: { fromMs: number; toMs: number };
}

async function addressNow(): Promise<string> {
  if (Date.now() < held.until) return held.address;
  const [first] = await resolver.resolve4(name, { ttl: true });
  if (first === undefined) throw new Error('the name has no address');
  held = { address: first.address, until: Date.now() + (first.ttl * 1000) / speed };
  return first.address;
}

function fetchFrom(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(
      { host: address, port, path: '/', headers: { host: `${name}:${port}` }, agent: false, timeout: requestMs },
      (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        response.on('end', () =>
          response.statusCode === 200 ? resolve(body) : reject(new Error(`${address} answers ${response.statusCode}`)),
        );
      },
    );
    request.on('timeout', () => request.destroy(new Error(`${address} does not answer`)));
    request.on('error', reject);
  });
}

async function once(): Promise<void> {
  const at = Date.now();
  let report: ClientReport;
  try {
    const said = await fetchFrom(await addressNow());
    if (failingSince !== null && at - failingSince > longest.toMs - longest.fromMs) longest = { fromMs: failingSince, toMs: at };
    failingSince = null;
    report = { at, ok: true, said, longest };
  } catch (error) {
    failingSince ??= at;
    report = { at, ok: false, said: error instanceof Error ? error.message : String(error), longest };
  }
  if (process.send) process.send(report);
  else process.stdout.write(`${JSON.stringify(report)}\n`);
}

process.on('disconnect', () => process.exit(0));
if (process.send) process.on('SIGINT', () => {});
setInterval(() => void once(), everyMs);
