import type { RepresentationStream } from '../data/stream';
import { openRepresentation } from '../data/stream';
import type { Matrix } from '../linalg/matrix';
import type { RowStream, Streamed, StreamedRows } from '../methods/method';
import { displayNames } from '../protocol/names';
import type { InputRecord, InputSpec, RunRequest, Table } from '../protocol/result';
import { readAllIdentifiers } from './identify';
import { type Pairing, pairRows } from './pairing';
import { distinct, keyOf, recordOf, stepsOf } from './prepare';
import { type Reordered, reorder } from './reorder';
import { badRows, checkKept, checkRows, leftOut, neverFinite, PLACES, type Read } from './rows';
import type { Desk } from './task';

/** Inputs that are open, to be read in blocks of rows. */
export interface OpenInputs {
  /** All of them, in the order of the request. */
  readonly stream: RowStream;
  /** Some of them, by their places: rows that are not finite in any of all the inputs are left out all the same. */
  pick(places: readonly number[]): RowStream;
  /** Index in the first file of each row that is kept: a pass where none has been yet. */
  index(): Promise<Int32Array>;
  /** After a pass: which rows were left out, as `prepare` says it, and the records of the inputs. */
  notes(): { readonly steps: string[]; readonly warnings: string[]; readonly records: InputRecord[] };
  /** Rows without a partner by their identifiers; absent where there are none. */
  readonly unmatched?: Table | undefined;
  close(): Promise<void>;
}

/** Rows of a block of a pass that only looks. */
const TALLEST = 8192;

/** Whether all rows that have partners are used: then reading in blocks can do. */
export function inPlace({ sample }: Pick<RunRequest, 'sample'>): boolean {
  return sample === undefined;
}

/**
 * Opens inputs whose rows belong together, by position or by identifiers, which are read at once. An input that is given
 * twice is read once in each pass.
 * @param room bytes that blocks, and what is made of them, may take together.
 * @throws UserError when a file cannot be read or row counts differ; in a pass, when too little is finite.
 */
