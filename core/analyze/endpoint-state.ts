import { type EndpointState, type FailedIn, responseTimeMs, type Sample, type Verdict } from '../model/index.ts';

export interface Hysteresis {
  failureCount: number;
  successCount: number;
}

const counterMax = 100;

/** One look at all addresses of an endpoint, as one verdict: half or more of the judged addresses failing is a failure. */
export interface Look {
  verdict: Verdict;
  sickAddresses: string[];
  judged: number;
  responseMs: number;
  reason: string;
  warning: boolean;
  failedIn?: FailedIn;
  certificateDays?: number;
}

/** @param samples at least one; all of the same endpoint and the same look. */
export function lookOf(samples: readonly Sample[]): Look {
  const sick = samples.filter((sample) => sample.verdict === 'fail');
  const well = samples.filter((sample) => sample.verdict === 'pass');
  const judged = sick.length + well.length;
  const speaking = sick[0] ?? well[0] ?? samples[0];
  const look: Look = {
    verdict: judged === 0 ? 'inconclusive' : sick.length * 2 >= judged ? 'fail' : 'pass',
    sickAddresses: sick.flatMap((sample) => sample.address ?? []),
    judged,
    responseMs: well.length === 0 ? 0 : well.reduce((sum, sample) => sum + responseTimeMs(sample.phasesMs), 0) / well.length,
    reason:
      sick.length > 0 && judged > 1
        ? `${sick.length} of ${judged} addresses: ${speaking?.reason ?? ''}`
        : (speaking?.reason ?? 'no sample'),
    warning: well.some((sample) => sample.status !== 'healthy'),
  };
  if (sick[0] !== undefined) look.failedIn = failedIn(sick[0]);
  for (const { verdict, certificateDays } of samples)
    if (verdict !== 'inconclusive' && certificateDays !== undefined)
      look.certificateDays = Math.min(look.certificateDays ?? certificateDays, certificateDays);
  return look;
}

function failedIn({ rcode, phasesMs, address }: Sample): FailedIn {
  if (rcode !== undefined && rcode !== 'NOERROR') return 'resolve';
  if (phasesMs.firstByte !== undefined) return 'answer';
  return address !== undefined || phasesMs.connect !== undefined ? 'connect' : 'resolve';
}

/** Hysteresis: `failureCount` failures in a row turn it unhealthy, `successCount` successes in a row healthy again. */
export function stepEndpoint(
  state: EndpointState | undefined,
  look: Look,
  at: number,
  endpoint: { weight: number; dimension: string },
  limits: Hysteresis,
): EndpointState {
  const before = state ?? { ...unseen, ...endpoint, responseMs: look.responseMs, at };
  const judged = look.verdict !== 'inconclusive';
  const failures = !judged ? before.failures : look.verdict === 'fail' ? Math.min(before.failures + 1, counterMax) : 0;
  const successes = !judged ? before.successes : look.verdict === 'pass' ? Math.min(before.successes + 1, counterMax) : 0;
  const failingShares = judged ? fadedShares(before.failingShares, look.sickAddresses) : before.failingShares;
  const failedIn = look.failedIn ?? before.failedIn;
  // Every field by its name: this is done for each look of each endpoint, and spreads are slow.
  const next: EndpointState = {
    status: judged ? nextStatus(before.status, failures, successes, look, limits) : before.status,
    failures,
    successes,
    at,
    responseMs: !judged || look.responseMs === 0 ? before.responseMs : before.responseMs * 0.8 + look.responseMs * 0.2,
    weight: endpoint.weight,
    dimension: endpoint.dimension,
    sickAddresses: judged ? look.sickAddresses : before.sickAddresses,
    addresses: judged ? look.judged : before.addresses,
    last: look.verdict,
    reason: look.reason,
  };
  if (failingShares !== undefined) next.failingShares = failingShares;
  if (failedIn !== undefined) next.failedIn = failedIn;
  if (look.certificateDays !== undefined) next.certificateDays = look.certificateDays;
  if (before.lately !== undefined) next.lately = before.lately;
  return next;
}

const unseen = {
  status: 'unknown',
  failures: 0,
  successes: 0,
  sickAddresses: [],
  addresses: 0,
  last: 'inconclusive',
  reason: 'no sample yet',
} as const satisfies Partial<EndpointState>;

const shareStep = 0.2;
/** Below this an address is well again. */
const shareLeast = 0.02;

function fadedShares(before: Readonly<Record<string, number>> | undefined, sick: readonly string[]): Record<string, number> | undefined {
  if (before === undefined && sick.length === 0) return undefined;
  const names = new Set([...Object.keys(before ?? {}), ...sick]);
  const faded: Record<string, number> = {};
  for (const name of names) {
    const share = (before?.[name] ?? 0) * (1 - shareStep) + (sick.includes(name) ? shareStep : 0);
    if (share >= shareLeast) faded[name] = share;
  }
  return Object.keys(faded).length === 0 ? undefined : faded;
}

function nextStatus(
  before: EndpointState['status'],
  failures: number,
  successes: number,
  look: Look,
  limits: Hysteresis,
): EndpointState['status'] {
  if (failures >= limits.failureCount) return 'unhealthy';
  if (failures > 0) return before;
  const well = look.warning || look.sickAddresses.length > 0 ? 'degraded' : 'healthy';
  if (before === 'unhealthy') return successes >= limits.successCount ? well : 'unhealthy';
  return well;
}
