import { basename } from 'node:path';
import { largestMagnitude } from '../linalg/centre';
import type { Matrix } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import { count, plural, size } from '../protocol/words';
import { OverMemory } from './memory';

/** An input as it was read, before rows are left out. */
export interface Read {
  readonly name: string;
  readonly path: string;
  readonly matrix: Pick<Matrix, 'rows'>;
  /** Index of its first row in the file. */
  readonly first: number;
  readonly unitNames?: readonly string[];
  /** Rows of the matrix that have partners, in the order in which they are paired; absent: all, by position. */
  readonly picked?: Int32Array;
}

export type ReadWhole = Read & { readonly matrix: Matrix };

/**
 * Rows that are paired by position: every input needs as many.
 * @throws UserError that names the first two inputs that differ; or when there are fewer than two rows.
 */
export function checkRows(inputs: readonly Read[]): void {
  const [first, ...others] = inputs;
  if (!first) return;
  for (const other of others) {
    if (other.matrix.rows === first.matrix.rows) continue;
    throw new UserError(
      `${labelOf(first, inputs)} has ${plural(first.matrix.rows, 'row')} and ${labelOf(other, inputs)} has ` +
        `${count(other.matrix.rows)}. Rows are paired by position: give both the same samples in the same order, ` +
        'or pair them by identifiers (Rows in the editor, --ids on the command line).',
    );
  }
  if (first.matrix.rows >= 2) return;
  throw new UserError(`${labelOf(first, inputs)} has one row. Two or more are needed, better hundreds.`);
}

/**
 * Rows in which every value of every input is finite, and not beyond {@link LARGEST}; null where that is all of them.
 * @returns the positions, among the rows that are paired, of those to keep, and a warning that counts and names what is left out.
 * @throws UserError when fewer than two rows are left; it names the column that is to blame, where it is one.
 */
export function finiteRows(inputs: readonly ReadWhole[]): { kept: Int32Array | null; warnings: string[] } {
  const rows = inputs[0]?.picked?.length ?? inputs[0]?.matrix.rows ?? 0;
  const bad = new Uint8Array(rows);
  const warnings: string[] = [];
  for (const input of inputs) {
    const found = badRows(input);
    if (found.rows.length === 0) continue;
    const column = found.rows.length === rows ? badColumn(input.matrix) : -1;
    if (column >= 0) throw neverFinite(input, column, inputs);
    for (const row of found.rows) bad[row] = 1;
    warnings.push(leftOut(input, found, inputs));
  }
  if (warnings.length === 0) return { kept: null, warnings };
  const kept = Int32Array.from({ length: rows }, (_, i) => i).filter((i) => bad[i] === 0);
  checkKept(kept.length, rows, warnings);
  return { kept, warnings };
}

/** @throws UserError when fewer than two rows are left. */
export function checkKept(kept: number, rows: number, warnings: readonly string[]): void {
  if (kept >= 2) return;
  throw new UserError(
    `${kept === 0 ? 'No row' : 'One row'} of ${count(rows)} is left. ${warnings.join(' ')} Mend the data.`,
  );
}

/** Rows of an input's matrix that are used: of those that are paired, the ones to keep. */
export function usedRows({ picked, matrix }: ReadWhole, kept: Int32Array | null): Int32Array {
  if (!picked) return kept ?? Int32Array.from({ length: matrix.rows }, (_, i) => i);
  return kept ? kept.map((place) => picked[place] as number) : picked;
}

/**
 * The rows that are used of every input, in the order in which they are paired; no copy where these are all as they are.
 * @param memory bound in bytes.
 * @throws UserError when the inputs and the rows paired by identifier exceed it.
 */
