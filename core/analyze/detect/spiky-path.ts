/**
 * The likeliest story of a series that is autoregressive noise with lone spikes on top (Viterbi over two cases: the last
 * sample was noise, or it was a spike and says nothing). Values are in standard deviations, support in nats.
 */
export interface Path {
  /** Support for "the last sample was noise", and that sample. */
  normal: number;
  level: number;
  /** Support for "the last sample was a spike", and what the noise is expected to have been under it. */
  spiked: number;
  hidden: number;
}

export interface Noise {
  /** Lag-1 correlation. */
  correlation: number;
  /** Of the innovation: 1 - correlation^2. */
  variance: number;
  /** Nats that a spike costs. */
  spikeCost: number;
}

export const quietPath = (): Path => ({ normal: 0, level: 0, spiked: -1e9, hidden: 0 });

export const support = (path: Path): number => (path.normal > path.spiked ? path.normal : path.spiked);

export function advance(path: Path, value: number, { correlation, variance, spikeCost }: Noise): Path {
  const seen = value - correlation * path.level;
  const unseen = value - correlation * path.hidden;
  const wider = 1 + correlation * correlation;
  const fromNormal = path.normal - (seen * seen) / (2 * variance);
  const fromSpike = path.spiked - (unseen * unseen) / (2 * variance * wider) - Math.log(wider) / 2;
  const likelier = path.normal > path.spiked;
  return {
    normal: fromNormal > fromSpike ? fromNormal : fromSpike,
    level: value,
    spiked: (likelier ? path.normal : path.spiked) - spikeCost,
    hidden: correlation * (likelier ? path.level : path.hidden),
  };
}
