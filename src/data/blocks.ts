import type { DataFile, RawTensor, ReadOptions } from './tensor';

/**
 * The rows of a tensor in order, `height` at a time, in one pass over the file.
 * @param rows how many rows the tensor has, or the range of them that is wanted.
 * @throws UserError as `DataFile.read` does, at the block where it happens.
 */
export async function* rowBlocks(
  file: DataFile,
  tensor: string | null,
  [start, end]: readonly [number, number],
  height: number,
  options: ReadOptions,
): AsyncGenerator<RawTensor> {
  if (file.blocks) {
    yield* file.blocks(tensor, height, { ...options, rows: [start, end] });
    return;
  }
  for (let row = start; row < end; row += height) {
    options.signal?.throwIfAborted();
    yield await file.read(tensor, { ...options, rows: [row, Math.min(end, row + height)] });
  }
}
