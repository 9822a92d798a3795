import { basename, resolve } from 'node:path';
import { likelyNames } from '../data/identifiers';
import { centreColumns } from '../linalg/centre';
import type { Matrix } from '../linalg/matrix';
import { dot, frobeniusSquared } from '../linalg/norms';
import { gram } from '../linalg/products';
import { Random } from '../linalg/random';
import type { Cancellable } from '../linalg/signal';
import { debiased } from '../methods/compare/cka';
import { UserError } from '../protocol/errors';
import type { InputRecord } from '../protocol/result';
import { count } from '../protocol/words';
import type { Prepared } from './prepare';
import { leadingScores, type Recognition, recognise } from './shuffle-match';
import type { Desk } from './task';

/** Rows that are looked at by position, or looked for by value. */
const SAMPLE = 400;
/** With fewer rows nothing can be told. */
const FEWEST = 100;
/** Standard scores above which rows agree by position. */
const AGREES = 3;
/** What is looked for by geometry alone has at most so many rows, and values, so that it takes well under a second. */
const MOST_ROWS = 5000;
const MOST_VALUES = 8e6;
/** Shares that an independent sample does not reach, and the same samples do. */
const CERTAIN = 0.9;
/** Names of more rows are not read only for this. */
const MOST_NAMES = 50_000;
/** Pairs whose answer is kept: every method of an analysis asks the same. */
const KEPT = 20;

interface Side {
  readonly record: InputRecord;
  readonly matrix: Matrix;
}

/**
 * Says when the rows of two files, which were paired by position, look like the same samples in another order. Each file is
 * held against the first, by one representation of each: by names of rows in the files; by rows that are the same
 * elsewhere; and, where positions agree no more than by chance, by the geometry alone.
 * @param memory bound in bytes, for the inputs, for names, and for a centred copy.
 * @returns a warning for each such file.
 */
export async function shuffled(
  { representations, records, rows, bytes }: Prepared,
  base: string,
  memory: number,
  desk: Desk,
): Promise<string[]> {
  const sides = records.map((record, i): Side => ({ record, matrix: representations[i]?.matrix as Matrix }));
  const [first, ...others] = sides;
  if (!first || first.record.ids || first.matrix.rows < 3) return [];
  const start = first.record.rows?.[0] ?? 0;
  const places = rows.index.map((row) => row - start);
  const seen = new Set([resolve(base, first.record.path)]);
  // Models that were run on the same data have their rows in its order.
  const data = (record: InputRecord) => JSON.stringify(record.model?.data);
  const warnings: string[] = [];
  for (const other of others) {
    const path = resolve(base, other.record.path);
    if (seen.has(path) || (first.record.model && data(first.record) === data(other.record))) continue;
    seen.add(path);
    const evidence =
      (await byName(first, other, places, base, memory - bytes, desk)) ??
      byValue(first.matrix, other.matrix) ??
      (bytes + 16 * Math.max(first.matrix.data.length, other.matrix.data.length) <= memory
        ? await byGeometry(first.matrix, other.matrix, desk)
        : null);
    if (evidence) warnings.push(warning(first.record, other.record, evidence));
  }
  return warnings;
}

function warning(first: InputRecord, other: InputRecord, evidence: string): string {
  return (
    `Rows of ${basename(first.path)} and ${basename(other.path)} look like the same samples in another order: ${evidence}. ` +
    'They were paired by position, so the values here say little. Pair them by identifiers: in the menu Rows, or with --ids on the command line.'
  );
}

/** Names of rows in both files, of which most are the same but at other positions. */
async function byName(
  first: Side,
  other: Side,
  places: Int32Array,
  base: string,
  limit: number,
  { signal }: Desk,
): Promise<string | null> {
  if ([first, other].some(({ record }) => record.query ?? record.raw ?? (record.shape[0] ?? 0) > MOST_NAMES))
    return null;
  const names = async ({ record }: Side) => {
    signal.throwIfAborted();
    const all = await likelyNames(resolve(base, record.path), { limit, signal }).catch((error: unknown) => {
      // What only this guard wanted to know is no reason to fail.
      if (error instanceof UserError) return null;
      throw error;
    });
    if (all?.length !== record.shape[0]) return null;
    return Array.from(places, (place) => all?.[place + (record.rows?.[0] ?? 0)] ?? '');
  };
  const mine = await names(first);
  const theirs = mine && (await names(other));
  if (!mine || !theirs) return null;
  const known = new Map(theirs.map((name, row) => [name, row]));
  const moved = mine.filter((name, row) => known.has(name) && known.get(name) !== row).length;
  const kept = mine.filter((name, row) => known.get(name) === row).length;
  if (moved < 3 || 2 * moved < mine.length || kept > moved) return null;
  return `${count(moved)} of ${count(mine.length)} names of rows are in both files at other positions`;
}

