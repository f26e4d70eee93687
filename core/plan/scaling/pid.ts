export interface PidConfig {
  /** Replicas per unit of error. */
  proportional: number;
  /** Replicas per unit of error and second. */
  integral: number;
  /** Replicas per unit of change of the measurement a second. */
  derivative: number;
  setpoint: number;
  /** What the output is cut to; it is also where the integral stops growing. */
  outputMin: number;
  outputMax: number;
  /** Time constant of the filter on the derivative; 0 switches the filter off. */
  filterSeconds: number;
}

/** Plain data; starts as `{ integral, measurement: null, slope: 0 }` with the present replicas as the integral. */
export interface PidState {
  /** What the integral part adds to the output, replicas. */
  integral: number;
  /** The last measurement; null before the first. */
  measurement: number | null;
  /** Filtered change of the measurement a second. */
  slope: number;
}

export interface PidStep {
  /** Replicas wanted, not rounded. */
  output: number;
  saturated: boolean;
  state: PidState;
}

/** Larger than this is no measurement; differences of such numbers would not stay finite. */
const measurementMax = 1e100;

/**
 * One step of a PID controller for a measurement that falls when capacity grows (utilisation, queue time): the error
 * is measurement − setpoint. The derivative looks at the measurement, so that a new setpoint gives no kick, and is
 * filtered. Anti-windup by conditional integration (Åström and Hägglund, 2006, 3.5): the integral does not move further
 * into a limit that already cuts the output.
 * @param measurement NaN, or a size that nothing measures, is a missing one: nothing changes and the output is what the integral holds
 * @param seconds since the last step; 0 or less (a clock that stepped back) integrates nothing
 */
export function pidStep(config: PidConfig, state: PidState, measurement: number, seconds: number): PidStep {
  const cut = (value: number) => Math.min(config.outputMax, Math.max(config.outputMin, value));
  if (!(Math.abs(measurement) <= measurementMax)) return { output: cut(state.integral), saturated: false, state };
  const elapsed = Math.max(0, seconds);
  const error = measurement - config.setpoint;
  const slope = filteredSlope(config, state, measurement, elapsed);
  const outputFor = (integral: number) => config.proportional * error + integral + config.derivative * slope;
  const integrated = state.integral + config.integral * error * elapsed;
  const raw = outputFor(integrated);
  const deeper = (raw > config.outputMax && error > 0) || (raw < config.outputMin && error < 0);
  const integral = deeper ? state.integral : integrated;
  const output = outputFor(integral);
  return { output: cut(output), saturated: cut(output) !== output, state: { integral: cut(integral), measurement, slope } };
}

function filteredSlope(config: PidConfig, state: PidState, measurement: number, elapsed: number): number {
  if (state.measurement === null || elapsed === 0) return state.slope;
  const slope = (measurement - state.measurement) / elapsed;
  return state.slope + (elapsed / (elapsed + config.filterSeconds)) * (slope - state.slope);
}
