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
  const judged = samples.filter((sample) => sample.verdict !== 'inconclusive');
  const sick = judged.filter((sample) => sample.verdict === 'fail');
  const well = judged.filter((sample) => sample.verdict === 'pass');
  const verdict = judged.length === 0 ? 'inconclusive' : sick.length * 2 >= judged.length ? 'fail' : 'pass';
  const speaking = sick[0] ?? well[0] ?? samples[0];
  const days = judged.flatMap((sample) => (sample.certificateDays === undefined ? [] : [sample.certificateDays]));
  return {
    verdict,
    sickAddresses: sick.flatMap((sample) => (sample.address === undefined ? [] : [sample.address])),
    judged: judged.length,
    responseMs: well.length === 0 ? 0 : well.reduce((sum, sample) => sum + responseTimeMs(sample.phasesMs), 0) / well.length,
    reason:
      sick.length > 0 && judged.length > 1
        ? `${sick.length} of ${judged.length} addresses: ${speaking?.reason ?? ''}`
        : (speaking?.reason ?? 'no sample'),
    warning: well.some((sample) => sample.status !== 'healthy'),
    ...(sick[0] === undefined ? {} : { failedIn: failedIn(sick[0]) }),
    ...(days.length > 0 ? { certificateDays: Math.min(...days) } : {}),
  };
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
  const before = state ?? {
    status: 'unknown' as const,
    failures: 0,
    successes: 0,
    responseMs: look.responseMs,
    at,
    sickAddresses: [],
    addresses: 0,
    last: 'inconclusive' as const,
    reason: 'no sample yet',
    ...endpoint,
  };
  const { certificateDays: _, ...kept } = before as EndpointState;
  const seen = {
    ...kept,
    ...endpoint,
    at,
    last: look.verdict,
    reason: look.reason,
    ...(look.certificateDays === undefined ? {} : { certificateDays: look.certificateDays }),
    ...(look.failedIn === undefined ? {} : { failedIn: look.failedIn }),
  };
  if (look.verdict === 'inconclusive') return seen;
  const failures = look.verdict === 'fail' ? Math.min(before.failures + 1, counterMax) : 0;
  const successes = look.verdict === 'pass' ? Math.min(before.successes + 1, counterMax) : 0;
  const responseMs = look.responseMs === 0 ? before.responseMs : before.responseMs * 0.8 + look.responseMs * 0.2;
  const failingShares = fadedShares(before.failingShares, look.sickAddresses);
  const { failingShares: _shares, ...rest } = seen;
  const next = {
    ...{ ...rest, failures, successes, responseMs, sickAddresses: look.sickAddresses, addresses: look.judged },
    ...(Object.keys(failingShares).length > 0 ? { failingShares } : {}),
  };
  return { ...next, status: nextStatus(before.status, failures, successes, look, limits) };
}

const shareStep = 0.2;
/** Below this an address is well again. */
const shareLeast = 0.02;

function fadedShares(before: Readonly<Record<string, number>> = {}, sick: readonly string[]): Record<string, number> {
  const names = new Set([...Object.keys(before), ...sick]);
  const faded = [...names].map((name): [string, number] => [
    name,
    (before[name] ?? 0) * (1 - shareStep) + (sick.includes(name) ? shareStep : 0),
  ]);
  return Object.fromEntries(faded.filter(([, share]) => share >= shareLeast));
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
