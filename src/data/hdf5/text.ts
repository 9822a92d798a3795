import { UserError } from '../../protocol/errors';
import { count, size } from '../../protocol/words';
import type { ReadOptions } from '../tensor';
import type { Hdf5Client } from './client';
import type { Entry } from './messages';

const together = 4096;

/**
 * Reads a vector of strings, of fixed or variable length, as UTF-8 and without their padding.
 * @throws UserError, beginning with `what`, when they exceed the limit or are no valid text.
 */
export async function readTexts(
  client: Hdf5Client,
  entry: Entry,
  { limit, signal }: Pick<ReadOptions, 'limit' | 'signal'>,
  what: string,
): Promise<string[]> {
  const { shape, type, name } = entry;
  if (type.kind !== 'text') throw new UserError(`${what} holds no text.`);
  const axis = Math.max(
    0,
    shape.findIndex((length) => length !== 1),
  );
  const total = shape[axis] ?? 1;
  // A string in memory takes its characters and some 32 bytes more.
  const least = total * (32 + (type.bytes ?? 0));
  if (least > limit)
    throw new UserError(`${what} needs ${size(least)} of memory; the bound is ${size(limit)}. Raise the memory bound.`);
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const out: string[] = [];
  let left = limit - least;
  for (let at = 0; at < total; at += together) {
    const start = shape.map((_, i) => (i === axis ? at : 0));
    const rows = Math.min(together, total - at);
    const counts = shape.map((_, i) => (i === axis ? rows : 1));
    if (type.bytes === null) {
      const request = { kind: 'texts' as const, name, start, count: counts, bytes: left };
      const texts = await client.ask(request, what, signal);
      for (const text of texts) {
        left -= 2 * text.length;
        out.push(text);
      }
      continue;
    }
    const block = Buffer.from(await client.ask({ kind: 'values', name, start, count: counts }, what, signal));
    for (let i = 0; i < rows; i++) {
      const bytes = block.subarray(i * type.bytes, (i + 1) * type.bytes);
      try {
        out.push(unpadded(utf8.decode(bytes), type.padding));
      } catch {
        throw new UserError(`${what}: row ${count(at + i)} is no valid text. Save it again as UTF-8.`);
      }
    }
  }
  return out;
}

/** Text ends at the first zero, or before the blanks that fill it up. */
function unpadded(text: string, padding: 'zeros' | 'blanks'): string {
  const zero = text.indexOf('\0');
  return padding === 'blanks' ? unfilled(text) : zero < 0 ? text : text.slice(0, zero);
}

/** Without the blanks and zeros at its end. (An expression would look at a run of them from each of its places.) */
export function unfilled(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ' || text[end - 1] === '\0') end--;
  return text.slice(0, end);
}
