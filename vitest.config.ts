import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/lib/**', 'test/emulator/**'] } },
      { test: { name: 'infra', include: ['test/lib/**/*.test.ts'], testTimeout: 120_000 } },
    ],
    coverage: { provider: 'v8', include: ['core/**', 'simulator/**', 'adapters/memory/**', 'adapters/node/**'] },
  },
});
