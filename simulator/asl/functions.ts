import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Json } from './types.ts';

/** What AWS adds to JSONata, as far as it needs neither randomness nor ids: `$partition`, `$range`, `$hash`, `$parse`. */

const digests: Record<string, (data: Uint8Array) => Uint8Array> = {
  MD5: md5,
  'SHA-1': sha1,
  'SHA-256': sha256,
  'SHA-384': sha384,
  'SHA-512': sha512,
};

/** AWS gives at most this many numbers from one `$range`. */
const rangeLengthMax = 1000;

/** `$partition([1,2,3], 2)` → [[1,2],[3]]. A size with a fraction is rounded down. */
export function partition(array: unknown, size: unknown): unknown[] | undefined {
  if (array === undefined) return undefined;
  if (typeof size !== 'number' || Math.floor(size) < 1) throw new Error(`$partition: the size must be a positive number, but was ${size}`);
  const items: readonly unknown[] = Array.isArray(array) ? array : [array];
  const step = Math.floor(size);
  const parts: unknown[] = [];
  for (let start = 0; start < items.length; start += step) parts.push(items.slice(start, start + step));
  return parts;
}

/** `$range(0, 9, 3)` → [0,3,6,9], the end included. A JSONata sequence: one number alone is that number, as AWS has it. */
export function range(start: unknown, end: unknown, step: unknown): unknown[] | undefined {
  if (start === undefined || end === undefined || step === undefined) return undefined;
  if (typeof start !== 'number' || typeof end !== 'number' || typeof step !== 'number') {
    throw new Error(`$range: start, end and step must be numbers, but were ${start}, ${end}, ${step}`);
  }
  if (step === 0) throw new Error('$range: the step must not be 0');
  const count = Math.max(0, Math.floor((end - start) / step) + 1);
  if (count > rangeLengthMax) throw new Error(`$range: ${count} numbers, at most ${rangeLengthMax} are allowed`);
  return Object.assign(
    Array.from({ length: count }, (_, index) => start + index * step),
    { sequence: true },
  );
}

/** Lower-case hexadecimal digest of the text's UTF-8, or of the JSON text of anything else. */
export function hash(data: unknown, algorithm: unknown): string | undefined {
  if (data === undefined) return undefined;
  const digest = digests[String(algorithm)];
  if (!digest) throw new Error(`$hash: the algorithm must be one of ${Object.keys(digests).join(', ')}, but was ${algorithm}`);
  return bytesToHex(digest(utf8ToBytes(typeof data === 'string' ? data : JSON.stringify(data))));
}

/** The value of a JSON text. */
export function parse(text: unknown): Json | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw new Error(`$parse: the argument must be a string, but was ${typeof text}`);
  return JSON.parse(text);
}

/**
 * First number of a generator with a seed: the 48-bit linear congruence of java.util.Random.nextDouble, since AWS publishes none of its
 * own and its JSONata runs on Java. The same seed gives the same number, as documented.
 */
export function seededRandom(seed: number): number {
  const mask = (1n << 48n) - 1n;
  let state = (BigInt(Math.trunc(seed)) ^ 0x5deece66dn) & mask;
  const bits = (count: bigint) => {
    state = (state * 0x5deece66dn + 0xbn) & mask;
    return state >> (48n - count);
  };
  const high = bits(26n);
  return Number((high << 27n) + bits(27n)) / 2 ** 53;
}
