import { Random } from '../linalg/random';
import { count } from '../protocol/words';

/**
 * The rows that a request computes on where the person wants a sample: drawn without replacement by the request's seed,
 * in their order, the same ones of every input. Null where it asks for none, or for no fewer than there are.
 * @param size of the request; 0 or absent: all rows
 * @returns places among the `rows` that would be used, and the words that say so in the result
 */
export function sampleRows(
  size: number | undefined,
  rows: number,
  seed = 0,
): { readonly places: Int32Array; readonly note: string } | null {
  if (!size || size >= rows) return null;
  // Two rows are the least that anything is computed on.
  const drawn = Math.max(2, size);
  if (drawn >= rows) return null;
  const places = new Random(seed).sample(rows, drawn).sort();
  return { places, note: `sample of ${count(drawn)} of ${count(rows)} rows, seed ${seed}` };
}
