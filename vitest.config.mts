import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Left to itself, Vitest keeps a core for watching.
    maxWorkers: '100%',
    projects: [
      { test: { name: 'unit', include: ['test/{unit,fuzz}/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'fidelity', include: ['test/fidelity/**/*.test.ts'], testTimeout: 240_000 } },
      // Pages without a workbench around them.
      { test: { name: 'page', include: ['test/webview/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 180_000 } },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: 'test/browser/setup.ts',
          // One workbench at a time: two of them on two cores starve each other.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
