import { expect, it } from 'vitest';
import { showFigures } from '../../bin/figures.ts';

it('figures stand one a line with their path, and rows that are alike in a table', () => {
  const figures = {
    idle: { cpuMs: 1.5 },
    points: [
      { endpoints: 10, name: 'a', samples: 60_000 },
      { endpoints: 10_000, name: 'longer', samples: 7 },
    ],
    mixed: [1, { deep: [2] }],
    none: [],
  };
  expect(showFigures(figures)).toBe(
    [
      'idle.cpuMs: 1.5',
      'points',
      '  endpoints  name    samples',
      '         10  a         60000',
      '      10000  longer        7',
      'mixed.0: 1',
      'mixed.1.deep.0: 2',
      '',
    ].join('\n'),
  );
});
