import { basename } from 'node:path';
import { count } from '../data/words';
import type { Matrix } from '../linalg/matrix';
import { UserError } from '../protocol/errors';

/** An input as it was read, before rows are left out. */
export interface Read {
  readonly name: string;
  readonly path: string;
  readonly matrix: Matrix;
  /** Index of its first row in the file. */
  readonly first: number;
  readonly unitNames?: readonly string[];
}

/**
 * Rows are paired by position, so that every input needs as many.
 * @throws UserError that names the first two inputs that differ; or when there are fewer than two rows.
 */
export function checkRows(inputs: readonly Read[]): void {
  const [first, ...others] = inputs;
  if (!first) return;
  for (const other of others) {
    if (other.matrix.rows === first.matrix.rows) continue;
    throw new UserError(
      `${labelOf(first, inputs)} has ${count(first.matrix.rows)} rows and ${labelOf(other, inputs)} has ` +
        `${count(other.matrix.rows)}. Rows are paired by position: give both the same samples in the same order, ` +
        'or choose as many rows of each (--rows on the command line).',
    );
  }
  if (first.matrix.rows >= 2) return;
  throw new UserError(`${labelOf(first, inputs)} has one row. Two or more are needed, better hundreds.`);
}

/**
 * Rows in which every value of every input is finite; null where that is all of them.
 * @returns the rows' positions, and a warning that counts and names what is left out.
 * @throws UserError when fewer than two rows are left; it names the column that is to blame, where it is one.
 */
export function finiteRows(inputs: readonly Read[]): { kept: Int32Array | null; warnings: string[] } {
  const rows = inputs[0]?.matrix.rows ?? 0;
  const bad = new Uint8Array(rows);
  const warnings: string[] = [];
  for (const input of inputs) {
    const found = badRows(input.matrix);
    if (found.length === 0) continue;
    const column = found.length === rows ? badColumn(input.matrix) : -1;
    if (column >= 0) {
      const unit = input.unitNames?.[column] ?? count(column);
      throw new UserError(
        `${labelOf(input, inputs)}: column ${unit} is not finite (NaN or infinite) in any row. Leave that column out, or mend it.`,
      );
    }
    for (const row of found) bad[row] = 1;
    warnings.push(`${leftOut(found, input.first, rows)} left out: not finite in ${labelOf(input, inputs)}.`);
  }
  if (warnings.length === 0) return { kept: null, warnings };
  const kept = Int32Array.from({ length: rows }, (_, i) => i).filter((i) => bad[i] === 0);
  if (kept.length >= 2) return { kept, warnings };
  throw new UserError(
    `${kept.length === 0 ? 'No row' : 'One row'} of ${count(rows)} is finite in every input. ${warnings.join(' ')} Mend the data.`,
  );
}

/** "rows 3, 17 and 5 more (7 of 450)", counted as in the file. */
function leftOut(found: readonly number[], first: number, rows: number): string {
  const places = found.slice(0, 3).map((row) => String(row + first));
  const rest = found.length - places.length;
  const last = places.length > 1 && rest === 0 ? places.pop() : undefined;
  const list = places.join(', ') + (rest > 0 ? ` and ${count(rest)} more` : last === undefined ? '' : ` and ${last}`);
  return `${found.length === 1 ? 'row' : 'rows'} ${list} (${count(found.length)} of ${count(rows)})`;
}

/** The file's name, with the tensor where several inputs are of one file. */
function labelOf(input: Read, inputs: readonly Read[]): string {
  const file = basename(input.path);
  return inputs.some((other) => other !== input && other.path === input.path) ? `${file} (${input.name})` : file;
}

function badRows({ data, rows, columns }: Matrix): number[] {
  const found: number[] = [];
  for (let i = 0; i < rows; i++) {
    // 0 as long as everything is finite: faster than asking of each value.
    let zero = 0;
    const end = (i + 1) * columns;
    for (let k = i * columns; k < end; k++) zero += (data[k] as number) - (data[k] as number);
    if (zero !== 0) found.push(i);
  }
  return found;
}

/** The first column without a finite value, or -1. */
function badColumn(matrix: Matrix): number {
  for (let j = 0; j < matrix.columns; j++) if (!matrix.column(j).some(Number.isFinite)) return j;
  return -1;
}
