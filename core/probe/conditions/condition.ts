import { durationMilliseconds, formatMilliseconds, parseDuration } from './duration.ts';
import { parseInt64, truncateFloat } from './number.ts';
import { matchesPattern } from './pattern.ts';
import { type ConditionContext, type ConditionFacts, invalidSuffix, resolvePlaceholder } from './placeholder.ts';
import { byteLength, trimSpace } from './text.ts';

/**
 * gatus's condition language (TwiN/gatus, config/endpoint: condition and placeholder): `[STATUS] == 200`,
 * `[RESPONSE_TIME] < 150`, `len([BODY].items) > 0`, `[IP] == pat(10.*)`, `[STATUS] == any(200, 204)`.
 */

export interface ConditionOutcome {
  success: boolean;
  /** The condition, with the values in parentheses where it did not hold: `[STATUS] (500) == 200`. */
  display: string;
  /** Set when the text is no condition at all. */
  error?: string;
}

export interface ConditionOptions {
  context?: ConditionContext | null;
  /** Show a condition that failed as it was written. */
  hideFailedValues?: boolean;
  /** Show the values of a condition that held, too. */
  showPassedValues?: boolean;
}

/** In gatus's order: the first one found in the text decides, with a space on each side. */
const operators = ['==', '!=', '<=', '>=', '>', '<'] as const;
type Operator = (typeof operators)[number];

/** The display of a value that is compared with a pattern is cut after this many characters. */
const patternDisplayMax = 25;

export function evaluateCondition(condition: string, facts: ConditionFacts, options: ConditionOptions = {}): ConditionOutcome {
  const operator = operators.find((candidate) => condition.includes(` ${candidate} `));
  if (!operator) return { success: false, display: condition, error: `invalid condition: ${condition}` };
  const [left = '', right = ''] = condition.split(` ${operator} `).map(trimSpace);
  const context = options.context ?? null;
  const written: Sides = [left, right];
  const resolved: Sides = [resolvePlaceholder(left, facts, context), resolvePlaceholder(right, facts, context)];
  const { success, shown } =
    operator === '==' || operator === '!=' ? compareTexts(operator, resolved) : compareNumbers(operator, written, resolved);
  const showValues = success ? options.showPassedValues === true : options.hideFailedValues !== true;
  return { success, display: showValues ? displayWithValues(written, shown, operator) : condition };
}

/** The error of a text that is no condition, else null. */
export function validateCondition(condition: string): string | null {
  return evaluateCondition(condition, {}).error ?? null;
}

type Sides = [left: string, right: string];

interface Comparison {
  success: boolean;
  shown: Sides;
}

function compareTexts(operator: '==' | '!=', sides: Sides): Comparison {
  return { success: isEqual(...sides) === (operator === '=='), shown: sides };
}

function compareNumbers(operator: Exclude<Operator, '==' | '!='>, written: Sides, resolved: Sides): Comparison {
  const left = readNumber(resolved[0]);
  const right = readNumber(resolved[1]);
  const success = { '<=': left <= right, '>=': left >= right, '>': left > right, '<': left < right }[operator];
  return { success, shown: [showNumber(written[0], left), showNumber(written[1], right)] };
}

/** Durations become milliseconds, fractions are cut off, what cannot be read is 0. */
function readNumber(text: string): bigint {
  const nanoseconds = parseDuration(text);
  if (nanoseconds) return durationMilliseconds(nanoseconds);
  return parseInt64(text) ?? truncateFloat(text) ?? 0n;
}

function showNumber(written: string, value: bigint): string {
  const isDuration = written === '[CERTIFICATE_EXPIRATION]' || written === '[DOMAIN_EXPIRATION]' || parseDuration(written) !== undefined;
  return isDuration ? formatMilliseconds(value) : String(value);
}

/** Equal as 64-bit integers where both sides are some, else as text; `pat(...)` and `any(...)` may stand on one side. */
function isEqual(left: string, right: string): boolean {
  const first = { left: argumentOf('pat', left), right: argumentOf('pat', right) };
  if (first.left !== undefined && first.right === undefined) return matchesPattern(first.left, right);
  if (first.right !== undefined && first.left === undefined) return matchesPattern(first.right, left);
  // With a pattern on both sides the two patterns are compared as texts.
  const sides: Sides = [first.left ?? left, first.right ?? right];
  const options = { left: argumentOf('any', sides[0]), right: argumentOf('any', sides[1]) };
  if (options.left !== undefined && options.right === undefined) return isAnyOf(options.left, sides[1]);
  if (options.right !== undefined && options.left === undefined) return isAnyOf(options.right, sides[0]);
  return sameIntegerOrText(options.left ?? sides[0], options.right ?? sides[1]);
}

function argumentOf(name: string, text: string): string | undefined {
  return text.startsWith(`${name}(`) && text.endsWith(')') ? text.slice(name.length + 1, -1) : undefined;
}

function isAnyOf(list: string, value: string): boolean {
  return list.split(',').some((option) => trimSpace(option) === value);
}

function sameIntegerOrText(left: string, right: string): boolean {
  const [a, b] = [parseInt64(left), parseInt64(right)];
  return a !== undefined && b !== undefined ? a === b : left === right;
}

function displayWithValues(written: Sides, values: Sides, operator: Operator): string {
  const left = displaySide(written[0], shorten(values[0], written[1]));
  const right = displaySide(written[1], shorten(values[1], written[0]));
  return `${left} ${operator} ${right}`;
}

function shorten(value: string, other: string): string {
  if (argumentOf('pat', other) === undefined || byteLength(value) <= patternDisplayMax) return value;
  return `${[...value].slice(0, patternDisplayMax).join('')}...(truncated)`;
}

function displaySide(written: string, value: string): string {
  if (value === `${written} ${invalidSuffix}`) return value;
  return value === written ? written : `${written} (${value})`;
}
