export type Datapoint = 'ok' | 'breaching' | 'missing';
export type MissingDataPolicy = 'missing' | 'ignore' | 'breaching' | 'notBreaching';
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA' | 'RETAIN';

export interface MOfN {
  /** N: how many of the newest points are weighed. */
  evaluationPeriods: number;
  /** M: how many of them must breach. */
  datapointsToAlarm: number;
  /** How far back points are looked for when newer ones are missing; at least N. */
  evaluationRange: number;
  treatMissingData: MissingDataPolicy;
}

export interface AlarmEvaluation {
  /** `RETAIN`: the alarm stays in the state it has. */
  state: AlarmState;
  /** How many of the N points had to be made up by the policy. */
  filledDatapoints: number;
  reason: string;
}

/**
 * M breaching points out of N, when points may be missing. `datapoints` are oldest first.
 * Source: Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data": real points come first,
 * from farther back if need be; the policy fills only what is still lacking.
 */
export function evaluateAlarm(datapoints: readonly Datapoint[], rule: MOfN): AlarmEvaluation {
  const range = datapoints.slice(-Math.max(rule.evaluationRange, rule.evaluationPeriods));
  const real = range.filter((point) => point !== 'missing').slice(-rule.evaluationPeriods);
  const filledDatapoints = rule.evaluationPeriods - real.length;
  const filledBreaching = rule.treatMissingData === 'breaching' ? filledDatapoints : 0;
  const breaching = real.filter((point) => point === 'breaching').length + filledBreaching;
  const counted = `${breaching} of ${rule.evaluationPeriods} points breach, ${filledDatapoints} of them made up as ${rule.treatMissingData}; ${rule.datapointsToAlarm} raise the alarm`;

  if (breaching >= rule.datapointsToAlarm) return { state: 'ALARM', filledDatapoints, reason: counted };
  const undecided = rule.treatMissingData === 'missing' || rule.treatMissingData === 'ignore';
  if (undecided && real.length === 0) {
    const state = rule.treatMissingData === 'missing' ? 'INSUFFICIENT_DATA' : 'RETAIN';
    return { state, filledDatapoints, reason: `no point in the last ${range.length} periods` };
  }
  if (undecided && filledDatapoints > 0 && breachedThenSilent(range, rule.datapointsToAlarm)) {
    const state = rule.treatMissingData === 'missing' ? 'ALARM' : 'RETAIN';
    return { state, filledDatapoints, reason: `breached at least ${rule.datapointsToAlarm} periods ago and nothing well since` };
  }
  return { state: 'OK', filledDatapoints, reason: counted };
}

/**
 * The guide's premature-alarm rule: the oldest breaching point is at least M periods old and everything newer breaches
 * or is missing. A well point anywhere in the range speaks against it (the guide's row `0 - X - -` with 2 of 3 is OK).
 */
function breachedThenSilent(range: readonly Datapoint[], datapointsToAlarm: number): boolean {
  if (range.includes('ok')) return false;
  const oldest = range.indexOf('breaching');
  return oldest >= 0 && range.length - oldest >= datapointsToAlarm;
}
