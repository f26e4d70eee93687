import { availableParallelism } from 'node:os';
import { relative } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Whole worlds on the real clock. */
const live = ['test/simulator/live/cold-standby.test.ts', 'test/simulator/live/fleet.test.ts', 'test/dashboard/browser.test.ts'];

/** What takes longest begins first, so that no core waits for it in the end; a fresh clone has no timings to sort by. */
const longest = [
  'test/simulator/live/cold-standby.test.ts',
  'test/simulator/scenarios.test.ts',
  'test/simulator/determinism.test.ts',
  'test/state-machines/trials.test.ts',
  'test/simulator/modes.test.ts',
  'test/lib/package.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = longest.indexOf(relative(import.meta.dirname, moduleId));
      return place < 0 ? longest.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // vitest leaves one core to itself otherwise: half of a small machine.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          // The tests share nothing that can change, so files share their workers and load each module once.
          isolate: false,
          testTimeout: 60_000,
          setupFiles: ['test/properties-seed.ts'],
          include: ['test/**/*.test.ts'],
          exclude: ['test/lib/**', 'test/emulator/**', ...live],
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'infra',
          isolate: false,
          include: ['test/lib/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      // The live worlds keep real time: they get the machine for themselves, and mostly wait.
      { test: { name: 'live', include: live, hookTimeout: 120_000, sequence: { groupOrder: 2 } } },
    ],
    coverage: { provider: 'v8', include: ['core/**', 'simulator/**', 'adapters/memory/**', 'adapters/node/**'] },
  },
});
