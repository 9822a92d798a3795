import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { openRepresentation } from '../data/stream';
import { Matrix, reals } from '../linalg/matrix';
import { rowSearch } from '../linalg/row-neighbours';
import type { Progress } from '../protocol/engine';
import { Cancelled, UserError } from '../protocol/errors';
import type { InputSpec } from '../protocol/result';
import type { NeighboursRequest, RowNeighbours } from '../protocol/rows';
import { count } from '../protocol/words';
import type { JobOptions } from './jobs';
import { keyOf } from './prepare';
import type { Graph, GraphTask } from './task';

/** Inputs that are held at the same time: two spaces and the one before. */
const most = 3;
/** Milliseconds after which an input that nobody asks for is let go. */
const linger = 300_000;
/** Values that are compared before others get their turn. */
const piece = 1 << 22;
/** Bytes that a block may take while it is read. */
const block = 16 << 20;

interface Held {
  readonly rows: Promise<Matrix | null>;
  timer?: NodeJS.Timeout;
}

interface HeldGraph {
  readonly graph: Promise<Graph>;
  readonly stop: AbortController;
  /** Those who wait for it. */
  readonly waiting: Set<(progress: Progress) => void>;
  timer?: NodeJS.Timeout;
}

interface Around {
  readonly base: string;
  /** Bytes that all inputs together may take. */
  readonly room: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  /** Rows of a layer of a model, which are not in a file. */
  layer(spec: InputSpec): Promise<Matrix>;
  /** The nearest rows of every row. */
  graph(request: GraphTask['request'], options: JobOptions): Promise<Graph>;
}

/**
 * Nearest rows of single rows, on the thread that answers, in pieces that leave room for other answers, whatever the worker
 * computes. What was asked for once is held for the next question; what is too large for that is read again for each.
 */
export class Lookups {
  private readonly held = new Map<string, Held>();
  private readonly graphs = new Map<string, HeldGraph>();

  /** @throws UserError where there is no such row, or it cannot be compared; Cancelled. */
  async neighbours(request: NeighboursRequest, around: Around): Promise<RowNeighbours> {
    const { input, row, neighbours: k, metric } = request;
    if (!(Number.isInteger(k) && k >= 1 && k <= 1000))
      throw new UserError(`${k} neighbours were asked for; 1 to 1,000 can be listed.`);
    const first = input.rows?.[0] ?? 0;
    const source = await this.rowsOf(input, around);
    const target = await source.row(row - first);
    if (!target.every(Number.isFinite))
      throw new UserError(`Row ${row} has no neighbours: some value of it is not finite (NaN or infinite).`);
    const search = rowSearch(target, row, k, metric);
    const graph = request.search === 'approximate' ? await this.graphOf(request, around) : undefined;
    if (graph)
      for (const place of nearTo(graph, row - first)) {
        const data = await source.row(place);
        search.add(new Matrix(data, 1, data.length), place + first);
      }
    else
      for await (const { rows, from } of source.blocks()) {
        around.signal.throwIfAborted();
        search.add(rows, from + first);
      }
    const flat = metric === 'cosine' && target.every((value) => value === 0);
    return {
      ...search.found(),
      ...(graph && searchedBy(graph)),
      ...(flat && {
        warning: `Row ${row} is all zeros: it has no direction, so that every row is as near as any other.`,
      }),
    };
  }

  /** Lets go of everything. */
  clear(): void {
    for (const { timer } of [...this.held.values(), ...this.graphs.values()]) clearTimeout(timer);
    this.held.clear();
    this.graphs.clear();
  }

  /** Computed once for all rows, by the worker, as long as somebody waits for it; those of two spaces are held. */
  private async graphOf({ input, neighbours, metric }: NeighboursRequest, around: Around): Promise<Graph> {
    // Whoever left while rows were read begins no search: nobody would hear that it was stopped.
    around.signal.throwIfAborted();
    const key = JSON.stringify([keyAsItIs(input, around.base), neighbours, metric]);
    const known =
      this.graphs.get(key) ?? begun((options) => around.graph({ inputs: [input], neighbours, metric }, options));
    this.graphs.delete(key);
    this.graphs.set(key, known);
    clearTimeout(known.timer);
    known.timer = setTimeout(() => this.graphs.delete(key), linger);
    known.timer.unref();
    for (const old of [...this.graphs.keys()].slice(0, Math.max(0, this.graphs.size - 2))) this.graphs.delete(old);
    const hear = (progress: Progress) => around.onProgress(progress);
    known.waiting.add(hear);
    try {
      return await unless(around.signal, known.graph);
    } catch (error) {
      if (this.graphs.get(key) === known && known.waiting.size === 1) this.graphs.delete(key);
      if (known.waiting.size === 1) known.stop.abort(new Cancelled());
      throw error;
    } finally {
      known.waiting.delete(hear);
    }
  }

