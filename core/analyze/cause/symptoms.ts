import type { EndpointState, FailedIn, ServiceState } from '../../model/index.ts';
import { deviatingPeers, type PeerReading } from '../detect/peers.ts';

/** What the looks since the trouble began say of one service in one region. */
export interface Symptom {
  service: string;
  region: string;
  /** 0: looked at and well; 1: half of its endpoints or more fail. */
  failing: number;
  /** Where the looks failed; null when well, or when nobody can say. */
  failedIn: FailedIn | null;
  /** When it began to fail; null when it is well. */
  since: number | null;
  /** Addresses that fail while others of the same endpoint pass. */
  sickAddresses: string[];
  reason: string;
}

export interface Period {
  /** When the incident's own trouble was first seen. */
  onsetAt: number;
  /** Failures that began longer before the onset than this have nothing to do with it. */
  windowMs: number;
}

/** Looks of one slot are spread over some seconds, and observers differ in their phase. */
const slackMs = 5_000;

/**
 * Failures within the window around the onset, and everything that was looked at since and is well. What nobody has looked at since the
 * onset says nothing and is left out: a look of five minutes ago is no evidence of health.
 */
export function symptomsOf(states: readonly ServiceState[], period: Period): Symptom[] {
  return states.flatMap((state) => symptomOf(state, period) ?? []);
}

function symptomOf(state: ServiceState, { onsetAt, windowMs }: Period): Symptom | null {
  const { service, region } = state.health.subject;
  if (region === undefined) return null;
  const all = Object.entries(state.endpoints).filter(([, each]) => each.status !== 'unknown' || each.failures > 0);
  const failing = all.filter(([, each]) => isFailing(each));
  const partly = all.filter(([, each]) => each.sickAddresses.length > 0 && each.sickAddresses.length < each.addresses);
  const deviating = new Set(all.flatMap(([, each]) => deviatingAddresses(each)));
  const base = { service, region };
  if (failing.length === 0 && partly.length === 0) {
    const looked = all.some(([, each]) => each.last === 'pass' && each.at >= onsetAt - slackMs);
    return looked ? { ...base, failing: 0, failedIn: null, since: null, sickAddresses: [], reason: 'well' } : null;
  }
  const since = state.health.status === 'healthy' || state.health.status === 'unknown' ? firstAt(failing, state) : state.since;
  if (since < onsetAt - windowMs) return null;
  const [name, worst] = failing[0] ?? partly[0] ?? ['', undefined];
  return {
    ...base,
    failing: Math.min(1, (2 * failing.reduce((sum, [, each]) => sum + degreeOf(each), 0)) / all.length),
    failedIn: commonest(failing.flatMap(([, each]) => each.failedIn ?? [])),
    since,
    sickAddresses: [...deviating].sort(),
    reason: `${name}: ${worst?.reason ?? ''}`,
  };
}

/** An address that is sick by itself fails so many times as often as the others. */
const outlierFactor = 4;
const outlierLeast = 0.15;
const peersMin = 3;

/**
 * Addresses that fail while their peers do not, over the last looks: in a single look of a service that fails half of its requests, some
 * addresses always stand out. Of two addresses nobody can say more than the last look does.
 */
function deviatingAddresses({ failingShares, sickAddresses, addresses }: EndpointState): string[] {
  if (addresses < peersMin || failingShares === undefined) return sickAddresses.length < addresses ? sickAddresses : [];
  const failing = Object.entries(failingShares).map(([peer, value]) => ({ peer, value }));
  const well = Array.from({ length: Math.max(0, addresses - failing.length) }, (_, index) => ({ peer: `-${index}`, value: 0 }));
  const all = [...failing, ...well];
  return deviatingPeers(all, outlierLeast)
    .filter(({ peer, deviations }) => deviations > 0 && (failingShares[peer] ?? 0) >= outlierFactor * othersMean(all, peer))
    .map(({ peer }) => peer);
}

/** Of the better half of the others: several may be sick together. */
function othersMean(all: readonly PeerReading[], peer: string): number {
  const others = all.flatMap((each) => (each.peer === peer ? [] : [each.value])).sort((a, b) => a - b);
  const better = others.slice(0, Math.ceil(others.length / 2));
  return better.reduce((sum, value) => sum + value, 0) / Math.max(1, better.length);
}

/** An endpoint that answers every second time is not well because its last answer was. */
function isFailing(endpoint: EndpointState): boolean {
  return endpoint.failures > 0 || endpoint.status === 'unhealthy';
}

/** What has passed since it failed is half believed: it may answer every second time, or be on its way back. */
function degreeOf(endpoint: EndpointState): number {
  return endpoint.last === 'pass' ? 0.5 : 1;
}

function firstAt(failing: readonly [string, EndpointState][], state: ServiceState): number {
  return failing.length === 0 ? state.health.at : Math.min(...failing.map(([, each]) => each.at));
}

function commonest(all: readonly FailedIn[]): FailedIn | null {
  const counts = [...Map.groupBy(all, (each) => each)].map(([where, each]) => ({ where, count: each.length }));
  return counts.sort((a, b) => b.count - a.count || (a.where < b.where ? -1 : 1))[0]?.where ?? null;
}