export function takeAll(inputs: readonly ReadWhole[], kept: Int32Array | null, memory: number): Matrix[] {
  const taken = new Map<Matrix, Matrix>();
  let held = [...new Set(inputs.map(({ matrix }) => matrix))].reduce((sum, { data }) => sum + data.byteLength, 0);
  return inputs.map((input) => {
    const { matrix, picked } = input;
    const before = taken.get(matrix);
    if (before) return before;
    const rows = usedRows(input, kept);
    const asIs = rows.length === matrix.rows && rows.every((row, i) => row === i);
    held += asIs ? 0 : rows.length * matrix.columns * matrix.data.BYTES_PER_ELEMENT;
    if (picked && held > memory) {
      const need = `The inputs need ${size(held)} of memory with their rows paired by identifier`;
      throw new OverMemory(
        `${need}; the bound is ${size(memory)}. ` +
          'Choose fewer inputs or rows, or raise the bound (the setting Memory, --memory on the command line).',
        need,
      );
    }
    const used = asIs ? matrix : matrix.takeRows(rows);
    taken.set(matrix, used);
    return used;
  });
}

/** What is said of a column without a finite value. */
export function neverFinite(input: Read, column: number, inputs: readonly Read[]): UserError {
  const unit = input.unitNames?.[column] ?? count(column);
  return new UserError(
    `${labelOf(input, inputs)}: column ${unit} is not finite (NaN or infinite) in any row. Leave that column out, or mend it.`,
  );
}

/** Rows that a warning names; of the others it gives the number. */
export const PLACES = 3;

/** "rows 3, 17 and 5 more (7 of 450) left out: ...", counted as in the file. @param all how many, where not every row is given */
export function leftOut(
  input: Read,
  { rows: found, beyond }: Bad,
  inputs: readonly Read[],
  all = found.length,
): string {
  const places = found.slice(0, PLACES).map((row) => String((input.picked?.[row] ?? row) + input.first));
  const rest = all - places.length;
  const last = places.length > 1 && rest === 0 ? places.pop() : undefined;
  const list = places.join(', ') + (rest > 0 ? ` and ${count(rest)} more` : last === undefined ? '' : ` and ${last}`);
  const rows = `${all === 1 ? 'row' : 'rows'} ${list} (${count(all)} of ${count(input.picked?.length ?? input.matrix.rows)})`;
  const why = beyond === 0 ? 'not finite' : beyond === all ? 'beyond 1e300' : 'not finite, or beyond 1e300,';
  return `${rows} left out: ${why} in ${labelOf(input, inputs)}.`;
}

/** The file's name, with the tensor where several inputs are of one file. */
function labelOf(input: Read, inputs: readonly Read[]): string {
  const file = basename(input.path);
  return inputs.some((other) => other !== input && other.path === input.path) ? `${file} (${input.name})` : file;
}

/** Beyond this, sums and differences of values may be no doubles: such a value stands for a missing one, or for infinity. */
const LARGEST = 1e300;
const TIMES = Number.MAX_VALUE / LARGEST;

/** Rows with a value that is not finite or is beyond {@link LARGEST}. */
export interface Bad {
  /** By position among those that are paired. */
  readonly rows: readonly number[];
  /** In how many of them every value is finite. */
  readonly beyond: number;
}

export function badRows({ matrix, picked }: Pick<ReadWhole, 'matrix' | 'picked'>): Bad {
  if (largestMagnitude(matrix) <= LARGEST) return { rows: [], beyond: 0 };
  const { data, rows, columns } = matrix;
  const found: number[] = [];
  let beyond = 0;
  for (let i = 0; i < (picked?.length ?? rows); i++) {
    // 0 as long as everything is finite, and what it is times as well: faster than asking of each value.
    let [zero, other] = [0, 0];
    const start = (picked ? (picked[i] as number) : i) * columns;
    let k = start;
    for (; k + 1 < start + columns; k += 2) {
      const [one, next] = [(data[k] as number) * TIMES, (data[k + 1] as number) * TIMES];
      zero += one - one;
      other += next - next;
    }
    if (k < start + columns) zero += (data[k] as number) * TIMES - (data[k] as number) * TIMES;
    zero += other;
    if (zero === 0) continue;
    found.push(i);
    if (data.subarray(start, start + columns).every(Number.isFinite)) beyond++;
  }
  return { rows: found, beyond };
}

/** The first column without a finite value, or -1. */
function badColumn(matrix: Matrix): number {
  for (let j = 0; j < matrix.columns; j++) if (!matrix.column(j).some(Number.isFinite)) return j;
  return -1;
}
