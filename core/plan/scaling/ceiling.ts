/** What policy and account allow, whatever a calculation wants. */
export interface ScaleCeiling {
  min: number;
  max: number;
  /** Most that one change may multiply the size by. */
  maxFactor: number;
  /** Units the account allows in all; null when it is not known. */
  quota: number | null;
}

export interface Ceiled {
  replicas: number;
  /** The limit that cut the wish, or null. */
  limitedBy: 'minimum' | 'maximum' | 'factor' | 'quota' | null;
  reason: string;
}

/**
 * The last word on a size: floor first, ceilings after it, so that a ceiling wins where they contradict each other.
 * Every rule of scaling ends here.
 */
export function applyCeiling(current: number, wish: number, ceiling: ScaleCeiling): Ceiled {
  const whole = Number.isFinite(wish) ? Math.round(wish) : current;
  const raised = Math.max(whole, ceiling.min);
  const limits = [
    ['maximum', ceiling.max],
    // From nothing a factor would never let anything start.
    ['factor', current > 0 ? Math.max(Math.floor(current * ceiling.maxFactor), ceiling.min) : Infinity],
    ['quota', ceiling.quota ?? Infinity],
  ] as const;
  const [name, limit] = limits.reduce((tightest, next) => (next[1] < tightest[1] ? next : tightest));
  const replicas = Math.max(0, Math.min(raised, limit));
  const limitedBy = replicas < raised ? name : raised > whole ? 'minimum' : null;
  const reason = limitedBy === null ? `${replicas} is allowed` : `${whole} was asked for, ${limitedBy} allows ${replicas}`;
  return { replicas, limitedBy, reason };
}
