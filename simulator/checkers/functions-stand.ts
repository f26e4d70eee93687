import type { Checker } from './checker.ts';

/** Expected failures are values: a function that throws has met something that it does not know how to answer. */
export function functionsStand(): Checker {
  const violations: Checker['violations'] = [];
  return {
    name: 'functions-stand',
    violations,
    onEntry({ kind, at, region, reason }) {
      if (kind === 'FunctionFailed') violations.push({ at, reason: `a function of ${region} threw: ${reason}` });
    },
  };
}
