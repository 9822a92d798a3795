import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { Workbench } from './workbench';

let opened: Workbench | undefined;
/** What the suites put into the workspace. */
const preparations: ((workspace: string) => void)[] = [];

/** Opens the window that the suites of this file share, with the files of all of them, and closes it after them. */
export function openWorkbench(): void {
  beforeAll(async () => {
    opened = await Workbench.open(inject('extensions'), (workspace) => {
      for (const prepare of preparations) prepare(workspace);
    });
  });
  afterAll(() => opened?.close());
}

/**
 * The workbench of a suite: nothing is open in it, and every failure leaves a screenshot.
 * @returns gives the workbench, within a test
 */
export function useWorkbench(suite: string, prepare: (workspace: string) => void = () => {}): () => Workbench {
  preparations.push(prepare);
  beforeAll(() => opened?.begin(suite));
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await opened?.screenshot(`failed: ${task.name}`);
  });
  return () => {
    if (opened === undefined) throw new Error('The workbench did not open.');
    return opened;
  };
}
