import { isUtf8 } from 'node:buffer';
import { UserError } from '../protocol/errors';
import { count, dims, plural, size } from '../protocol/words';
import { rowRange } from './array';
import type { Format } from './format';
import { RowWalk } from './row-walk';
import type { FileSource, Signal } from './source';
import type { ColumnValues, DataFile, RawTensor, ReadOptions } from './tensor';
import { beginning, type Vectors } from './word-header';

/** Vectors of words: word2vec text and binary, fastText's .vec, GloVe text. */
export const wordVectors: Format = {
  id: 'word-vectors',
  title: 'a file of word vectors',
  recognises: (head) => /^\d{1,15} \d{1,9}\r?\n/.test(head.toString('latin1', 0, 32)),
  open: (source, { signal }) => openWordVectors(source, signal),
};

/**
 * Opens word vectors. Where the file declares its words and numbers only its beginning is read; otherwise (GloVe) its lines
 * are counted.
 * @throws UserError when the beginning is no such file, or it cannot hold what it declares.
 */
async function openWordVectors(source: FileSource, signal?: Signal): Promise<DataFile> {
  const vectors = await beginning(source);
  const walk = new RowWalk(source, vectors.rows, vectors.first, vectors.stop);
  const counted = vectors.declared ?? (await walk.walk([0, Infinity], () => {}, signal)).row;
  return new WordVectors(source, vectors, walk, counted);
}

class WordVectors implements DataFile {
  constructor(
    private readonly source: FileSource,
    private readonly vectors: Vectors,
    private readonly walk: RowWalk,
    private readonly length: number,
  ) {}

  describe() {
    const { path, size: bytes } = this.source;
    const { units, rows } = this.vectors;
    const values = this.length * units * (rows.dtype === 'float32' ? 4 : 8);
    const tensor = { name: null, shape: [this.length, units], dtype: rows.dtype, bytes: values };
    const columns = [{ name: 'word', type: 'text', numeric: false }];
    return { path, format: 'word-vectors', bytes, tensors: [tensor], columns };
  }

  /** Decimal text is read as the nearest float64, as everywhere; binary files hold float32. */
  async read(tensor: string | null, options: ReadOptions): Promise<RawTensor> {
    const { name } = this.source;
    const { units, rows, notes } = this.vectors;
    if (tensor !== null)
      throw new UserError(
        `${name}: word vectors are one array without a name; '${tensor}' cannot be chosen with #. Leave it out.`,
      );
    if (options.columns !== undefined)
      throw new UserError(`${name}: the numbers of word vectors have no names; no columns can be chosen of them.`);
    const [start, end] = rowRange([this.length], options.rows, name);
    const total = (end - start) * units;
    this.refuseAbove(options.limit, total * (rows.dtype === 'float32' ? 4 : 8), `${dims([end - start, units])} values`);
    const data = rows.dtype === 'float32' ? new Float32Array(total) : new Float64Array(total);
    let illegible = 0;
    await this.visit([start, end], options.signal, (block, from, to, row) => {
      rows.numbers(block, from, to, row, data, (row - start) * units);
      if (!isUtf8(rows.word(block, from, to, row))) illegible++;
    });
    const damaged =
      illegible > 0 ? [`${plural(illegible, 'word')} not in UTF-8, with \uFFFD for what cannot be read`] : [];
    return { shape: [end - start, units], dtype: rows.dtype, data, notes: [...notes, ...damaged] };
  }

  /** The words. Bytes that are no UTF-8 become the replacement character. */
  async readColumn(name: string | null, options: Pick<ReadOptions, 'limit' | 'signal'>): Promise<ColumnValues> {
    if (name !== null && name !== 'word')
      throw new UserError(`${this.source.name}: there is no column '${name}'; word vectors have the column 'word'.`);
    // A text in memory takes some 32 bytes and its characters, of which 16 are guessed.
    this.refuseAbove(options.limit, this.length * 48, plural(this.length, 'word'));
    const words: string[] = [];
    const { rows } = this.vectors;
    await this.visit([0, this.length], options.signal, (block, from, to, row) => {
      words.push(rows.word(block, from, to, row).toString('utf8'));
    });
    return { name: 'word', values: words };
  }

  close(): Promise<void> {
    return this.source.close();
  }

  /** Visits rows; those of the end also show whether the file has as many as it declares. */
  private async visit(
    [start, end]: readonly [number, number],
    signal: Signal | undefined,
    visit: Parameters<RowWalk['walk']>[1],
  ): Promise<void> {
    const { row, byte } = await this.walk.walk([start, end], visit, signal);
    const declared = `${this.source.name}: the first line declares ${plural(this.length, 'word')}; `;
    if (row < end) throw new UserError(`${declared}the file ends after ${count(row)}. Save it again, or copy it anew.`);
    if (end < this.length || (await this.vectors.closes(byte))) return;
    throw new UserError(
      `${declared}more follows them at byte ${count(byte)}. Correct the first line, or save it again.`,
    );
  }

  private refuseAbove(limit: number, bytes: number, what: string): void {
    if (bytes > limit)
      throw new UserError(
        `${this.source.name}: ${what} need ${size(bytes)} of memory; the bound is ${size(limit)}. Read fewer rows, or raise the ` +
          'memory bound.',
      );
  }
}
