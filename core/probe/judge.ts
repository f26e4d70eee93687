import { showMs } from '../knowledge/milliseconds.ts';
import type { Resolution } from '../knowledge/resolve-host.ts';
import type { LatencyThresholds, ProbeRequest, SampleStatus, Verdict } from '../model/index.ts';
import { evaluateCondition } from './conditions/condition.ts';
import type { ConditionFacts } from './conditions/placeholder.ts';
import type { ProbeFailure } from './follow-request.ts';

export interface Judgement {
  verdict: Verdict;
  status: SampleStatus;
  reason: string;
}

/** Above `warningMs` a warning, above `criticalMs` critical: 100 ms and 200 ms for lookups, 50 and 100 for critical services. */
export function statusOfLatency(ms: number, thresholds: LatencyThresholds): SampleStatus {
  if (ms > thresholds.criticalMs) return 'critical';
  return ms > thresholds.warningMs ? 'warning' : 'healthy';
}

/** What the conditions came to; `failed` holds the text of each that does not hold, with its values. */
export interface ConditionsHeld {
  failed: string[];
}

export function checkConditions(conditions: string[], facts: ConditionFacts): ConditionsHeld {
  const outcomes = conditions.map((condition) => evaluateCondition(condition, facts));
  return { failed: outcomes.flatMap((outcome) => (outcome.success ? [] : [shorten(outcome.error ?? outcome.display)])) };
}

/** A condition on the whole body shows the whole body, and a reason has to fit into a message. */
const displayMax = 300;

function shorten(display: string): string {
  return display.length > displayMax ? `${display.slice(0, displayMax)}…` : display;
}

/** A fault of this vantage, not of the endpoint: an address without route, file descriptors or ports used up. */
const inconclusiveFailures = new Set<ProbeFailure>(['no-route', 'observer']);

export function judgeFailure(failure: { kind: ProbeFailure; reason: string }): Judgement {
  if (inconclusiveFailures.has(failure.kind)) return { verdict: 'inconclusive', status: 'warning', reason: failure.reason };
  return { verdict: 'fail', status: 'critical', reason: failure.reason };
}

/** A whole answer that came: its conditions first, then its time, then the lookup before it. */
export function judgeAnswer(request: ProbeRequest, told: string, ms: number, held: ConditionsHeld, resolution: Resolution): Judgement {
  if (held.failed.length > 0) return { verdict: 'fail', status: 'critical', reason: `${told}: ${held.failed.join('; ')}` };
  const { warningMs, criticalMs } = request.thresholds;
  const status = statusOfLatency(ms, request.thresholds);
  if (status === 'critical') return { verdict: 'fail', status, reason: `${told}: ${showMs(ms)} is above ${showMs(criticalMs)}` };
  if (status === 'warning') return { verdict: 'pass', status, reason: `${told}: ${showMs(ms)} is above ${showMs(warningMs)}` };
  const lookup = lookupTrouble(request, resolution);
  return lookup === undefined
    ? { verdict: 'pass', status, reason: told }
    : { verdict: 'pass', status: 'warning', reason: `${told}: ${lookup}` };
}

/** The address did answer, so its lookup is a warning at most; the name has an endpoint of kind dns of its own to fail. */
function lookupTrouble(request: ProbeRequest, resolution: Resolution): string | undefined {
  if (resolution.partial) return resolution.reason;
  const { warningMs } = request.lookupThresholds;
  if (resolution.ms === undefined || resolution.ms <= warningMs) return undefined;
  return `lookup took ${showMs(resolution.ms)}, above ${showMs(warningMs)}`;
}
