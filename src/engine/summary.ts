import { resolve } from 'node:path';
import { rowBlocks } from '../data/blocks';
import { type DataFile, openData } from '../data/file';
import { readWindow } from '../data/window';
import { UserError } from '../protocol/errors';
import { planeShape, type Range } from '../protocol/slice';
import type { LineSummary, Summary, SummaryRequest } from '../protocol/window';
import { count, plural } from '../protocol/words';
import { Lines } from './lines';
import type { Desk, SummaryTask } from './task';

/** Values that are looked at unless every row is asked for. */
const enough = 16e6;
/** Columns that are described: further ones are only shown. */
const widest = 4096;
/** Values that are decoded at once. */
const block = 1 << 20;
/** Pieces of a long tensor that are looked at, evenly spaced. */
const pieces = 64;

/**
 * Describes every column, or some rows, of a plane of a tensor or of a table. Where there are more values than are quickly
 * read, evenly spaced blocks of rows are looked at, and it is said.
 * @throws UserError when the file cannot be read; Cancelled.
 */
export async function summarise({ request, base }: SummaryTask, desk: Desk): Promise<Summary> {
  const path = resolve(base, request.path);
  const file = await openData(path, { raw: request.raw, query: request.query, signal: desk.signal });
  try {
    return await (request.of === 'columns' ? ofColumns(file, request, desk) : ofRows(file, request, desk));
  } finally {
    await file.close();
  }
}

/** A plane as numbers: rows of a range of its columns, row by row. */
interface Plane {
  readonly rows: number;
  readonly columns: number;
  /** In the place of a table's text columns: nothing to describe. */
  readonly described: readonly number[];
  blocks(rows: Range, height: number): AsyncIterable<Float32Array | Float64Array>;
}

function planeOf(file: DataFile, { tensor, slice }: SummaryRequest, desk: Desk): Plane {
  const { tensors, columns } = file.describe();
  const found = tensors.find(({ name }) => name === tensor);
  if (!found) throw new UserError(`There is no tensor ${tensor ?? 'without a name'} any more. Open the file again.`);
  const options = { limit: 512 << 20, signal: desk.signal };
  if (tensor === null && columns) {
    const numeric = [...columns.keys()].filter((j) => columns[j]?.numeric).slice(0, widest);
    const names = numeric.map((j) => columns[j]?.name as string);
    return {
      rows: found.shape[0] ?? 0,
      columns: columns.length,
      described: numeric,
      async *blocks(rows, height) {
        for await (const { data } of rowBlocks(file, null, rows, height, { ...options, columns: names })) yield data;
      },
    };
  }
  if (found.unusable) throw new UserError(`These values cannot be described: ${found.unusable}`);
  const [rows, width] = planeShape(found.shape, slice);
  const columnsShown = Math.min(width, widest);
  const whole = found.shape.length === 2 && slice.rows === 0 && slice.columns === 1 && width <= widest;
  return {
    rows,
    columns: width,
    described: Array.from({ length: columnsShown }, (_, j) => j),
    async *blocks(range, height) {
      if (whole) {
        for await (const { data } of rowBlocks(file, tensor, range, height, options)) yield data;
        return;
      }
      for (let row = range[0]; row < range[1]; row += height) {
        desk.signal.throwIfAborted();
        const end = Math.min(range[1], row + height);
        yield await readWindow(
          file,
          tensor,
          slice,
          [
            [row, end],
            [0, columnsShown],
          ],
          options,
        );
      }
    },
  };
}

async function ofColumns(file: DataFile, request: SummaryRequest, desk: Desk): Promise<Summary> {
  const plane = planeOf(file, request, desk);
  const { rows, columns, described } = plane;
  const width = described.length;
  const most = Math.max(1, Math.floor(enough / Math.max(1, width)));
  const whole = request.whole === true || rows <= most;
  const ranges = whole ? [[0, rows] as const] : spaced(rows, most);
  const height = Math.max(1, Math.floor(block / Math.max(1, width)));
  const looked = ranges.reduce((sum, [start, end]) => sum + end - start, 0);
  const lines = new Lines(width);
  // The bins need the extremes, so that everything is read twice.
  for (const [pass, visit] of [
    (data: Float32Array | Float64Array) => lines.add(data),
    (data: Float32Array | Float64Array) => lines.bin(data),
  ].entries()) {
    let done = 0;
    for (const range of ranges) {
      for await (const data of plane.blocks(range, height)) {
        desk.signal.throwIfAborted();
        visit(data);
        done += width === 0 ? 0 : data.length / width;
        desk.progress((pass + done / Math.max(1, looked)) / 2, 'Columns');
      }
    }
  }
  const found = lines.summaries();
  const shown: LineSummary[] = Array.from({ length: Math.min(columns, widest) }, () => nothing);
  for (const [i, j] of described.entries()) if (j < shown.length) shown[j] = found[i] as LineSummary;
  const some = columns > widest ? `, the first ${count(widest)} of ${count(columns)} columns` : '';
  const basis = whole
    ? all(rows, 'row')
    : `${count(looked)} of ${count(rows)} rows, in ${ranges.length} evenly spaced blocks`;
  return { range: [0, shown.length], lines: shown, basis: basis + some, whole };
}

const nothing: LineSummary = { count: 0, min: null, max: null, mean: null, sd: null, nan: 0, infinite: 0, zeros: 0 };

/** "all 450 rows", "the only row" */
function all(many: number, noun: string): string {
  return many === 1 ? `the only ${noun}` : `all ${plural(many, noun)}`;
}

/** Blocks of rows, as many as `most` together. */
function spaced(rows: number, most: number): Range[] {
  const blocks = Math.min(pieces, most);
  const height = Math.floor(most / blocks);
  return Array.from({ length: blocks }, (_, i) => {
    const start = blocks === 1 ? 0 : Math.floor((i * (rows - height)) / (blocks - 1));
    return [start, start + height];
  });
}

async function ofRows(file: DataFile, request: SummaryRequest, desk: Desk): Promise<Summary> {
  const plane = planeOf(file, request, desk);
  const range: Range = request.range ?? [0, plane.rows];
  const width = plane.described.length;
  const height = Math.max(1, Math.floor(block / Math.max(1, width)));
  const lines: LineSummary[] = [];
  for await (const data of plane.blocks(range, height)) {
    desk.signal.throwIfAborted();
    for (let at = 0; at < data.length; at += width) {
      // A row is a column of its own.
      const row = new Lines(1);
      row.add(data.subarray(at, at + width));
      lines.push(row.summaries()[0] as LineSummary);
    }
    desk.progress(lines.length / (range[1] - range[0]), 'Rows');
  }
  const some = width < plane.columns ? `${count(width)} of ${count(plane.columns)} columns` : all(width, 'column');
  return { range, lines, basis: some, whole: width === plane.columns };
}
