import { Moments } from '../../linalg/moments';
import type { Context, RowStream, StreamedRows } from '../method';
import { inDouble } from './centred';
import { constantUnits, fewRows } from './warnings';

/** Rows of a block, at most, and bytes: more make nothing faster. */
const TALLEST = 8192;
const LARGEST = 192 << 20;

/** What else is learnt of each block in the same pass. */
interface Also {
  /** That it keeps. */
  readonly bytes: number;
  each(rows: StreamedRows): void;
}

export interface Gathered {
  readonly moments: Moments;
  /** How it was done, for a result's steps. */
  readonly steps: readonly string[];
}

/**
 * The sums over rows of all inputs of a stream, in one pass, in blocks as tall as memory allows.
 * @param double products in float64 even where the data are float32 and many
 * @param share of the work that this is, for the progress
 * @param also called with each block
 * @throws UserError where the products of all units do not fit into memory
 */
export async function gather(
  stream: RowStream,
  double: boolean,
  context: Context,
  share = 1,
  also: Also = { bytes: 0, each: () => {} },
): Promise<Gathered> {
  const { inputs, rows, room } = stream;
  const widths = inputs.map(({ columns }) => columns);
  const units = widths.reduce((sum, columns) => sum + columns, 0);
  const exact = double || inDouble((rows * units * units) / 2, ...inputs);
  const sums = Moments.bytes(units);
  const perRow = stream.blockBytes(1) + units * (exact ? 16 : 8) + 32 * inputs.length;
  context.reserve(sums + also.bytes + perRow, `the table of products of all pairs of ${units} units`);
  const height = Math.max(1, Math.min(TALLEST, rows, Math.floor(Math.min(LARGEST, room - sums - also.bytes) / perRow)));
  const moments = new Moments(widths, exact);
  for await (const block of stream.blocks(height)) {
    await moments.add(block.matrices, context.signal);
    context.signal.throwIfAborted();
    also.each(block);
    context.progress((share * block.passed) / rows, 'Reading rows');
  }
  const products = exact
    ? 'products and sums in float64'
    : 'products in float32 over at most 3,072 rows, their sums in float64';
  return { moments, steps: [readInBlocks(height), products] };
}

/** How an input that does not fit into memory was read, in the words of every method. */
export function readInBlocks(height: number): string {
  return `read in blocks of ${height} row${height === 1 ? '' : 's'}`;
}

/** What is odd about the data of each input, in the words of every method. */
export function oddities({ inputs }: RowStream, moments: Moments): string[] {
  const constant = inputs.flatMap(({ name, columns }, k) => constantUnits(name, moments.constantColumns(k), columns));
  return [...constant, ...fewRows(moments.rows)];
}
