import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** They put modules of their own in the place of others, which files that share their modules must not see. */
const mocking = ['host-gallery', 'host-raw', 'host-settings', 'host-trees', 'models-memory'].map(
  (name) => `test/unit/${name}.test.ts`,
);

/** Short files that take long, for a checkout that has run nothing yet: Vitest would begin them last, and one worker wait. */
const slow = [
  ...['unit/cli-study', 'unit/cli-models', 'fuzz/readers', 'unit/models-service', 'unit/data-table-fuzz'],
  ...['fidelity/cli', 'fidelity/stitching', 'fidelity/stream'],
  ...['browser/window', 'webview/page', 'browser/demo'],
].map((name) => `/test/${name}.test.ts`);

/** What a test and its preparation may take on a busy machine: some build a bundle first. */
const patient = { testTimeout: 60_000, hookTimeout: 60_000 };

class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => {
      const found = slow.findIndex((name) => moduleId.endsWith(name));
      return found < 0 ? slow.length : found;
    };
    // Those of one project stay together.
    return [...new Set(sorted.map(({ project }) => project))].flatMap((project) =>
      sorted.filter((file) => file.project === project).sort((a, b) => place(a) - place(b)),
    );
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    // Left to itself, Vitest keeps a core for watching.
    maxWorkers: '100%',
    projects: [
      // Files of one worker share the modules that they load, once compiled and warm: two thirds of the time.
      {
        test: {
          name: 'unit',
          include: ['test/{unit,fuzz}/**/*.test.ts'],
          exclude: mocking,
          ...patient,
          isolate: false,
        },
      },
      { test: { name: 'unit-mocking', include: mocking, ...patient } },
      {
        test: {
          name: 'fidelity',
          include: ['test/fidelity/**/*.test.ts'],
          ...patient,
          testTimeout: 240_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/{browser,webview}/**/*.test.ts'],
          globalSetup: 'test/browser/setup.ts',
          isolate: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // A picture takes a while on a busy machine.
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
