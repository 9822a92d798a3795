import { describe } from 'vitest';
import { openWorkbench } from './harness';

// One after the other in one window: to start another takes longer than most tests.
openWorkbench();
for (const suite of ['space', 'layers', 'pairs', 'representation', 'workbenches'])
  describe(suite, () => import(`./window/${suite}.ts`));
