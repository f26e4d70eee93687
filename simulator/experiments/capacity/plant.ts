import { SeededRandom } from '../../world/random.ts';

export const loadPerUnit = 25;
export const unitsMin = 2;
export const unitsMax = 120;
/** Share of a unit that every controller plans with. */
export const targetUtilization = 0.7;

const lostShare = 0.4;

export interface Disturbance {
  name: string;
  /** Deviation of the logarithm of each minute's load. */
  noise: number;
  startMinutes: number;
  /** Mean minutes between losses of two units of five; null: none. */
  lossEveryMinutes: number | null;
}

export const disturbances: Disturbance[] = [
  { name: 'calm', noise: 0.03, startMinutes: 2, lossEveryMinutes: null },
  { name: 'noise 25 %', noise: 0.25, startMinutes: 2, lossEveryMinutes: null },
  { name: 'slow start', noise: 0.03, startMinutes: 6, lossEveryMinutes: null },
  { name: 'unit loss', noise: 0.03, startMinutes: 2, lossEveryMinutes: 180 },
];

/** Beside them: how the plan stands to HPA when there is more noise, and less. */
export const otherNoises: Disturbance[] = [0.15, 0.35].map((noise) => ({
  ...{ name: `noise ${100 * noise} %`, noise, startMinutes: 2, lossEveryMinutes: null },
}));

/** What a controller sees at the end of a minute. */
export interface Reading {
  minute: number;
  /** Of every minute so far, the one just over last. */
  loads: readonly number[];
  /** Asked for, and of those in service. */
  desired: number;
  ready: number;
  startMinutes: number;
}

/** Answers the units that it wants from now on. */
export type Controller = (reading: Reading) => number | Promise<number>;

export interface DayFigures {
  saturatedMinutes: number;
  unitHours: number;
  changes: number;
}

/** One day of a service behind a controller: units take a while to start, some die, and a minute with more load than ready units is saturated. */
export async function runDay(
  loads: readonly number[],
  fromMinute: number,
  disturbance: Disturbance,
  controller: Controller,
  seed: number,
): Promise<DayFigures> {
  const random = new SeededRandom(`plant/${disturbance.name}/${seed}`);
  let desired = Math.ceil((loads[fromMinute] ?? 0) / (loadPerUnit * targetUtilization));
  let ready = desired;
  /** Minute at which each unit on its way is ready. */
  let starting: number[] = [];
  const figures: DayFigures = { saturatedMinutes: 0, unitHours: 0, changes: 0 };
  for (let minute = fromMinute; minute < loads.length; minute += 1) {
    ready += starting.filter((at) => at <= minute).length;
    starting = starting.filter((at) => at > minute);
    if (disturbance.lossEveryMinutes !== null && random.chance(1 / disturbance.lossEveryMinutes)) {
      const lost = Math.floor(ready * lostShare);
      ready -= lost;
      starting.push(...Array.from({ length: lost }, () => minute + disturbance.startMinutes));
    }
    if ((loads[minute] ?? 0) > ready * loadPerUnit) figures.saturatedMinutes += 1;
    figures.unitHours += (ready + starting.length) / 60;
    const wish = await controller({ minute, loads: loads.slice(0, minute + 1), desired, ready, startMinutes: disturbance.startMinutes });
    const next = Math.min(unitsMax, Math.max(unitsMin, Math.round(wish)));
    if (next !== desired) figures.changes += 1;
    const more = next - ready - starting.length;
    if (more > 0) starting.push(...Array.from({ length: more }, () => minute + disturbance.startMinutes));
    else {
      const cancelled = Math.min(starting.length, -more);
      starting = starting.slice(0, starting.length - cancelled);
      ready -= -more - cancelled;
    }
    desired = next;
  }
  return figures;
}
