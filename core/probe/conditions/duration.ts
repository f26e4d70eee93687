/** Durations as Go's time.ParseDuration reads them (`300ms`, `1.5h`, `2h45m`) and as gatus shows them. */

const nanosecondsPerUnit: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const nanosecondsMax = 2n ** 63n - 1n;
const termPattern = /(\d*)(?:\.(\d*))?([^\d.]+)/y;

/** Nanoseconds, or `undefined` when the text is no duration. A lone `0` is one; any other number needs a unit. */
export function parseDuration(text: string): bigint | undefined {
  const sign = text.startsWith('-') ? -1n : 1n;
  const terms = text.replace(/^[+-]/, '');
  if (terms === '0') return 0n;
  if (terms === '') return undefined;
  let total = 0n;
  termPattern.lastIndex = 0;
  while (termPattern.lastIndex < terms.length) {
    const term = parseTerm(termPattern.exec(terms));
    if (term === undefined) return undefined;
    total += term;
  }
  const range = sign === 1n ? nanosecondsMax : nanosecondsMax + 1n;
  return total > range ? undefined : sign * total;
}

function parseTerm(match: RegExpExecArray | null): bigint | undefined {
  if (!match) return undefined;
  const [, whole = '', fraction = '', unitName = ''] = match;
  const unit = nanosecondsPerUnit[unitName];
  if (unit === undefined || whole + fraction === '') return undefined;
  const fractionPart = fraction === '' ? 0n : (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
  return BigInt(whole === '' ? 0 : whole) * unit + fractionPart;
}

/** Whole milliseconds, cut towards zero. */
export function durationMilliseconds(nanoseconds: bigint): bigint {
  return nanoseconds / 1_000_000n;
}

/** `336h`, `1h30m`, `15s`: whole seconds, without parts that are zero at the end. */
export function formatMilliseconds(milliseconds: bigint): string {
  const seconds = milliseconds / 1000n;
  if (seconds === 0n) return '0s';
  const sign = seconds < 0n ? '-' : '';
  const size = seconds < 0n ? -seconds : seconds;
  const [h, m, s] = [size / 3600n, (size / 60n) % 60n, size % 60n];
  const hours = h > 0n ? `${h}h` : '';
  // gatus cuts the text "0s" and then "0m" off the end, which turns 10s into 1 and 20m into 2; the numbers are kept whole here.
  const minutes = m > 0n || (h > 0n && s > 0n) ? `${m}m` : '';
  return sign + hours + minutes + (s > 0n ? `${s}s` : '');
}
