/**
 * Numbers as the condition language reads and shows them: 64-bit integers with Go's literal forms, because gatus conditions
 * are evaluated with Go's strconv (ParseInt with base 0, ParseFloat) and shown with fmt's %v.
 */

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
/** Of the longest literal that fits, a binary one. */
const digitsMax = 64;

// A leading 0 alone means octal, as in Go; an underscore may stand between digits and after the base prefix.
const integerLiteral = /^([+-]?)(?:(0[xX](?:_?[0-9a-fA-F])+)|(0[bB](?:_?[01])+)|(?:0[oO]?((?:_?[0-7])+))|(0|[1-9](?:_?[0-9])*))$/;
const decimalLiteral = /^[+-]?(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?$/;
const hexFloatLiteral = /^([+-]?)0[xX]_?([0-9a-fA-F_]*)\.?([0-9a-fA-F_]*)[pP]([+-]?\d+)$/;
const namedFloat = /^(?:[+-]?inf(?:inity)?|nan)$/i;

/** Reads decimal, 0x, 0b, 0o and 0-prefixed octal literals. `undefined` when it is no integer or does not fit into 64 bits. */
export function parseInt64(text: string): bigint | undefined {
  const match = integerLiteral.exec(text);
  if (!match) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const digits = (hex ?? binary ?? (octal === undefined ? decimal : `0o${octal}`) ?? '0').replaceAll('_', '');
  // A body may be a megabyte of digits, and reading those takes time that grows with their square.
  if (digits.replace(/^0[xbo]?0*/i, '').length > digitsMax) return undefined;
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits);
  return value < int64Min || value > int64Max ? undefined : value;
}

/** Reads a float and cuts its fraction off. `undefined` when it is no float. */
export function truncateFloat(text: string): bigint | undefined {
  const value = parseFloat64(text);
  if (value === undefined) return undefined;
  // A float that no int64 can hold becomes the smallest one: what the conversion does on amd64, where gatus runs.
  if (!(Math.abs(value) < 2 ** 63)) return int64Min;
  return BigInt(Math.trunc(value));
}

function parseFloat64(text: string): number | undefined {
  if (namedFloat.test(text)) return Number.POSITIVE_INFINITY;
  const hex = hexFloatLiteral.exec(text);
  if (hex) return parseHexFloat(hex);
  if (!decimalLiteral.test(text)) return undefined;
  const value = Number(text.replaceAll('_', ''));
  return Number.isFinite(value) ? value : undefined;
}

function parseHexFloat([, sign, whole = '', fraction = '', exponent = '0']: RegExpExecArray): number | undefined {
  const fractionDigits = fraction.replaceAll('_', '');
  const digits = whole.replaceAll('_', '') + fractionDigits;
  if (digits === '') return undefined;
  const value = Number(BigInt(`0x${digits}`)) * 2 ** (Number(exponent) - 4 * fractionDigits.length);
  if (!Number.isFinite(value)) return undefined;
  return sign === '-' ? -value : value;
}

/** fmt's %v of a float64: the shortest digits that read back as the same number; below 1e-4 and from 1e6 on with an exponent. */
export function formatFloat64(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return plainDecimal(mantissa, exponent);
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${size}`;
}

function plainDecimal(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace('-', '').replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const fraction = digits.slice(exponent + 1);
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}
