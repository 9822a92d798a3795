import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Left to itself, Vitest keeps a core for watching.
    maxWorkers: '100%',
    projects: [
      { test: { name: 'unit', include: ['test/{unit,fuzz}/**/*.test.ts'], testTimeout: 60_000 } },
      // Files of one worker share the modules that they load.
      { test: { name: 'fidelity', include: ['test/fidelity/**/*.test.ts'], testTimeout: 240_000, isolate: false } },
      {
        test: {
          name: 'browser',
          include: ['test/{browser,webview}/**/*.test.ts'],
          globalSetup: 'test/browser/setup.ts',
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
