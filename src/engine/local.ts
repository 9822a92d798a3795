import { totalmem } from 'node:os';
import { join } from 'node:path';
import { catalogue } from '../methods/catalogue';
import type { EngineSettings } from '../protocol/engine';
import { Engine } from './engine';
import { Jobs } from './jobs';

/** Working memory unless it is set: inputs that exceed it are read in blocks where a method can. */
const MEMORY = 2 ** 30;

/** 1 GiB, or half of a smaller machine's memory, or of what the process may have of it; all cores; no cache. */
export function defaultSettings(): EngineSettings {
  const bound = process.constrainedMemory();
  const memory = bound > 0 ? Math.min(bound, totalmem()) : totalmem();
  return { memory: Math.min(MEMORY, Math.floor(memory / 2)), threads: 0, cache: null };
}

/** The engine in this process, with every method; dist/worker.js lies beside the file that runs. */
export function localEngine(settings: EngineSettings, onBroken: (why: 'stuck' | 'crashed') => void): Engine {
  const jobs = new Jobs(join(__dirname, 'worker.js'), onBroken);
  return new Engine(jobs, catalogue, settings, process.cwd());
}
