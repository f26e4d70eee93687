import { defineConfig } from 'vitest/config';

/** Whole worlds on the real clock. */
const live = ['test/simulator/live/cold-standby.test.ts', 'test/simulator/live/fleet.test.ts', 'test/dashboard/browser.test.ts'];

export default defineConfig({
  test: {
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
          include: ['test/lib/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      // The live world keeps real time: it gets the machine for itself.
      { test: { name: 'live', include: live, hookTimeout: 120_000, fileParallelism: false, sequence: { groupOrder: 2 } } },
    ],
    coverage: { provider: 'v8', include: ['core/**', 'simulator/**', 'adapters/memory/**', 'adapters/node/**'] },
  },
});
