import { SeededRandom } from '../../world/random.ts';

export const minutesPerDay = 1440;
/** Days that a forecaster has seen before the day that counts. */
export const historyDays = 7;

export type LoadName = 'diurnal' | 'spiky' | 'growth';

/** Requests a second, minute by minute, over the history and the day that counts. `noise`: deviation of the logarithm of each minute. */
export function loadOf(name: LoadName, noise: number, seed: number): number[] {
  const random = new SeededRandom(`load/${name}/${seed}`);
  const bursts = name === 'spiky' ? burstsOf(random.fork('bursts')) : new Map<number, number>();
  return Array.from({ length: (historyDays + 1) * minutesPerDay }, (_, minute) => {
    const grown = name === 'growth' ? 1.04 ** (minute / minutesPerDay) : 1;
    const mean = shapeOf((minute % minutesPerDay) / 60) * grown * (bursts.get(minute) ?? 1);
    return noise === 0 ? mean : random.lognormal(mean, noise);
  });
}

/** Quiet nights, a steep morning, a plateau with a lunch dip, a steep evening. */
function shapeOf(hour: number): number {
  const rise = (at: number, steepness: number) => 1 / (1 + Math.exp(-steepness * (hour - at)));
  return 200 + 800 * (rise(8, 12) - rise(20, 8)) - 100 * Math.exp(-(((hour - 13) / 0.8) ** 2));
}

/** A few times a day at random the load is 1.6 to 2.2 times the usual for a quarter of an hour, up within three minutes. */
function burstsOf(random: SeededRandom): Map<number, number> {
  const factors = new Map<number, number>();
  for (let at = random.exponential(300); at < (historyDays + 1) * minutesPerDay; at += random.exponential(300)) {
    const top = random.uniform(1.6, 2.2);
    for (let minute = 0; minute < 15; minute += 1) factors.set(Math.floor(at) + minute, 1 + (top - 1) * Math.min(1, (minute + 1) / 3));
  }
  return factors;
}
