import { basename } from 'node:path';
import type { RepresentationStream } from '../data/stream';
import { Matrix, type Real, reals } from '../linalg/matrix';
import { type OpenScratch, openScratch } from './scratch';
import type { Desk } from './task';

/** Bytes of a page; of the rows that lie in order in memory at a time; decoded at once while rows are laid by. */
const PAGE = 2 ** 17;
const PART = 2 ** 25;
const BLOCK = 2 ** 24;

/** Some of the rows of an input in another order: a stream like that of the file, and what it holds in memory. */
export interface Reordered {
  readonly stream: RepresentationStream;
  readonly bytes: number;
  close(): void;
}

/**
 * The rows at `picked` of an input, in that order. Where it is the order of the file, every pass goes through the file and
 * leaves rows out; otherwise rows are laid by on disk, once, in parts of the new order, and a pass goes from part to part.
 * @param room bytes that may be held for it
 * @throws UserError when the file cannot be read, or the disk has no room
 */
export async function reorder(
  source: RepresentationStream,
  picked: Int32Array,
  path: string,
  room: number,
  desk: Desk,
): Promise<Reordered> {
  if (ascending(picked)) {
    const whole = picked.length === source.rows;
    const stream = whole ? source : selected(source, picked);
    return { stream, bytes: whole ? 0 : picked.byteLength, close() {} };
  }
  const rowBytes = source.columns * (source.isDouble ? 8 : 4);
  const rows = picked.length;
  const span = Math.max(1, Math.floor(Math.min(PART, room / 8) / rowBytes));
  const count = Math.ceil(rows / span);
  // A page of every part is in memory while rows are laid by.
  const height = Math.max(1, Math.floor(Math.min(PAGE, room / 4 / count) / (rowBytes + 4)));
  const pages = Math.ceil(rows / height) + count;
  const name = basename(path);
  const scratch = openScratch(pages * height * (rowBytes + 4), `the rows of ${name} in the order of the identifiers`);
  try {
    const parts = new Parts(scratch, source, height, span);
    const tall = Math.max(1, Math.floor(Math.min(BLOCK, room / 8) / source.blockBytes(1)));
    await parts.fill(source, picked, tall, name, desk);
    const stream: RepresentationStream = {
      ...source,
      rows,
      notes: [...source.notes, 'rows brought into the order of the identifiers on disk'],
      blockBytes: (tall) => 2 * tall * rowBytes,
      blocks: (tall) => packed(parts.read(rows), source, tall),
      strip: picking(source, picked),
    };
    return { stream, bytes: (span + height) * (rowBytes + 4), close: () => scratch.close() };
  } catch (error) {
    scratch.close();
    throw error;
  }
}

function ascending(picked: Int32Array): boolean {
  return picked.every((row, k) => k === 0 || row > (picked[k - 1] as number));
}

/** Rows in the order of the file, some of them left out. */
function selected(source: RepresentationStream, picked: Int32Array): RepresentationStream {
  const rows = picked.length;
  async function* pass(height: number): AsyncGenerator<Matrix> {
    let start = 0;
    let next = 0;
    for await (const block of source.blocks(height)) {
      const first = next;
      while (next < rows && (picked[next] as number) < start + block.rows) next++;
      yield block.takeRows(picked.subarray(first, next).map((row) => row - start));
      start += block.rows;
      if (next === rows) return;
    }
  }
  const rowBytes = source.columns * (source.isDouble ? 8 : 4);
  return {
    ...source,
    rows,
    blockBytes: (height) => source.blockBytes(height) + 2 * height * rowBytes,
    blocks: (height) => packed(pass(height), source, height),
    strip: picking(source, picked),
  };
}

/** Strips hold every row of a source. */
function picking({ strip }: RepresentationStream, picked: Int32Array): RepresentationStream['strip'] {
  return strip && (async (columns) => (await strip(columns)).takeRows(picked));
}

type Width = Pick<RepresentationStream, 'columns' | 'isDouble'>;

/** The same rows, `height` at a time. */
async function* packed(blocks: AsyncIterable<Matrix>, width: Width, height: number): AsyncGenerator<Matrix> {
  const { columns } = width;
  const out = reals(height * columns, width.isDouble);
  let filled = 0;
  for await (const { data, rows } of blocks) {
    for (let from = 0; from < rows; ) {
      const taken = Math.min(height - filled, rows - from);
      out.set(data.subarray(from * columns, (from + taken) * columns) as Float64Array, filled * columns);
      from += taken;
      filled += taken;
      if (filled < height) continue;
      yield new Matrix(out, height, columns);
      filled = 0;
    }
  }
  if (filled > 0) yield new Matrix(out.subarray(0, filled * columns), filled, columns);
}

interface Page {
  readonly targets: Int32Array;
  readonly data: Real;
}

/** Rows on disk in parts, each of `span` rows that follow one another in the new order, within a part as they came. */
class Parts {
  private readonly parts: { count: number; page: Page | null; readonly places: number[] }[] = [];
  private next = 0;

  constructor(
    private readonly scratch: OpenScratch,
    private readonly width: Width,
    private readonly height: number,
    private readonly span: number,
  ) {}

  async fill(source: RepresentationStream, picked: Int32Array, tall: number, name: string, desk: Desk): Promise<void> {
    const targets = new Int32Array(source.rows).fill(-1);
    for (const [target, row] of picked.entries()) targets[row] = target;
    let passed = 0;
    for await (const block of source.blocks(tall)) {
      desk.signal.throwIfAborted();
      desk.progress(passed / source.rows, `Bringing the rows of ${name} into the order of the identifiers`);
      for (let i = 0; i < block.rows; i++) {
        const target = targets[passed + i] as number;
        if (target >= 0) this.add(block.row(i), target);
      }
      passed += block.rows;
    }
    for (const part of this.parts) {
      this.flush(part);
      part.page = null;
    }
  }

  /** All rows in the new order, a part of them at a time, good until the next is asked for. */
  async *read(rows: number): AsyncGenerator<Matrix> {
    const { columns, isDouble } = this.width;
    const out = reals(Math.min(rows, this.span) * columns, isDouble);
    const page = this.page();
    for (const [p, { count, places }] of this.parts.entries()) {
      for (const [k, place] of places.entries()) {
        this.scratch.read(bytesOf(page.targets), place);
        this.scratch.read(bytesOf(page.data), place + page.targets.byteLength);
        const held = Math.min(this.height, count - k * this.height);
        for (let i = 0; i < held; i++) {
          const at = (page.targets[i] as number) - p * this.span;
          out.set(page.data.subarray(i * columns, (i + 1) * columns) as Float64Array, at * columns);
        }
      }
      yield new Matrix(out.subarray(0, count * columns), count, columns);
    }
  }

  private add(row: Real, target: number): void {
    const place = Math.floor(target / this.span);
    while (this.parts.length <= place) this.parts.push({ count: 0, page: null, places: [] });
    const part = this.parts[place] as (typeof this.parts)[number];
    part.page ??= this.page();
    const at = part.count++ % this.height;
    part.page.targets[at] = target;
    part.page.data.set(row as Float64Array, at * this.width.columns);
    if (at === this.height - 1) this.flush(part);
  }

  private flush(part: (typeof this.parts)[number]): void {
    if (part.page === null || part.places.length * this.height >= part.count) return;
    part.places.push(this.next);
    for (const piece of [part.page.targets, part.page.data]) {
      this.scratch.write(bytesOf(piece), this.next);
      this.next += piece.byteLength;
    }
  }

  private page(): Page {
    return { targets: new Int32Array(this.height), data: reals(this.height * this.width.columns, this.width.isDouble) };
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Real | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