  private async rowsOf(spec: InputSpec, around: Around): Promise<Source> {
    const key = keyAsItIs(spec, around.base);
    // Whoever asked first may leave; others wait for the same rows.
    const known = this.held.get(key) ?? { rows: read(spec, { ...around, signal: new AbortController().signal }) };
    this.held.delete(key);
    this.held.set(key, known);
    clearTimeout(known.timer);
    known.timer = setTimeout(() => this.held.delete(key), linger);
    // Nobody waits for it.
    known.timer.unref();
    const matrix = await known.rows.catch((error) => {
      this.held.delete(key);
      throw error;
    });
    for (const old of [...this.held.keys()].slice(0, Math.max(0, this.held.size - most))) this.held.delete(old);
    return matrix ? inMemory(matrix) : onDisk(spec, around);
  }
}

function begun(graph: (options: JobOptions) => Promise<Graph>): HeldGraph {
  const waiting: HeldGraph['waiting'] = new Set();
  const stop = new AbortController();
  const onProgress = (progress: Progress) => {
    for (const hear of waiting) hear(progress);
  };
  return { graph: graph({ signal: stop.signal, onProgress }), stop, waiting };
}

/** What comes first: the answer, or that nobody wants it any more. */
async function unless<T>(signal: AbortSignal, answer: Promise<T>): Promise<T> {
  let leave = () => {};
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(new Cancelled());
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([answer, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/** Places of the rows that a search has found to be near to one. */
function nearTo({ indices, k, finite }: Graph, place: number): readonly number[] {
  const line = finite ? finite.indexOf(place) : place;
  return Array.from(indices.subarray(line * k, (line + 1) * k), (near) => finite?.[near] ?? near);
}

/** Among how many rows, and how well. */
function searchedBy({ recall, asked, of, finite }: Graph) {
  const rows = finite?.length ?? of;
  return { compared: rows - 1, left: of - rows, search: { recall, asked } };
}

/** The rows of an input, as numbers from 0. */
interface Source {
  row(place: number): Promise<Float64Array>;
  blocks(): AsyncIterable<{ readonly rows: Matrix; readonly from: number }>;
}

/** The same file, changed, is another. */
function keyAsItIs(spec: InputSpec, base: string): string {
  const state = statSync(resolve(base, spec.path), { throwIfNoEntry: false });
  return JSON.stringify([keyOf(spec), state?.mtimeMs, state?.size]);
}

/** Null where it is too large to be held. */
async function read(spec: InputSpec, { base, room, signal, layer }: Around): Promise<Matrix | null> {
  if (spec.model) return layer(spec);
  const source = await openRepresentation(spec, base, { limit: room, signal });
  try {
    const { rows, columns, isDouble } = source;
    if ((rows * columns * (isDouble ? 8 : 4)) / room > 1 / most) return null;
    const data = reals(rows * columns, isDouble);
    let at = 0;
    for await (const part of source.blocks(heightOf(source, room))) {
      data.set(part.data, at);
      at += part.data.length;
      await turn();
    }
    return new Matrix(data, rows, columns);
  } finally {
    await source.close();
  }
}

function inMemory(matrix: Matrix): Source {
  return {
    row: async (place) => Float64Array.from(matrix.row(checked(place, matrix.rows))),
    async *blocks() {
      const height = Math.max(1, Math.floor(piece / matrix.columns));
      for (let from = 0; from < matrix.rows; from += height) {
        if (from > 0) await turn();
        yield { rows: matrix.slice(from, Math.min(matrix.rows, from + height)), from };
      }
    },
  };
}

function onDisk(spec: InputSpec, { base, room, signal }: Around): Source {
  const open = () => openRepresentation(spec, base, { limit: room, signal });
  return {
    async row(place) {
      const whole = await open();
      const start = (spec.rows?.[0] ?? 0) + checked(place, whole.rows);
      await whole.close();
      const one = await openRepresentation({ ...spec, rows: [start, start + 1] }, base, { limit: room, signal });
      try {
        for await (const { data } of one.blocks(1)) return Float64Array.from(data);
        throw new UserError(`Row ${start} cannot be read.`);
      } finally {
        await one.close();
      }
    },
    async *blocks() {
      const source = await open();
      try {
        let from = 0;
        for await (const rows of source.blocks(heightOf(source, room))) {
          yield { rows, from };
          from += rows.rows;
          await turn();
        }
      } finally {
        await source.close();
      }
    },
  };
}

function heightOf({ blockBytes }: { blockBytes(height: number): number }, room: number): number {
  return Math.max(1, Math.floor(Math.min(block, room / 2) / blockBytes(1)));
}

function checked(place: number, rows: number): number {
  if (Number.isInteger(place) && place >= 0 && place < rows) return place;
  throw new UserError(`There is no such row: the input has ${count(rows)}.`);
}

/** Lets others have their turn on this thread. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