export async function openInputs(
  specs: readonly InputSpec[],
  base: string,
  room: number,
  desk: Desk,
): Promise<OpenInputs> {
  const open = new Map<string, RepresentationStream>();
  const reordered: Reordered[] = [];
  const close = async () => {
    for (const { close: remove } of reordered) remove();
    for (const source of open.values()) await source.close();
  };
  try {
    for (const spec of distinct(specs)) {
      desk.signal.throwIfAborted();
      open.set(keyOf(spec), await openRepresentation(spec, base, { limit: room, signal: desk.signal }));
    }
    const given = specs.map((spec) => open.get(keyOf(spec)) as RepresentationStream);
    const names = displayNames(specs.map(({ path }, i) => ({ path, tensor: given[i]?.tensor ?? null })));
    const pairing = await pairingOf(specs, given, names, base, room, desk);
    const streams = new Map<RepresentationStream, RepresentationStream>();
    for (const [i, source] of given.entries()) {
      const picked = pairing?.picked[i];
      if (!picked || streams.has(source)) continue;
      const made = await reorder(source, picked, (specs[i] as InputSpec).path, room / 4, desk);
      reordered.push(made);
      streams.set(source, made.stream);
    }
    const sources = given.map((source) => streams.get(source) ?? source);
    const read = sources.map((source, i): Read => {
      const { path, rows } = specs[i] as InputSpec;
      const picked = pairing?.picked[i];
      return {
        ...{ ...source, matrix: source, name: names[i] as string, path, first: rows?.[0] ?? 0 },
        ...(picked && { picked }),
      };
    });
    if (!pairing) checkRows(read);
    const held = reordered.reduce((sum, { bytes }) => sum + bytes, 0);
    const health = new Finiteness(read);
    const pick = (places: readonly number[]) =>
      new Lockstep(
        places.map((place) => ({ ...(sources[place] as RepresentationStream), name: names[place] as string })),
        places.map((place) => sources[place] as RepresentationStream),
        { room: room - held, health, all: sources, desk },
      );
    const all = sources.map((_, i) => i);
    const stream = pick(all);
    return {
      stream,
      pick,
      close,
      async index() {
        const places = await stream.kept();
        const picked = pairing?.picked[0];
        return places.map((place) => (picked?.[place] ?? place) + (read[0]?.first ?? 0));
      },
      notes() {
        const { kept, warnings } = health;
        const rows = read[0]?.matrix.rows ?? 0;
        const records = sources.map((source, i) => recordOf(specs[i] as InputSpec, source, [kept, source.columns]));
        return {
          steps: [...(pairing?.steps ?? []), ...stepsOf(read, sources, rows - kept)],
          warnings: [...(pairing?.warnings ?? []), ...warnings],
          records,
        };
      },
      unmatched: pairing?.unmatched,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Which rows of several inputs belong together, where they have identifiers; of these nothing else is kept. */
async function pairingOf(
  specs: readonly InputSpec[],
  sources: readonly RepresentationStream[],
  names: readonly string[],
  base: string,
  room: number,
  desk: Desk,
): Promise<Omit<Pairing, 'ids'> | undefined> {
  if (specs.length < 2) return undefined;
  const identified = await readAllIdentifiers(specs, sources, names, base, room, desk);
  if (!identified) return undefined;
  const { ids: _, ...pairing } = pairRows(identified);
  return pairing;
}

/** Which rows are finite in every input: learnt in the first pass over all of them, remembered for others. */
class Finiteness {
  /** Rows that are finite everywhere, once a pass is over. */
  kept = 0;
  warnings: string[] = [];
  /** By position, once a pass has met one. */
  bad: Uint8Array | undefined;
  known = false;

  constructor(private readonly inputs: readonly Read[]) {}

  get rows(): number {
    return this.inputs[0]?.matrix.rows ?? 0;
  }

  get first(): number {
    return this.inputs[0]?.first ?? 0;
  }

  /** Counts over one pass. */
  begin() {
    const counts = this.inputs.map(() => ({
      bad: 0,
      beyond: 0,
      places: [] as number[],
      seen: undefined as Uint8Array | undefined,
    }));
    return {
      /** A block of every distinct input; marks rows that are not finite. */
      look: (input: number, matrix: Matrix, first: number) => {
        const { rows: found, beyond } = badRows({ matrix });
        if (found.length === 0 && this.known) return;
        const mine = counts[input] as (typeof counts)[number];
        mine.beyond += beyond;
        // A column that is finite somewhere is not to blame, should no row be.
        if (found.length < matrix.rows) mine.seen ??= new Uint8Array();
        for (const row of found) {
          this.bad ??= new Uint8Array(this.rows);
          this.bad[first + row] = 1;
          mine.bad++;
          if (mine.places.length < PLACES) mine.places.push(first + row);
          if (mine.seen?.length === 0) continue;
          mine.seen ??= new Uint8Array(matrix.columns);
          const values = matrix.row(row);
          for (let j = 0; j < values.length; j++) if (Number.isFinite(values[j])) mine.seen[j] = 1;
        }
      },
      end: () => {
        if (this.known) return;
        for (const [i, { bad, beyond, places, seen }] of counts.entries()) {
          const input = this.inputs[i] as Read;
          if (bad === 0) continue;
          const column = bad === this.rows ? (seen?.indexOf(0) ?? -1) : -1;
          if (column >= 0) throw neverFinite(input, column, this.inputs);
          this.warnings.push(leftOut(input, { rows: places, beyond }, this.inputs, bad));
        }
        this.kept = this.rows - (this.bad?.reduce((sum, flag) => sum + flag, 0) ?? 0);
        this.known = true;
        checkKept(this.kept, this.rows, this.warnings);
      },
    };
  }
}

interface Surroundings {
  readonly room: number;
  readonly health: Finiteness;
  /** Every input of the request, the picked ones among them. */
  readonly all: readonly RepresentationStream[];
  readonly desk: Desk;
}

class Lockstep implements RowStream {
  readonly strip: RowStream['strip'];

  constructor(
    readonly inputs: readonly Streamed[],
    private readonly sources: readonly RepresentationStream[],
    private readonly around: Surroundings,
  ) {
    if (sources.every(({ strip }) => strip)) this.strip = (input, columns) => this.stripOf(input, columns);
  }

  get rows(): number {
    return this.around.health.rows;
  }

  get first(): number {
    return this.around.health.first;
  }

  get room(): number {
    // Less a mark for each row that is left out.
    return this.around.room - this.rows;
  }

  blockBytes(height: number): number {
    // What every row's position takes, and the copies of blocks with gaps.
    return this.distinct().reduce((sum, source) => sum + source.blockBytes(height), 4 * height);
  }

  async *blocks(height: number): AsyncGenerator<StreamedRows> {
    const { health, desk } = this.around;
    if (!health.known && this.distinct().length < new Set(this.around.all).size) await this.survey(height);
    const sources = this.distinct();
    const reading = health.begin();
    for await (const { blocks, start } of inStep(sources, height, desk)) {
      for (const [k, matrix] of blocks.entries()) {
        for (const [i, source] of this.around.all.entries())
          if (!health.known && source === sources[k]) reading.look(i, matrix, start);
      }
      const rows = blocks[0]?.rows ?? 0;
      const index = this.keptOf(start, rows);
      const given = index.length === rows ? blocks : blocks.map((matrix) => closeGaps(matrix, index, start));
      const matrices = this.sources.map((source) => given[sources.indexOf(source)] as Matrix);
      yield { matrices, index, passed: start + rows };
    }
    reading.end();
  }

  private async stripOf(input: number, columns: readonly [number, number]): Promise<Matrix> {
    const kept = await this.kept();
    const whole = (await this.sources[input]?.strip?.(columns)) as Matrix;
    return kept.length === whole.rows ? whole : whole.takeRows(kept);
  }

  /** Positions of the rows that are finite everywhere. */
  async kept(): Promise<Int32Array> {
    const { health, all } = this.around;
    const perRow = Math.max(...all.map((source) => source.blockBytes(1)));
    if (!health.known) await this.survey(Math.max(1, Math.min(TALLEST, Math.floor(this.room / 4 / perRow))));
    return this.keptOf(0, health.rows);
  }

  /** A pass that only looks for rows that are not finite, over all inputs. */
  private async survey(height: number): Promise<void> {
    const { all, health, desk } = this.around;
    const sources = [...new Set(all)];
    const reading = health.begin();
    for (const source of sources) {
      for await (const { blocks, start } of inStep([source], height, desk))
        for (const [i, other] of all.entries()) if (other === source) reading.look(i, blocks[0] as Matrix, start);
    }
    reading.end();
  }

  private keptOf(start: number, rows: number): Int32Array {
    const { bad } = this.around.health;
    const index = Int32Array.from({ length: rows }, (_, i) => start + i);
    return bad?.subarray(start, start + rows).includes(1) ? index.filter((row) => bad[row] === 0) : index;
  }

  private distinct(): readonly RepresentationStream[] {
    return [...new Set(this.sources)];
  }
}

/** Blocks of the same rows of several files. */
async function* inStep(sources: readonly RepresentationStream[], height: number, { signal }: Desk) {
  const iterators = sources.map((source) => source.blocks(height));
  try {
    for (let start = 0; ; ) {
      const steps = await Promise.all(iterators.map((iterator) => iterator.next()));
      signal.throwIfAborted();
      if (steps.some(({ done }) => done)) return;
      const blocks = steps.map(({ value }) => value as Matrix);
      yield { blocks, start };
      start += blocks[0]?.rows ?? 0;
    }
  } finally {
    for (const iterator of iterators) await iterator.return(undefined);
  }
}

/** Moves the rows that are kept together, in the memory of the block. */
function closeGaps(matrix: Matrix, kept: Int32Array, start: number): Matrix {
  const { columns, data } = matrix;
  for (const [to, row] of kept.entries()) {
    const from = (row - start) * columns;
    data.copyWithin(to * columns, from, from + columns);
  }
  return matrix.slice(0, kept.length);
}
