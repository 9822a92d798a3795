import { Matrix, type Real } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import { repeated } from '../protocol/words';

type Blocks = AsyncIterable<Block> | Iterable<Block>;

/** Rows in order: of one precision, or narrower than what is written. */
export type Block = Pick<Matrix, 'data' | 'rows' | 'columns'>;

/** A matrix to be written, by blocks of rows: all of it need never be in memory. */
export interface Writable {
  readonly rows: number;
  readonly columns: number;
  /** float64, or float32. */
  readonly double: boolean;
  readonly blocks: Blocks;
  /** Of the rows: a column where the format is a table. */
  readonly ids?: readonly string[];
}

/** One of several matrices in a file. */
export interface NamedWritable extends Writable {
  readonly name: string;
}

/** A matrix in memory as one block. */
export function writable(matrix: Block): Writable {
  const { rows, columns, data } = matrix;
  return { rows, columns, double: data instanceof Float64Array, blocks: [matrix] };
}

export function byteLength({ rows, columns, double }: Omit<Writable, 'blocks'>): number {
  return rows * columns * (double ? 8 : 4);
}

/**
 * The bytes of a matrix in its own precision, little-endian and row-major, block by block.
 * @throws RangeError where the blocks are not the matrix that was announced, or float64 values would be rounded.
 */
export async function* encoded({ rows, columns, double, blocks }: Writable): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const block of blocks) {
    done += block.rows;
    const { data } = new Matrix(block.data, block.rows, block.columns);
    if (block.columns !== columns || done > rows)
      throw new RangeError(`A block of ${block.rows} x ${block.columns} does not fit into ${rows} x ${columns}.`);
    if (!double && data instanceof Float64Array)
      throw new RangeError('A block of float64 would be rounded to float32.');
    yield littleEndian(double && data instanceof Float32Array ? Float64Array.from(data) : data);
  }
  if (done !== rows) throw new RangeError(`${rows} rows were announced; ${done} came.`);
}

/** Every machine on which Node.js runs today is little-endian; a typed array is in the machine's order. */
function littleEndian(data: Real): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** @throws UserError where two of the matrices have one name: only one of them could be found again. */
export function refuseRepeated(path: string, names: readonly string[]): void {
  const twice = repeated(names);
  if (twice !== undefined) throw new UserError(`${path} cannot be written: two matrices have the name '${twice}'.`);
}
