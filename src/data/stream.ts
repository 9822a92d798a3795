import { Matrix, type Real, reals } from '../linalg/matrix';
import { rowBlocks } from './blocks';
import { openData } from './file';
import { averageInto, chosenColumns, locate, type ReadRepresentation, reductionNotes } from './representation';
import type { Signal } from './source';
import { fileOf, type PlacedSpec } from './stored';
import type { DataFile, RawTensor, ReadOptions } from './tensor';

/** An input that is read in blocks of rows, reduced like one that is read whole. */
export interface RepresentationStream extends Omit<ReadRepresentation, 'matrix'> {
  /** That were asked for. */
  readonly rows: number;
  readonly columns: number;
  readonly isDouble: boolean;
  /** Bytes that a block of this height takes while it is read and used, one more being read meanwhile. */
  blockBytes(height: number): number;
  /**
   * The rows in order, `height` or fewer at a time, in one pass over the file; may be called again. The next block is
   * read while the caller works on one, which is valid until the next is asked for.
   * @throws UserError at the block that cannot be read.
   */
  blocks(height: number): AsyncGenerator<Matrix>;
  /** Some columns of all its rows; absent where the file cannot give them without the others. */
  strip?: ((columns: readonly [number, number]) => Promise<Matrix>) | undefined;
  close(): Promise<void>;
}

/**
 * Opens what an input names. Only its first row is read, to learn what rows decode to.
 * @param limit bytes that a block may take.
 * @throws UserError as `readRepresentation` does, but for values that are read later.
 */
export async function openRepresentation(
  spec: PlacedSpec,
  baseFolder: string,
  { limit, signal }: { readonly limit: number; readonly signal: Signal },
): Promise<RepresentationStream> {
  const file = await openData(fileOf(spec, baseFolder), { ...spec, signal });
  try {
    const { name, shape, dtype, start, end } = locate(file, spec);
    const { columns: named, notes } = chosenColumns(file, spec);
    const chosen = named === undefined ? {} : { columns: named };
    const first = await file.read(name, { ...chosen, limit, signal, rows: [start, start + 1] });
    const average = spec.reduce === 'mean' && shape.length > 2;
    const places = average ? first.shape.slice(2).reduce((product, length) => product * length, 1) : 1;
    const { BYTES_PER_ELEMENT: bytes, length } = first.data;
    const columns = length / places;
    const read = average ? [1, columns] : first.shape;
    const strip = (part: readonly [number, number], rows: readonly [number, number] = [start, end]) =>
      file.strip?.(name, [rows, part], { limit, signal });
    // One value tells whether there are any.
    const strips =
      !average &&
      named === undefined &&
      (await strip([0, 1], [start, start + 1])?.then(
        () => true,
        () => false,
      ));
    return {
      ...{ tensor: name, dtype, shape, rows: end - start, columns, isDouble: bytes === 8 },
      ...(first.columns ? { unitNames: first.columns } : {}),
      // What is said of the cells of one row is not true of all.
      notes: [
        ...(spec.stored?.notes ?? []),
        ...first.notes.filter((note) => !note.endsWith('read as NaN')),
        ...notes,
        ...reductionNotes(shape, read, average),
      ],
      blockBytes: (height) => height * bytes * (2 * length + (average ? columns : 0)),
      blocks: (height) =>
        reduced(ahead(file, name, [start, end], height, { ...chosen, limit, signal }), columns, places),
      ...(strips && {
        strip: async (part: readonly [number, number]) =>
          new Matrix((await strip(part)) as Real, end - start, part[1] - part[0]),
      }),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Blocks of rows, each next one being read while the last is in use, in turns into the same two pieces of memory. */
async function* ahead(
  file: DataFile,
  tensor: string | null,
  [start, end]: readonly [number, number],
  height: number,
  options: ReadOptions,
): AsyncGenerator<RawTensor> {
  if (file.blocks) {
    yield* rowBlocks(file, tensor, [start, end], height, options);
    return;
  }
  const pieces: (Real | undefined)[] = [undefined, undefined];
  const read = async (row: number): Promise<RawTensor> => {
    const turn = ((row - start) / height) % 2;
    const into = pieces[turn];
    const rows: [number, number] = [row, Math.min(end, row + height)];
    const block = await file.read(tensor, { ...options, rows, ...(into && { into }) });
    pieces[turn] ??= block.data;
    return block;
  };
  let next = read(start);
  for (let row = start; row < end; row += height) {
    const block = await next;
    if (row + height < end) {
      next = read(row + height);
      // Should the caller stop before it is awaited.
      next.catch(() => {});
    }
    yield block;
  }
}

async function* reduced(blocks: AsyncIterable<RawTensor>, columns: number, places: number): AsyncGenerator<Matrix> {
  for await (const { data } of blocks) {
    if (places === 1) {
      yield new Matrix(data, data.length / columns, columns);
      continue;
    }
    const size = data.length / places;
    const means = reals(size, data instanceof Float64Array);
    averageInto(means, 0, data, places);
    yield new Matrix(means, size / columns, columns);
  }
}
