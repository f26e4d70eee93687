import { fork } from 'node:child_process';
import * as z from 'zod';
import { createNodeNetwork } from '../adapters/node/network.ts';
import type { ProbeRequest } from '../core/model/index.ts';
import type { Prober } from '../core/ports/index.ts';
import { afterProbe, firstInterval, type IntervalState, intervalRuleOf, isDue } from '../core/probe/interval.ts';
import { createProber } from '../core/probe/prober.ts';

const Targets = z.object({ httpPort: z.number(), httpsPort: z.number(), dnsPort: z.number(), authority: z.string() });
type Targets = z.infer<typeof Targets>;

type Scheme = 'http' | 'https';

const vantage = 'bench';
const fleetSize = 10_000;
const fleetSeconds = 75;
const intervalSeconds = { base: 30, min: 5, max: 300 };

/**
 * What a probe costs: CPU of this process for one HTTP and one HTTPS probe (two lookups, a fresh connection, a full handshake with the
 * certificate verified, three conditions), and how a fleet of 10,000 endpoints every 30 s, half of them HTTPS, fits into one process.
 */
export async function run(): Promise<unknown> {
  const { targets, stop } = await startTargets();
  try {
    const prober = createBenchProber(targets);
    return {
      cpuMsPerProbe: { http: await cpuPerProbe(prober, targets, 'http', 4000), https: await cpuPerProbe(prober, targets, 'https', 2000) },
      fleet: await runFleet(prober, targets),
    };
  } finally {
    stop();
  }
}

async function startTargets(): Promise<{ targets: Targets; stop: () => void }> {
  const child = fork(new URL('./probe-targets.ts', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const targets = await new Promise<Targets>((resolve, reject) => {
    child.once('message', (message) => resolve(Targets.parse(message)));
    child.once('exit', (code) => reject(new Error(`the servers to probe ended with code ${code} before they listened`)));
  });
  return { targets, stop: () => child.disconnect() };
}

function createBenchProber({ authority }: Targets): Prober {
  let samples = 0;
  return createProber({
    network: createNodeNetwork({ extraAuthorities: [authority] }),
    clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
    ids: { next: (kind) => `${kind}-${++samples}` },
  });
}

function requestTo(targets: Targets, scheme: Scheme, index: number): ProbeRequest {
  const host = `endpoint-${index}.bench.test`;
  const port = scheme === 'http' ? targets.httpPort : targets.httpsPort;
  const conditions = ['[STATUS] == 200', '[BODY].status == ok', '[RESPONSE_TIME] < 5s'];
  return {
    subject: { service: 'bench', endpoint: `endpoint-${index}` },
    dimension: 'liveness',
    kind: 'http',
    host,
    dns: { types: [], servers: [`127.0.0.1:${targets.dnsPort}`] },
    http: [{ url: `${scheme}://${host}:${port}/health`, method: 'GET', headers: {}, conditions }],
    conditions: [],
    thresholds: { warningMs: 5000, criticalMs: 5000 },
    lookupThresholds: { warningMs: 5000, criticalMs: 5000 },
    timeoutMs: 5000,
    allowAddresses: ['127.0.0.0/8'],
    limits: { bodyBytes: 1_048_576, headerBytes: 32_768, headers: 100, redirects: 5, addresses: 16 },
  };
}

/** User and system time of this process, in milliseconds a probe; 20 at a time, after a warm-up of a tenth. */
async function cpuPerProbe(prober: Prober, targets: Targets, scheme: Scheme, count: number): Promise<number> {
  process.stderr.write(`${count} ${scheme} probes\n`);
  await probeAll(prober, targets, scheme, count / 10);
  const before = process.cpuUsage();
  await probeAll(prober, targets, scheme, count);
  const { user, system } = process.cpuUsage(before);
  return round((user + system) / 1000 / count);
}

async function probeAll(prober: Prober, targets: Targets, scheme: Scheme, count: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const [sample] = await prober.probe(requestTo(targets, scheme, next++), vantage, 5000);
      if (sample?.verdict !== 'pass') throw new Error(`a probe of the benchmark failed: ${sample?.reason}`);
    }
  };
  await Promise.all(Array.from({ length: 20 }, worker));
}

interface Endpoint {
  request: ProbeRequest;
  interval: IntervalState;
}

/** Endpoints spread evenly over the interval; each is due by the interval rule of core, and late by what the start of its probe is. */
async function runFleet(prober: Prober, targets: Targets): Promise<unknown> {
  process.stderr.write(`${fleetSize} endpoints every ${intervalSeconds.base} s for ${fleetSeconds} s\n`);
  const rule = intervalRuleOf(intervalSeconds);
  const start = Date.now() + 500;
  const endpoints: Endpoint[] = Array.from({ length: fleetSize }, (_, index) => ({
    request: requestTo(targets, index % 2 === 0 ? 'http' : 'https', index),
    interval: firstInterval(rule, start + (index * intervalSeconds.base * 1000) / fleetSize),
  }));
  const latenessMs: number[] = [];
  let passed = 0;
  const probe = async (endpoint: Endpoint, dueAt: number) => {
    latenessMs.push(Date.now() - dueAt);
    const [sample] = await prober.probe(endpoint.request, vantage, 5000);
    if (sample?.verdict === 'pass') passed++;
    endpoint.interval = afterProbe(endpoint.interval, sample?.verdict ?? 'inconclusive', dueAt, rule);
  };
  const before = process.cpuUsage();
  await eachDue(endpoints, start + fleetSeconds * 1000, probe);
  const { user, system } = process.cpuUsage(before);
  latenessMs.sort((a, b) => a - b);
  return {
    endpoints: fleetSize,
    intervalSeconds: intervalSeconds.base,
    seconds: fleetSeconds,
    probes: latenessMs.length,
    passed,
    latenessMs: { p50: quantile(latenessMs, 0.5), p99: quantile(latenessMs, 0.99), max: latenessMs.at(-1) ?? 0 },
    rssMbMax: round(process.resourceUsage().maxRSS / 1024),
    cpuShareOfOneCore: round((user + system) / 1000 / (fleetSeconds * 1000)),
  };
}

/** Endpoints are in the order of their first due time and keep it, as all have the same interval: one cursor goes round. */
async function eachDue(endpoints: Endpoint[], until: number, probe: (endpoint: Endpoint, dueAt: number) => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>();
  let cursor = 0;
  while (Date.now() < until) {
    const endpoint = endpoints[cursor % endpoints.length];
    if (!endpoint) break;
    if (!isDue(endpoint.interval, Date.now())) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    const probing = probe(endpoint, endpoint.interval.nextDueAt).finally(() => running.delete(probing));
    running.add(probing);
    cursor++;
  }
  await Promise.all(running);
}

function quantile(sorted: number[], share: number): number {
  return round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
