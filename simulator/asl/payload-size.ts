import type { Json } from './types.ts';

/** AWS's limit for the input, output or result of a state and for the variables of one Assign: 256 KiB of UTF-8. */
export const payloadBytesMax = 262_144;
/** AWS's limit for all variables of an execution. */
export const variableBytesMax = 10_485_760;

/** Is the JSON text of this value longer than `limit` bytes of UTF-8? Stops counting as soon as it is sure. */
export function exceedsBytes(value: Json, limit: number): boolean {
  return jsonBytes(value, limit) > limit;
}

/** Length in bytes of the value's JSON text without white space; may stop early, with any number above `limit`. */
export function jsonBytes(value: Json, limit: number): number {
  if (typeof value === 'string') return stringBytes(value);
  if (typeof value === 'number') return String(value).length;
  if (typeof value === 'boolean') return value ? 4 : 5;
  if (value === null) return 4;
  let bytes = 2;
  if (isArray(value)) {
    for (const item of value) {
      bytes += 1 + jsonBytes(item, limit - bytes);
      if (bytes > limit + 1) return bytes;
    }
    return value.length > 0 ? bytes - 1 : bytes;
  }
  let first = true;
  for (const key in value) {
    bytes += (first ? 0 : 1) + stringBytes(key) + 1 + jsonBytes(value[key] ?? null, limit - bytes);
    first = false;
    if (bytes > limit) return bytes;
  }
  return bytes;
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

function stringBytes(text: string): number {
  let bytes = 2;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x80) bytes += code === 0x22 || code === 0x5c ? 2 : code < 0x20 ? controlBytes(code) : 1;
    else bytes += code < 0x800 || (code >= 0xd800 && code <= 0xdfff) ? 2 : 3;
  }
  return bytes;
}

/** \b \t \n \f \r have two-character escapes, other control characters are written \u00XX. */
function controlBytes(code: number): number {
  return code === 8 || code === 9 || code === 10 || code === 12 || code === 13 ? 2 : 6;
}
