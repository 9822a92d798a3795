import { defineConfig } from 'vitest/config';

/** They put modules of their own in the place of others, which files that share their modules must not see. */
const mocking = ['test/unit/host-raw.test.ts', 'test/unit/models-memory.test.ts'];

export default defineConfig({
  test: {
    // Left to itself, Vitest keeps a core for watching.
    maxWorkers: '100%',
    projects: [
      // Files of one worker share the modules that they load, once compiled and warm: two thirds of the time.
      {
        test: {
          name: 'unit',
          include: ['test/{unit,fuzz}/**/*.test.ts'],
          exclude: mocking,
          testTimeout: 60_000,
          isolate: false,
        },
      },
      { test: { name: 'unit-mocking', include: mocking, testTimeout: 60_000 } },
      { test: { name: 'fidelity', include: ['test/fidelity/**/*.test.ts'], testTimeout: 240_000, isolate: false } },
      {
        test: {
          name: 'browser',
          include: ['test/{browser,webview}/**/*.test.ts'],
          globalSetup: 'test/browser/setup.ts',
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
