import { normaliseRows } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import type { Random } from '../../linalg/random';
import type { Cancellable } from '../../linalg/signal';
import { addScaled } from '../../linalg/vectors';
import type { Classes } from '../shared/classes';

/** Queries that are scored against a gallery at once. */
const BLOCK = 1024;

/** Places of the rows that are searched in, and of those that are searched for. */
export interface Split {
  readonly gallery: Int32Array;
  readonly query: Int32Array;
}

/** Of every class the same share into the gallery: one row at least, and one row at least left to search for. */
export function splitClasses({ groups }: Classes, share: number, how: 'random' | 'first', random: Random): Split {
  const gallery: number[] = [];
  const query: number[] = [];
  for (const group of groups) {
    const count = Math.min(group.length - 1, Math.max(1, Math.round(share * group.length)));
    const order = how === 'first' ? group : random.permutation(group.length).map((k) => group[k] as number);
    for (const [k, row] of order.entries()) (k < count ? gallery : query).push(row);
  }
  return { gallery: Int32Array.from(gallery).sort(), query: Int32Array.from(query).sort() };
}

/** Rows that search, or are searched in, and their classes. */
export interface Labelled {
  /** Of length 1. */
  readonly rows: Matrix<Float64Array>;
  readonly of: Int32Array;
}

/** A row for each class: the mean of its rows, of length 1. */
export function templates({ rows, of }: Labelled, classes: number): Matrix<Float64Array> {
  const sums = Matrix.zeros(classes, rows.columns);
  for (let i = 0; i < rows.rows; i++) addScaled(sums.row(of[i] as number), rows.row(i), 1);
  return normaliseRows(sums).matrix;
}

/**
 * Identification (1 : N): the class of the gallery that each query is nearest to by cosine, by templates or by single rows; of
 * equals the first. 1 where it is the query's own.
 */
export async function searches(
  query: Labelled,
  gallery: Labelled,
  classes: number,
  test: 'templates' | 'nearest',
  { signal }: Cancellable,
): Promise<Uint8Array> {
  const targets = test === 'templates' ? templates(gallery, classes) : gallery.rows;
  const hits = new Uint8Array(query.rows.rows);
  for (let start = 0; start < hits.length; start += BLOCK) {
    signal?.throwIfAborted();
    const block = query.rows.slice(start, Math.min(hits.length, start + BLOCK));
    const scores = await multiply(block, targets, { transposeB: true, signal });
    for (let i = 0; i < block.rows; i++) {
      const row = scores.row(i);
      let best = 0;
      for (let c = 1; c < row.length; c++) if ((row[c] as number) > (row[best] as number)) best = c;
      const found = test === 'templates' ? best : gallery.of[best];
      hits[start + i] = found === query.of[start + i] ? 1 : 0;
    }
  }
  return hits;
}

/** A cell for each query version (row) and gallery version (column), none above the diagonal; null: cannot be searched. */
export type Tests = readonly (readonly (number | null)[])[];

export interface Scores {
  /** Share of pairs of versions, newer over older, whose cross-test is strictly better than the older one's own test. */
  readonly compatibility: number;
  /** Mean over the lower triangle with its diagonal; what cannot be searched is left out. */
  readonly accuracy: number;
  /** Newer and older version of each pair that is not compatible. */
  readonly violations: readonly (readonly [number, number])[];
}

/**
 * Average compatibility and average accuracy: Biondi, Pernici, Ricci, Del Bimbo (2024), "Stationary representations: optimally
 * approximating compatibility and implications for improved model replacements", CVPR, equations 3 and 4. A tie is no gain.
 */
export function compatibilityScores(tests: Tests): Scores {
  const violations: [number, number][] = [];
  let [pairs, sum, cells] = [0, 0, 0];
  for (const [t, row] of tests.entries())
    for (let k = 0; k <= t; k++) {
      const value = row[k] ?? null;
      const own = tests[k]?.[k] ?? null;
      if (value !== null) [sum, cells] = [sum + value, cells + 1];
      if (k === t) continue;
      pairs++;
      if (value === null || own === null || value <= own) violations.push([t, k]);
    }
  return { compatibility: pairs === 0 ? 0 : (pairs - violations.length) / pairs, accuracy: sum / cells, violations };
}

