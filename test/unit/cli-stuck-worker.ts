import { writeFileSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { work } from '../../src/engine/work';
import { testMethod } from './engine-methods';

// Methods of the catalogue's names that leave a file with their process when they have begun, and then take their time.
const begun = () => writeFileSync('begun', String(process.pid));
const obedient = testMethod({
  id: 'linear-cka',
  run: async (_inputs, _parameters, { signal }) => {
    begun();
    for (;;) signal.throwIfAborted();
  },
});
const deaf = testMethod({
  id: 'procrustes',
  run: () => {
    begun();
    // As native code does: nothing can reach this thread.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    return new Promise<never>(() => {});
  },
});
const crash = testMethod({
  id: 'rsa',
  run: () => {
    setImmediate(() => {
      throw new Error('out of luck');
    });
    return new Promise<never>(() => {});
  },
});
if (parentPort) work(parentPort, [obedient, deaf, crash]);
