import { type Datapoint, evaluateAlarm, type MOfN } from '../../../core/analyze/detect/missing-data.ts';

/**
 * Checks that Route 53 evaluates by itself, driven by explicit time: `advance(to)` catches up with every look that was due,
 * so the same code runs on a virtual clock and on a real one. Call it before anything that a check looks at is changed.
 */
export interface LeafCheck {
  readonly id: string;
  /** Status now, as the DNS servers use it. */
  healthy: boolean;
  /** Catches up to `to` (epoch ms); tells each change of status with its time, oldest first. */
  advance(to: number, changed: (at: number, healthy: boolean) => void): void;
}

/** One checker's reach: true when the request succeeded (and, for a string match, the body held the string). */
type Look = (at: number, checker: number) => boolean;

/** Route 53 names eight regions with health checkers and uses several in each; sixteen keep the 18 % rule visible. */
const checkers = 16;

/** "If more than 18 % of health checkers report that an endpoint is healthy, Route 53 considers it healthy" (Developer Guide). */
const healthyShare = 0.18;

export interface EndpointCheckOptions {
  id: string;
  /** Seconds between two looks of one checker: 10 (fast) or 30. */
  intervalSeconds: 10 | 30;
  /** Looks in a row that turn one checker's opinion. */
  failureThreshold: number;
  /** Healthy reads as unhealthy and the other way round. A new inverted check is unhealthy until its checkers have spoken. */
  inverted: boolean;
  createdAt: number;
  look: Look;
}

/** HTTP(S), TCP or HTTPS_STR_MATCH: every checker looks once per interval, out of step with the others. */
export function endpointCheck(options: EndpointCheckOptions): LeafCheck {
  const stepMs = (options.intervalSeconds * 1000) / checkers;
  const opinions = new Uint8Array(checkers).fill(1);
  const streaks = new Uint16Array(checkers);
  let wellCheckers = checkers;
  let step = 0;
  const turned = (well: boolean, checker: number): boolean => {
    const streak = well === (opinions[checker] === 1) ? 0 : (streaks[checker] ?? 0) + 1;
    const turns = streak >= options.failureThreshold;
    streaks[checker] = turns ? 0 : streak;
    if (turns) opinions[checker] = well ? 1 : 0;
    return turns;
  };
  const check: LeafCheck = {
    id: options.id,
    healthy: !options.inverted,
    advance(to, changed) {
      for (let at = options.createdAt + step * stepMs; at <= to; at = options.createdAt + step * stepMs) {
        const checker = step % checkers;
        step++;
        const well = options.look(at, checker);
        if (!turned(well, checker)) continue;
        wellCheckers += well ? 1 : -1;
        const healthy = wellCheckers > healthyShare * checkers !== options.inverted;
        if (healthy === check.healthy) continue;
        check.healthy = healthy;
        changed(at, healthy);
      }
    },
  };
  return check;
}

export interface MetricCheckOptions {
  id: string;
  periodSeconds: number;
  rule: MOfN;
  /** What a check says while its alarm has too little data. */
  insufficientData: 'LastKnownStatus' | 'Healthy' | 'Unhealthy';
  createdAt: number;
  /** The statistic of the period that began at `periodStart`, as far as data had arrived by `at`; null: none. */
  statistic: (periodStart: number, at: number) => number | null;
  breaches: (value: number) => boolean;
}

/** Seconds after a period's end at which Route 53 has read and judged it: with a period of 60 s a change shows after 30–90 s. */
const metricEvaluationDelaySeconds = 30;

/** CLOUDWATCH_METRIC: judges the alarm's data stream itself, once per period, when the period is over. */
export function metricCheck(options: MetricCheckOptions): LeafCheck {
  const periodMs = options.periodSeconds * 1000;
  const delayMs = metricEvaluationDelaySeconds * 1000;
  const firstEnd = Math.ceil(options.createdAt / periodMs) * periodMs;
  let evaluations = 0;
  const check: LeafCheck = {
    id: options.id,
    healthy: options.insufficientData !== 'Unhealthy',
    advance(to, changed) {
      for (let at = firstEnd + evaluations * periodMs + delayMs; at <= to; at += periodMs) {
        const end = firstEnd + evaluations * periodMs;
        evaluations++;
        const points: Datapoint[] = [];
        for (let back = Math.min(options.rule.evaluationRange, evaluations); back >= 1; back--) {
          const value = options.statistic(end - back * periodMs, at);
          points.push(value === null ? 'missing' : options.breaches(value) ? 'breaching' : 'ok');
        }
        const { state } = evaluateAlarm(points, options.rule);
        const healthy = healthOf(state, check.healthy, options.insufficientData);
        if (healthy === check.healthy) continue;
        check.healthy = healthy;
        changed(at, healthy);
      }
    },
  };
  return check;
}

function healthOf(state: string, before: boolean, insufficientData: MetricCheckOptions['insufficientData']): boolean {
  if (state === 'OK') return true;
  if (state === 'ALARM') return false;
  if (state === 'INSUFFICIENT_DATA' && insufficientData !== 'LastKnownStatus') return insufficientData === 'Healthy';
  return before;
}
