import { parentPort } from 'node:worker_threads';
import { work } from '../../src/engine/work';
import { testCatalogue } from './engine-methods';

// A worker like dist/worker.js, with methods that misbehave.
if (parentPort) work(parentPort, testCatalogue);
