import { bannedCalls } from './banned-calls.ts';
import { beforeState } from './before-state.ts';
import { budgets } from './budgets.ts';
import type { Checker, Truth } from './checker.ts';
import { collapse } from './collapse.ts';
import { frozen } from './frozen.ts';
import { functionsStand } from './functions-stand.ts';
import { incidentsKept } from './incidents-kept.ts';
import { once } from './once.ts';
import { servingRegions } from './serving-regions.ts';
import { singleWriter } from './single-writer.ts';
import { steady } from './steady.ts';
import { verdicts } from './verdicts.ts';

export type { Checker, CheckerFactory, Truth } from './checker.ts';

const factories: ((truth: Truth) => Checker)[] = [
  ...[servingRegions, singleWriter, verdicts, beforeState, budgets, bannedCalls, steady, incidentsKept, once],
  ...[functionsStand, collapse, frozen],
];

/** Every invariant, each in a file of its own. */
export function createCheckers(truth: Truth): Checker[] {
  return factories.map((create) => create(truth));
}
