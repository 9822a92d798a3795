import { count, plural } from '../../protocol/words';
import type { Representation } from '../method';
import { countRepeated } from './distinct';

/**
 * What is odd about data, in the same words from every method, so that a page can show them once.
 */

/** Columns with one value only: they carry nothing, and vanish where columns are centred. */
export function constantColumns({ name, matrix }: Representation): string[] {
  let constant = Array.from({ length: matrix.columns }, (_, j) => j);
  for (let i = 1; i < matrix.rows && constant.length > 0; i++)
    constant = constant.filter((j) => matrix.at(i, j) === matrix.at(0, j));
  return constantUnits(name, constant, matrix.columns);
}

/**
 * @param constant the columns with one value only, of so many
 * @param where on which rows, where these are not all
 */
export function constantUnits(
  name: string,
  constant: readonly number[],
  columns: number,
  where?: 'the rows fitted to',
): string[] {
  if (constant.length === 0) return [];
  const units = `${constant.slice(0, 5).join(', ')}${constant.length > 5 ? ', …' : ''}`;
  const there = where ? ` on ${where}` : '';
  if (constant.length === columns)
    return [`Every unit of ${name} is constant${there}: ${where ? 'they' : 'its rows'} are all the same.`];
  const verbs = constant.length === 1 ? ['is', 'carries'] : ['are', 'carry'];
  return [
    `${count(constant.length)} of ${count(columns)} units of ${name} ${verbs[0]} constant${there} (${units}) and ${verbs[1]} no information.`,
  ];
}

/** Rows that repeat an earlier one: their distance is zero and their neighbours are tied. */
export function duplicateRows({ name, matrix }: Representation): string[] {
  return repeatedRows(name, countRepeated(matrix), matrix.rows);
}

export function repeatedRows(name: string, repeated: number, rows: number): string[] {
  if (repeated === 0) return [];
  return [
    `${count(repeated)} of ${count(rows)} rows of ${name} ${repeated === 1 ? 'repeats' : 'repeat'} an earlier row exactly.`,
  ];
}

/** Rows without a direction, which cosines need. */
export function zeroRows({ name, matrix }: Representation): string[] {
  let many = 0;
  for (let i = 0; i < matrix.rows; i++) if (matrix.row(i).every((value) => value === 0)) many++;
  return rowsOfZeros(name, many, matrix.rows);
}

/** @param so what became of them */
export function rowsOfZeros(name: string, many: number, rows: number, so?: 'left out' | 'at the origin'): string[] {
  if (many === 0) return [];
  const verbs = many === 1 ? ['is', 'has'] : ['are', 'have'];
  const left = many === 1 ? ': it was left out' : ': they were left out';
  const there = many === 1 ? ': it lies at the origin' : ': they lie at the origin';
  const what = so === undefined ? '' : so === 'left out' ? left : there;
  return [
    `${count(many)} of ${count(rows)} rows of ${name} ${verbs[0]} all zeros and ${verbs[1]} no direction${what}.`,
  ];
}

/** (1, 'row', 'partner') -> "1 row has no partner and was left out." */
export function lacking(number: number, noun: string, what: string): string {
  const verbs = number === 1 ? ['has', 'was'] : ['have', 'were'];
  return `${plural(number, noun)} ${verbs[0]} no ${what} and ${verbs[1]} left out.`;
}

/** A score of so few rows says little whatever it is. */
export function fewRows(rows: number): string[] {
  return rows >= 10 ? [] : [`Only ${rows} rows: too few to tell likeness from accident.`];
}
