import { UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import type { FileSource, Signal } from './source';

/** Where the rows of a file end, which only their bytes say. */
export interface RowForm {
  /** Where the row that begins at `start` ends; -1 where the block does not hold all of it. `last`: the file ends with it. */
  end(block: Buffer, start: number, last: boolean): number;
}

const blockBytes = 1 << 20;
const longestRow = 4 << 20;
/** Places that are remembered: half a megabyte of them. */
const mostPlaces = 1 << 16;

/**
 * Rows of different lengths, found by walking through them. The places of rows at regular distances are kept, so that a later
 * walk begins close to where it is wanted; memory does not grow with the file.
 */
export class RowWalk {
  private readonly places = new Float64Array(mostPlaces);
  private known = 0;
  private stride = 1;

  /** The rows lie in bytes `first` to `stop` of the source. */
  constructor(
    private readonly source: FileSource,
    private readonly form: RowForm,
    private readonly first: number,
    private readonly stop: number,
  ) {}

  /**
   * Shows the rows `from` to `to` - 1 to `visit`, which must not keep the block.
   * @returns the row and the byte where the walk ended: before row `to` where there are no more.
   * @throws UserError at a row that is too long.
   */
  async walk(
    [from, to]: readonly [number, number],
    visit: (block: Buffer, start: number, end: number, row: number) => void,
    signal?: Signal,
  ): Promise<{ readonly row: number; readonly byte: number }> {
    let [row, base] = this.before(from);
    let space = Buffer.allocUnsafe(blockBytes);
    let [start, filled] = [0, 0];
    while (row < to) {
      signal?.throwIfAborted();
      const more = Math.min(space.length - filled, this.stop - base - filled);
      await this.source.read(space.subarray(filled, filled + more), base + filled);
      filled += more;
      const last = base + filled === this.stop;
      const block = space.subarray(0, filled);
      for (; row < to; row++) {
        const end = start < filled ? this.form.end(block, start, last) : -1;
        if (end < 0) break;
        this.remember(row, base + start);
        if (row >= from) visit(block, start, end, row);
        start = end;
      }
      if (row >= to || last) break;
      space.copyWithin(0, start, filled);
      [base, filled, start] = [base + start, filled - start, 0];
      if (filled < space.length) continue;
      if (filled >= longestRow)
        throw new UserError(
          `${this.source.name}: row ${count(row)} (from 0), at byte ${count(base)}, does not end within ${count(longestRow)} ` +
            'bytes. This is no file of word vectors, or it is damaged.',
        );
      space = Buffer.concat([space], space.length * 2);
    }
    return { row, byte: base + start };
  }

  private before(row: number): [row: number, byte: number] {
    if (this.known === 0) return [0, this.first];
    const place = Math.min(this.known - 1, Math.floor(row / this.stride));
    return [place * this.stride, this.places[place] as number];
  }

  private remember(row: number, byte: number): void {
    if (row !== this.known * this.stride) return;
    if (this.known === mostPlaces) {
      // Every second place is given up.
      this.known = mostPlaces / 2;
      for (let i = 0; i < this.known; i++) this.places[i] = this.places[2 * i] as number;
      this.stride *= 2;
    }
    this.places[this.known++] = byte;
  }
}
