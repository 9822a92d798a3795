import type { FileDescription } from '../protocol/engine';
import type { Range, Slice } from '../protocol/slice';
import type { Signal } from './source';

/** A data file of any format, opened for reading. */
export interface DataFile {
  /** What is in it: no values, no reading. */
  describe(): FileDescription;
  /**
   * Reads a tensor, or the numeric columns of a table, as float32 or float64, whichever is exact.
   * @param tensor null where the file holds one tensor, or is a table.
   * @throws UserError when there is no such tensor, it cannot be read as numbers, or exceeds the limit.
   */
  read(tensor: string | null, options: ReadOptions): Promise<RawTensor>;
  /**
   * The rows of a tensor in order, `height` at a time (the last block may be shorter), each as `read` gives it: for what
   * is larger than memory. Absent where `read` by rows is as good; call it through `rowBlocks`.
   */
  blocks?(tensor: string | null, height: number, options: ReadOptions): AsyncIterable<RawTensor>;
  /**
   * A rectangle (rows, columns) of a plane of a tensor, row by row, as float32 or float64. Absent where `read` by rows is
   * as good; call it through `readWindow`.
   */
  plane?(
    tensor: string | null,
    slice: Slice,
    window: readonly [rows: Range, columns: Range],
    options: Pick<ReadOptions, 'limit' | 'signal'>,
  ): Promise<Float32Array | Float64Array>;
  /**
   * Some columns of a range of rows of a tensor, axes after the first flattened, without reading the rest of the rows: for what
   * is too wide for memory. Undefined where the file does not lie so.
   */
  strip?(
    tensor: string | null,
    part: readonly [rows: Range, columns: Range],
    options: Pick<ReadOptions, 'limit' | 'signal'>,
  ): Promise<Float32Array | Float64Array> | undefined;
  /**
   * One value per row, as labels or names: a column of a table, or a vector of numbers or strings.
   * @param name of the column or tensor; null where there is only one.
   * @throws UserError when there is no such column, or it is no vector.
   */
  readColumn(name: string | null, options: Pick<ReadOptions, 'limit' | 'signal'>): Promise<ColumnValues>;
  close(): Promise<void>;
}

export interface ColumnValues {
  readonly name: string;
  /** Numbers that are NaN where missing, or text. */
  readonly values: Float64Array | readonly string[];
}

export interface ReadOptions {
  /** Half-open; absent: all. */
  readonly rows?: readonly [number, number];
  /** Of a table: a glob over the names, or the names; absent: every numeric column. */
  readonly columns?: string | readonly string[];
  /** Bytes allowed for the decoded array. */
  readonly limit: number;
  /** Memory that may be decoded into, where it is of the type and large enough: nobody reads it any more. */
  readonly into?: Float32Array | Float64Array;
  readonly signal?: Signal;
}

export interface RawTensor {
  /** Of what was read: rows first. */
  readonly shape: number[];
  /** As stored, NumPy's name. */
  readonly dtype: string;
  /** Row-major. */
  readonly data: Float32Array | Float64Array;
  /** Names of the columns of a table. */
  readonly columns?: string[];
  /** What was done that a person should know: "3 empty cells read as NaN". */
  readonly notes: string[];
}
