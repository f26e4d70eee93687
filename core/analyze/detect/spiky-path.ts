/**
 * The likeliest story of a series that is autoregressive noise with lone spikes on top (Viterbi over two cases: the last
 * sample was noise, or it was a spike and says nothing of the noise). Values are in standard deviations, support in nats.
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
  /** Lag-1 correlation, below 1. */
  correlation: number;
  /** Nats that a spike costs against the likeliest value. */
  spikeCost: number;
}

const IMPOSSIBLE = -1e9;

export const quietPath = (): Path => ({ normal: 0, level: 0, spiked: IMPOSSIBLE, hidden: 0 });

export const support = (path: Path): number => (path.normal > path.spiked ? path.normal : path.spiked);

export function advance(path: Path, value: number, { correlation, spikeCost }: Noise): Path {
  const innovation = 1 - correlation * correlation;
  const wider = 1 + correlation * correlation;
  const fromNormal = path.normal - (value - correlation * path.level) ** 2 / (2 * innovation);
  const fromSpike = path.spiked - (value - correlation * path.hidden) ** 2 / (2 * innovation * wider) - Math.log(wider) / 2;
  const normalIsLikelier = path.normal > path.spiked;
  return {
    normal: fromNormal > fromSpike ? fromNormal : fromSpike,
    level: value,
    spiked: (normalIsLikelier ? path.normal : path.spiked) - spikeCost,
    hidden: correlation * (normalIsLikelier ? path.level : path.hidden),
  };
}

/** The same story with so much less support. */
export function lessSupported(path: Path, nats: number): Path {
  path.normal -= nats;
  path.spiked -= nats;
  return path;
}
