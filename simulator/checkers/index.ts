import type { Checker, Truth } from './checker.ts';

export type { Checker, CheckerFactory, Truth } from './checker.ts';

/** Every invariant, each in a file of its own. */
export function createCheckers(_truth: Truth): Checker[] {
  return [];
}
