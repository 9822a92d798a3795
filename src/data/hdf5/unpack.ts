import { inflateSync } from 'node:zlib';

/**
 * What deflate has packed, by Node.js.
 * @param wanted bytes that it should be, with some that other filters have added.
 * @returns null where it is damaged or much more: the library is to say.
 */
export function inflate(packed: Uint8Array, wanted: number): Uint8Array | null {
  const most = wanted + 64;
  try {
    // In one piece: were that full, another would be begun.
    return inflateSync(packed, { chunkSize: most + 1, maxOutputLength: most });
  } catch {
    return null;
  }
}
