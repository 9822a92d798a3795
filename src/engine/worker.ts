import { parentPort } from 'node:worker_threads';
import { collectLess } from '../linalg/memory';
import { catalogue } from '../methods/catalogue';
import { work } from './work';

// The entry of dist/worker.js: the one thread that computes.
if (parentPort) {
  collectLess();
  work(parentPort, catalogue);
}
