import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { Workbench } from './workbench';

/**
 * The workbench of a suite: opened before its tests and closed after them, with a screenshot of every failure.
 * @returns gives the workbench, within a test
 */
export function useWorkbench(suite: string, prepare?: (workspace: string) => void): () => Workbench {
  let workbench: Workbench | undefined;
  const get = () => {
    if (workbench === undefined) throw new Error('The workbench did not open.');
    return workbench;
  };
  beforeAll(async () => {
    workbench = await Workbench.open(suite, inject('extensions'), prepare);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await workbench?.screenshot(`failed: ${task.name}`);
  });
  afterAll(() => workbench?.close());
  return get;
}
