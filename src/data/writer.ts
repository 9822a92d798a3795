import { extname } from 'node:path';
import { UserError } from '../protocol/errors';
import { writtenEndings } from '../protocol/formats';
import { writeCsv } from './csv-writer';
import { writeNpy } from './npy-writer';
import { writeNpz } from './npz-writer';
import { writeParquet } from './parquet-writer';
import { writeSafetensors } from './safetensors-writer';
import type { NamedWritable, Writable } from './writable';

/** Whether the files with that ending hold several matrices. */
export function holdsSeveral(path: string): boolean {
  return ['.npz', '.safetensors'].includes(extname(path).toLowerCase());
}

/**
 * Writes representations in the format that the ending of `path` names, each in its own precision. The file is there when
 * all of it is written, and not before.
 * @param about where they come from: kept where the format has a place for it (.safetensors).
 * @throws UserError when the file cannot be written, the ending is another, or the format holds one matrix alone.
 */
export async function writeRepresentation(
  path: string,
  matrices: readonly NamedWritable[],
  about: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ending = extname(path).toLowerCase();
  const [first] = matrices;
  if (!first || (matrices.length > 1 && !holdsSeveral(path)))
    throw new UserError(
      `${path} cannot be written: a ${ending} file holds one matrix, and there are ${matrices.length}. Write .npz or .safetensors.`,
    );
  switch (ending) {
    case '.npy':
      return writeNpy(path, first);
    case '.npz':
      return writeNpz(path, matrices);
    case '.safetensors':
      return writeSafetensors(path, matrices, about);
    case '.csv':
      return writeCsv(path, tableOf(first));
    case '.parquet':
      return writeParquet(path, tableOf(first));
    default:
      throw new UserError(`${path} cannot be written: its name has to end in one of ${writtenEndings.join(', ')}.`);
  }
}

/** Units have no names of their own here: `unit0`, `unit1` and so on. */
function tableOf({ columns, blocks, ids }: Writable) {
  async function* all() {
    yield* blocks;
  }
  return { columns: Array.from({ length: columns }, (_, j) => `unit${j}`), blocks: all(), ...(ids && { names: ids }) };
}
