import { configOf, failing, here, holder, leadSeconds } from './stage-set.ts';
import type { TrialCase } from './trial-case.ts';

const restartOneUnit = { action: 'restart' as const, args: { units: 1 } };

/** One restart, then a person: the sabotaged run is undone, and the incident goes to people. */
const playbooks = [
  {
    name: 'crash-loop',
    alert: 'crash-loop' as const,
    levels: [
      { name: 'soft' as const, attempts: 1, actions: [restartOneUnit] },
      { name: 'emergency' as const, actions: [{ action: 'page' as const }] },
    ],
  },
];

export const respondCases: readonly TrialCase[] = [
  {
    name: 'respond',
    machine: 'respond',
    alert: 'crash-loop',
    config: configOf({}, 'object', { playbooks }),
    holder,
    target: here,
    avoid: [],
    steps: [],
    leadSeconds,
    prepare: () => {},
    sabotage: { after: 'stage-1', fault: failing(holder) },
  },
];
