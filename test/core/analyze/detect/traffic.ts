import { seededRandom } from '../../../../core/analyze/detect/random.ts';

export const MINUTE = 60_000;
export const DAY = 1440 * MINUTE;
/** A Monday. */
export const START = 1_767_571_200_000;

/** Log-normal latencies with lag-1 correlation around 50 ms, one a minute, with a daily swing and rare spikes. */
export function latencies(count: number, seed = 1): number[] {
  const random = seededRandom(seed);
  let noise = 0;
  return Array.from({ length: count }, (_, i) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    noise = 0.6 * noise + 0.8 * normal;
    return 50 * (1 + 0.2 * Math.sin((2 * Math.PI * i) / 1440)) * Math.exp(0.2 * noise) * (random() < 0.003 ? 5 : 1);
  });
}
