import type { Context } from '../method';
import { murmur3, type Pieces, piecesOf } from './ngrams';
import { type Sparse, sparseOf } from './sparse';

export interface TfIdfOptions extends Pieces {
  /** Buckets are 2 to this power. */
  readonly bits: number;
  /** 1 + ln of a count instead of the count. */
  readonly sublinear: boolean;
}

/**
 * Hashed pieces of texts, weighted by how rare they are: tf (ln((1 + n) / (1 + df)) + 1), rows of unit length. A piece's bucket is
 * the absolute value of its signed 32-bit MurmurHash3 modulo the number of buckets, as of scikit-learn's HashingVectorizer
 * (alternate_sign off) with TfidfTransformer. Only buckets that are used are columns, in the order of their numbers.
 */
export function tfIdf(
  texts: readonly string[],
  options: TfIdfOptions,
  { signal, progress }: Pick<Context, 'signal' | 'progress'>,
): Sparse {
  const buckets = 2 ** options.bits;
  const counts = texts.map((text, i) => {
    if (i % 64 === 0) signal.throwIfAborted();
    if (i % 1024 === 0) progress((0.3 * i) / texts.length, 'Pieces of the texts');
    const row = new Map<number, number>();
    for (const piece of piecesOf(text, options)) {
      const bucket = Math.abs(murmur3(piece) | 0) % buckets;
      row.set(bucket, (row.get(bucket) ?? 0) + 1);
    }
    return row;
  });
  const frequency = new Map<number, number>();
  for (const row of counts) for (const bucket of row.keys()) frequency.set(bucket, (frequency.get(bucket) ?? 0) + 1);
  const used = [...frequency.keys()].sort((a, b) => a - b);
  const column = new Map(used.map((bucket, j) => [bucket, j]));
  const size = counts.reduce((sum, row) => sum + row.size, 0);
  const [i, j, values] = [new Int32Array(size), new Int32Array(size), new Float64Array(size)];
  let at = 0;
  for (const [row, pieces] of counts.entries()) {
    const start = at;
    let squares = 0;
    for (const [bucket, count] of pieces) {
      const tf = options.sublinear ? 1 + Math.log(count) : count;
      const idf = Math.log((1 + texts.length) / (1 + (frequency.get(bucket) as number))) + 1;
      i[at] = row;
      j[at] = column.get(bucket) as number;
      squares += (tf * idf) ** 2;
      values[at++] = tf * idf;
    }
    for (let e = start; e < at; e++) values[e] = (values[e] as number) / Math.sqrt(squares);
  }
  return sparseOf(texts.length, used.length, { i, j, values });
}
