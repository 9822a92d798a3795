import { extname } from 'node:path';
import { writeAtomically } from '../data/atomic';
import { writable } from '../data/writable';
import { holdsSeveral, writeRepresentation } from '../data/writer';
import type { Method } from '../methods/method';
import { UserError } from '../protocol/errors';
import { endingsOf, madeBy } from '../protocol/made';
import { apart } from '../protocol/names';
import type { RunAnswer } from './task';

/** out.npy, first -> out-first.npy */
export function suffixed(path: string, part: string): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}-${dashed(part)}${extension}`;
}

const dashed = (name: string) => name.replace(/[^\p{L}\p{N}]+/gu, '-');

/** Readers see the old file or the new one. @throws UserError when it cannot be written. */
export function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  return writeAtomically(path, (sink) => sink.write(Buffer.from(content)));
}

/** Before any work is done. @throws UserError where what the method makes cannot be written to `path`. */
export function checkMade(path: string, { title, kind, exports, takes }: Method): void {
  const made = madeBy({ kind, takes, ...(exports && { exports }) });
  if (!made) throw new UserError(`${title} makes values alone. Save the analysis, or export its tables and figures.`);
  const endings = endingsOf(made);
  if (!endings.includes(extname(path).toLowerCase()))
    throw new UserError(`${path} cannot be written: its name has to end in ${endings.join(', ')}.`);
}

/**
 * Writes what a method made: its representations together where the format holds several, otherwise each to a file of its own,
 * whose name has the representation's in it; or its model.
 * @returns the files.
 * @throws UserError when one cannot be written, or nothing was made.
 */
export async function writeMade(path: string, answer: RunAnswer): Promise<string[]> {
  const { result, representations, rows, model } = answer;
  const { method, version, seed, parameters, inputs, warnings } = result;
  if (model) {
    await writeWhole(path, model);
    return [path];
  }
  if (representations.length === 0)
    throw new UserError(`${path} is not written: ${method} made nothing here. ${warnings.join(' ')}`.trim());
  const about = { method, version, seed: `${seed}`, parameters: JSON.stringify(parameters) };
  const matrices = representations.map(({ name, matrix }) => ({
    name,
    ...writable(matrix),
    ...identified(rows, matrix),
  }));
  if (holdsSeveral(path) || matrices.length === 1) {
    await writeRepresentation(path, matrices, { ...about, inputs: JSON.stringify(inputs) });
    return [path];
  }
  const paths = apart(matrices.map(({ name }) => dashed(name))).map((part) => suffixed(path, part));
  for (const [i, matrix] of matrices.entries()) await writeRepresentation(paths[i] as string, [matrix]);
  return paths;
}

/** Identifiers of the rows of what was made: theirs, or where some were left out their numbers in the input. */
function identified(rows: RunAnswer['rows'], made: { readonly rows: number }): { readonly ids?: readonly string[] } {
  if (rows?.index.length !== made.rows) return {};
  if (rows.names) return { ids: rows.names };
  return rows.index.every((row, i) => row === i) ? {} : { ids: Array.from(rows.index, (row) => `row ${row}`) };
}

/** What methods made last, in case it is to be written: it need not be computed again. */
export class MadeLast {
  readonly #answers = new Map<string, RunAnswer>();

  /** Keeps an answer; those that were kept longest give way until all take `room` bytes at most. */
  keep(key: string, answer: RunAnswer, room: number): void {
    if (bytesOf(answer) === 0) return;
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    let total = [...this.#answers.values()].reduce((sum, one) => sum + bytesOf(one), 0);
    for (const [old, one] of this.#answers) {
      if (total <= room) return;
      this.#answers.delete(old);
      total -= bytesOf(one);
    }
  }

  get(key: string): RunAnswer | undefined {
    return this.#answers.get(key);
  }
}

function bytesOf({ representations, model }: RunAnswer): number {
  return representations.reduce((sum, { matrix }) => sum + matrix.data.byteLength, model?.byteLength ?? 0);
}