/** Two searches for the same queries: the difference of their shares of hits, with its 95 % interval. */
export function pairedDifference(hits: Uint8Array, other: Uint8Array) {
  let [gained, lost] = [0, 0];
  for (const [i, hit] of hits.entries()) {
    if (hit > (other[i] as number)) gained++;
    if (hit < (other[i] as number)) lost++;
  }
  const n = hits.length;
  // One more of each kind keeps the interval honest where few differ (Agresti, Min 2005).
  const [b, c, m] = [gained + 0.5, lost + 0.5, n + 2];
  const middle = (b - c) / m;
  const half = (1.959963984540054 * Math.sqrt(b + c - (b - c) ** 2 / m)) / m;
  return { difference: (gained - lost) / n, low: middle - half, high: middle + half };
}

export interface Inequalities {
  /** Share of pairs of one class that the newer query finds no farther than the older one did. */
  readonly same: number | null;
  /** Share of pairs of two classes that it finds no nearer. */
  readonly different: number | null;
}

/** The inequalities that define compatibility (Shen, Xiong, Xia, Soatto 2020), of queries in the older gallery. */
export async function inequalities(
  newer: Labelled,
  older: Labelled,
  gallery: Labelled,
  options: Cancellable,
): Promise<Inequalities> {
  const now = await multiply(newer.rows, gallery.rows, { ...options, transposeB: true });
  const then = await multiply(older.rows, gallery.rows, { ...options, transposeB: true });
  const all = [0, 0];
  const held = [0, 0];
  for (let i = 0; i < now.rows; i++) {
    const [after, before] = [now.row(i), then.row(i)];
    for (let j = 0; j < after.length; j++) {
      const kind = newer.of[i] === gallery.of[j] ? 0 : 1;
      const gain = (after[j] as number) - (before[j] as number);
      all[kind] = (all[kind] as number) + 1;
      if (kind === 0 ? gain >= 0 : gain <= 0) held[kind] = (held[kind] as number) + 1;
    }
  }
  const share = (kind: number) => (all[kind] === 0 ? null : (held[kind] as number) / (all[kind] as number));
  return { same: share(0), different: share(1) };
}

/** Sharpness of the contrast of {@link higherOrderContrast}, as published. */
const SHARPNESS = 10;

/**
 * The loss by which the paper aligns a version with the one before it (equation 10), on rows that both have: the mean over i of
 * -μ⟨aᵢ, bᵢ⟩ + log Σⱼ exp(μ⟨aᵢ, bⱼ⟩) over the j of other classes. Low where every row lies by its own and far from others.
 * @param form `published`: as defined. `code`: as the authors' program has it, where each row of the same class adds 1 to the sum
 */
export async function higherOrderContrast(
  newer: Labelled,
  older: Labelled,
  options: Cancellable,
  form: 'published' | 'code' = 'published',
): Promise<number> {
  const products = await multiply(newer.rows, older.rows, { ...options, transposeB: true });
  let total = 0;
  for (let i = 0; i < products.rows; i++) {
    const row = products.row(i);
    let sum = 0;
    for (let j = 0; j < row.length; j++) {
      if (newer.of[i] !== older.of[j]) sum += Math.exp(SHARPNESS * (row[j] as number));
      else if (form === 'code') sum += 1;
    }
    total += Math.log(sum) - SHARPNESS * (row[i] as number);
  }
  return total / products.rows;
}

/** A version's queries and gallery. */
export interface Sides {
  readonly query: Labelled;
  readonly gallery: Labelled;
}

/** Every search that there is, newer in older. */
export interface Searched {
  readonly tests: Tests;
  /** Which queries hit, where tests are. */
  readonly hits: readonly (readonly (Uint8Array | null)[])[];
}

/** How rows of a newer version lie among those of an older one. */
export interface Alignment extends Inequalities {
  readonly contrast: number;
}