/** Rows of a sample that are the same, to the last digit of float32, at one other position. */
export function byValue(x: Matrix, y: Matrix): string | null {
  if (x.columns !== y.columns || x === y) return null;
  const sampled = new Random(0).sample(x.rows, Math.min(SAMPLE, x.rows));
  const at = new Map<number, Set<number>>();
  for (const row of sampled) at.set(hashOf(x, row), (at.get(hashOf(x, row)) ?? new Set()).add(row));
  const found = new Map<number, number>();
  for (let row = 0; row < y.rows; row++) {
    const alike = at.get(hashOf(y, row));
    if (!alike) continue;
    for (const mine of alike) {
      if (!sameRow(x, mine, y, row)) continue;
      // A row that occurs more than once, as in counts or one-hot codes, tells nothing, and is looked for no more.
      if (found.delete(mine)) alike.delete(mine);
      else found.set(mine, row);
    }
  }
  const partners = new Set(found.values());
  const moved = [...found].filter(([row, place]) => row !== place).length;
  if (moved < 3 || partners.size < found.size || moved < sampled.length / 2) return null;
  return `${count(moved)} of ${count(sampled.length)} sampled rows have the same values at another position`;
}

/** Values of a row other than zero that are looked at before others are compared with it. */
const HASHED = 16;

function hashOf({ data, columns }: Matrix, row: number): number {
  const start = row * columns;
  let hash = 17;
  for (let j = 0, left = HASHED; j < columns && left > 0; j++) {
    const value = Math.fround(data[start + j] as number);
    if (value === 0) continue;
    BITS.setFloat32(0, value);
    hash = (Math.imul(hash ^ j, 0x01000193) ^ BITS.getInt32(0)) | 0;
    left--;
  }
  return hash;
}

const BITS = new DataView(new ArrayBuffer(4));

function sameRow(x: Matrix, i: number, y: Matrix, j: number): boolean {
  const [a, b] = [x.row(i), y.row(j)];
  for (let k = 0; k < a.length; k++) if (Math.fround(a[k] as number) !== Math.fround(b[k] as number)) return false;
  return true;
}

/**
 * Positions agree no more than by chance, and yet nearly every row of a sample finds, in both directions, a partner of its
 * own that is nearer than neighbours are. Seeded, so that the same files always give the same answer.
 */
export async function byGeometry(x: Matrix, y: Matrix, options: Cancellable): Promise<string | null> {
  const large = x.rows > MOST_ROWS || Math.max(x.data.length, y.data.length) > MOST_VALUES;
  if (x === y || large || x.rows < FEWEST) return null;
  const random = new Random(1);
  const sampled = random.sample(x.rows, Math.min(SAMPLE, x.rows)).sort();
  const [a, b] = [await kernelOf(x.takeRows(sampled), options), await kernelOf(y.takeRows(sampled), options)];
  const { value, chance } = debiased(dot(a.kernel, b.kernel), a, b);
  if (value === null || !(Math.abs(chance?.z ?? Number.NaN) < AGREES)) return null;
  const key = [value, x.rows, x.columns, y.columns, frobeniusSquared(x), frobeniusSquared(y)].join();
  const nearer = answers.has(key) ? answers.get(key) : await overlap(x, y, random, options);
  answers.set(key, nearer ?? null);
  for (const old of [...answers.keys()].slice(0, -KEPT)) answers.delete(old);
  if (nearer === undefined || nearer === null) return null;
  const z = chance?.z?.toFixed(1);
  return (
    `by position they agree no more than rows paired at random (debiased linear CKA ${value.toFixed(4)}, z = ${z} on ` +
    `${count(sampled.length)} rows), but laid over each other, rows find partners of their own, nearer than neighbours are in ` +
    `${Math.floor(100 * nearer)} % of comparisons (other samples: in 50 % or fewer)`
  );
}

const answers = new Map<string, number | null>();

/** How surely the rows of each find partners in the other, in both directions; null where they do not. */
async function overlap(x: Matrix, y: Matrix, random: Random, options: Cancellable): Promise<number | null> {
  const mine = await leadingScores(x, random, options);
  const theirs = mine && (await leadingScores(y, random, options));
  if (!mine || !theirs) return null;
  const forth = await recognise(mine, theirs, random, options);
  const start = certain(forth) ? forth.rotation.transpose() : undefined;
  const back = await recognise(theirs, mine, random, options, start);
  if (!certain(back)) return null;
  // A guess that failed may succeed from the other side.
  const again = start ? forth : await recognise(mine, theirs, random, options, back.rotation.transpose());
  if (!certain(again)) return null;
  return Math.min(again.nearer, back.nearer);
}

function certain({ nearer, distinct }: Recognition): boolean {
  return nearer >= CERTAIN && distinct >= CERTAIN;
}

async function kernelOf(x: Matrix, options: Cancellable) {
  const kernel = (await gram(centreColumns(x), options)).toDouble();
  const diagonal = Float64Array.from({ length: kernel.rows }, (_, i) => kernel.at(i, i));
  return { kernel: kernel.data, squared: frobeniusSquared(kernel), diagonal };
}
