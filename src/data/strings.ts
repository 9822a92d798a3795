import { UserError } from '../protocol/errors';
import { count, size } from '../protocol/words';
import type { Layout } from './array';
import type { ReadOptions } from './tensor';

/**
 * Reads an array of NumPy's fixed-width strings, `<U5` (UCS-4) or `|S3` (bytes, taken as UTF-8), without the zeros that
 * pad them.
 * @throws UserError, beginning with `what`, when they exceed the limit or are no valid text.
 */
export async function readStrings(
  { source, offset, shape, dtype, bigEndian }: Layout,
  { limit, signal }: Pick<ReadOptions, 'limit' | 'signal'>,
  what: string,
): Promise<string[]> {
  const total = shape.reduce((product, length) => product * length, 1);
  const width = dtype.itemsize;
  // A string in memory takes its characters and some 32 bytes more.
  const bytes = total * (width + 32);
  if (bytes > limit)
    throw new UserError(
      `${what} needs about ${size(bytes)} of memory; the bound is ${size(limit)}. Raise the memory bound.`,
    );
  const out: string[] = [];
  const perBlock = Math.max(1, Math.floor((1 << 20) / Math.max(1, width)));
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  for (let at = 0; at < total; at += perBlock) {
    signal?.throwIfAborted();
    const block = Buffer.alloc(Math.min(perBlock, total - at) * width);
    await source.read(block, offset + at * width, signal);
    if (bigEndian && dtype.text === 'unicode') block.swap32();
    const rows = Math.min(perBlock, total - at);
    for (let i = 0; i < rows; i++) {
      try {
        const item = unpadded(block.subarray(i * width, (i + 1) * width));
        out.push(dtype.text === 'unicode' ? fromUcs4(item) : utf8.decode(item));
      } catch {
        throw new UserError(
          `${what}: row ${count(at + i)} is no valid text. Save it again as UTF-8 or with dtype=str.`,
        );
      }
    }
  }
  return out;
}

function unpadded(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

/** The zeros at the end of the last character may be missing. */
function fromUcs4(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 4)
    text += String.fromCodePoint(bytes.readUIntLE(at, Math.min(4, bytes.length - at)));
  return text;
}
