import { setFlagsFromString } from 'node:v8';

/** Closed: nothing arrives. */
const { port1: nowhere } = new MessageChannel();
nowhere.close();

/** Bytes below which it is not worth the trouble. */
const LARGE = 1 << 16;

/**
 * Gives back at once the memory of large arrays that nobody reads any more, them or what else lies in their buffers; they are
 * empty from then on. Otherwise the garbage collector, which counts it, runs for every few of them, and each array that is
 * taken meanwhile is of pages that the system fills with zeros: a millisecond or two for each 8 MB.
 */
export function free(...arrays: readonly ArrayBufferView[]): void {
  const buffers = new Set<ArrayBuffer>();
  for (const { buffer } of arrays) if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE) buffers.add(buffer);
  // What is sent to a closed port is gone.
  if (buffers.size > 0) nowhere.postMessage(null, [...buffers]);
}

/**
 * Lets the collectors of this process, which computes, wait until what they count is five times what was in use. Their usual limit
 * lies 16 MB above that, and large arrays count: they would run at nearly every one, a third of the time of a decomposition.
 */
export function collectLess(): void {
  setFlagsFromString('--heap-growing-percent=400');
}
