import type { Table } from '../../protocol/result';
import { count } from '../../protocol/words';
import type { Rows } from '../method';

/** Beyond so many robust standard deviations from the median a length is outlying. */
const FAR = 10;
/** A median absolute deviation times this is the standard deviation of a normal distribution. */
const NORMAL = 1.4826;
/** Lengths closer to the median than this share of it are the same: rows that were normalised differ by rounding. */
const SAME = 1e-3;
const LISTED = 100;

export interface Outlying {
  readonly median: number;
  /** Places of the rows, those farthest from the median first. */
  readonly rows: readonly number[];
}

/** Rows whose length is more than 10 robust standard deviations (1.4826 MAD) from the median. */
export function outlyingLengths(norms: Float64Array): Outlying {
  const median = medianOf(norms);
  const distances = norms.map((norm) => Math.abs(norm - median));
  const scale = Math.max(NORMAL * medianOf(distances), SAME * median);
  const far = (i: number) => distances[i] as number;
  const rows = [...norms.keys()].filter((i) => far(i) > FAR * scale).sort((a, b) => far(b) - far(a) || a - b);
  return { median, rows };
}

export function outlyingTable({ rows, median }: Outlying, norms: Float64Array, { index, names }: Rows): Table {
  return {
    title:
      rows.length > LISTED
        ? `The ${LISTED} of ${count(rows.length)} rows of outlying length that are farthest`
        : 'Rows of outlying length',
    columns: ['row', ...(names ? ['name'] : []), 'length', 'times the median'],
    rows: rows.slice(0, LISTED).map((i) => {
      const norm = norms[i] as number;
      return [index[i] ?? i, ...(names ? [names[i] ?? ''] : []), norm, median > 0 ? norm / median : null];
    }),
  };
}

function medianOf(values: Float64Array): number {
  const sorted = values.toSorted();
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? upper)) / 2;
}
