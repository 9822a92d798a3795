import { UserError } from '../../protocol/errors';

const INTEGER = /^-?\d+$/;
const SLICE = /^(-?\d+)?:(-?\d+)?(?::(-?\d+)?)?$/;

/**
 * Reads a choice of rows: numbers and Python slices, separated by commas ("0,4,8", "0:3300:11", "::10,-1"). Rows are
 * numbered from 0 as in the input files; negative numbers count from the end; a row that is named twice is taken once.
 *
 * @param index file row of each row in use, as in `Rows.index`
 * @param as what a row is named as, for messages
 * @returns positions in `index`, in the order named, and how many rows of a slice are not in use
 * @throws UserError where the text is none of these, or names a row that does not exist or is not in use
 */
export function parseRows(text: string, index: Int32Array, as = 'an anchor'): { rows: Int32Array; left: number } {
  const end = index.reduce((largest, row) => Math.max(largest, row), -1) + 1;
  const position = new Map<number, number>();
  index.forEach((row, i) => {
    position.set(row, i);
  });
  const chosen = new Set<number>();
  let left = 0;
  for (const piece of text.split(',').map((part) => part.trim())) {
    if (INTEGER.test(piece)) {
      const number = Number(piece);
      const at = position.get(number < 0 ? end + number : number);
      if (at === undefined) {
        throw new UserError(
          `Row ${number} cannot be ${as}: it is not among the ${index.length} rows in use, which are numbered as in the file, ${range(index)}. Choose other rows.`,
        );
      }
      chosen.add(at);
    } else {
      for (const row of slice(piece, end)) {
        const at = position.get(row);
        if (at === undefined) left++;
        else chosen.add(at);
      }
    }
  }
  if (chosen.size === 0) {
    throw new UserError(
      `"${briefRows(text)}" names no row in use (${range(index)}). Write rows such as 0,4,8 or 0:3300:11.`,
    );
  }
  return { rows: Int32Array.from(chosen), left };
}

/** The numbers of a Python slice of 0, 1, ..., end - 1. */
function slice(piece: string, end: number): number[] {
  const match = SLICE.exec(piece);
  const step = Number(match?.[3] ?? 1);
  if (match === null || step < 1) {
    throw new UserError(
      `"${piece}" is not a row number or a slice. Write rows such as 0,4,8, or start:stop:step with a step of 1 or more, such as 0:3300:11.`,
    );
  }
  const bound = (given: string | undefined, otherwise: number) => {
    const value = Number(given ?? otherwise);
    return Math.min(end, Math.max(0, value < 0 ? end + value : value));
  };
  const out: number[] = [];
  for (let row = bound(match[1], 0), stop = bound(match[2], end); row < stop; row += step) out.push(row);
  return out;
}

/** Letters of a choice of rows that are told; of a longer one the beginning. */
const TOLD = 48;

/** A choice of rows as it is told beside what it did: rows that were picked by hand may be thousands. */
export function briefRows(text: string): string {
  if (text.length <= TOLD) return text;
  const end = text.lastIndexOf(',', TOLD);
  return `${text.slice(0, end > 0 ? end : TOLD)}, …`;
}

function range(index: Int32Array): string {
  return index.length === 0 ? 'none' : `${index[0]} to ${index[index.length - 1]}`;
}
