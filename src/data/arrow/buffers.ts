import type { FileSource, Signal } from '../source';
import type { Place } from './batches';
import { type FlatTable, Malformed } from './flatbuffer';
import { unpackLz4 } from './lz4';
import { buffersOf, type Field, isView } from './schema';
import { unpackZstd } from './zstd';

/** Where the parts of a column are among the nodes and buffers of its batch. */
export interface Span {
  readonly field: Field;
  readonly node: number;
  readonly buffer: number;
  /** Of views: buffers of text that follow the two of its own. */
  readonly more: number;
  readonly children: readonly Span[];
}

/** The buffers of one batch. */
export class BatchBuffers {
  readonly rows: number;
  readonly spans: readonly Span[];
  private readonly nodes: number[][];
  private readonly buffers: number[][];
  private readonly codec: number | null;
  /** Unpacked lately: text and lists are read in two steps. */
  private readonly unpacked = new Map<number, Buffer>();

  constructor(
    private readonly source: FileSource,
    private readonly place: Place,
    batch: FlatTable,
    fields: readonly Field[],
    private readonly limit: number,
  ) {
    this.rows = batch.long(0);
    const pair = [{ at: 0 }, { at: 8 }];
    this.nodes = batch.structs(1, 16, pair);
    this.buffers = batch.structs(2, 16, pair);
    const compression = batch.table(3);
    this.codec = compression ? compression.number(0, 'i8') : null;
    const views = batch.structs(4, 8, [{ at: 0 }]).map(([more = 0]) => more);
    let [node, buffer] = [0, 0];
    const span = (field: Field): Span => {
      const own = { field, node: node++, buffer };
      const more = isView(field) ? (views.shift() ?? 0) : 0;
      if (more < 0 || more > this.buffers.length) throw new Malformed('it counts its buffers wrongly');
      buffer += buffersOf(field) + more;
      return { ...own, more, children: field.dictionary ? [] : field.children.map(span) };
    };
    this.spans = fields.map(span);
    if (node > this.nodes.length || buffer > this.buffers.length)
      throw new Malformed('a batch holds other columns than its schema says');
  }

  /** How many values the node says that it has; nulls among them. */
  counts({ node }: Span): { length: number; nulls: number } {
    const [length = -1, nulls = -1] = this.nodes[node] ?? [];
    if (length < 0 || nulls < 0) throw new Malformed('it counts its values wrongly');
    return { length, nulls };
  }

  /**
   * A range of the bytes of a buffer.
   * @param whole how many bytes the buffer has to hold at least, and, where it is compressed, hardly more.
   */
  async bytes(index: number, [start, end]: readonly [number, number], whole: number, signal?: Signal): Promise<Buffer> {
    const [offset = -1, length = -1] = this.buffers[index] ?? [];
    const { body, bodyLength } = this.place;
    if (offset < 0 || length < 0 || offset + length > bodyLength)
      throw new Malformed('a buffer lies outside its batch');
    if (this.codec === null || length === 0) return this.load(body + offset, length, [start, end], whole, signal);
    if (length < 8) throw new Malformed('a compressed buffer is too short');
    const known = this.unpacked.get(index);
    if (known) return known.subarray(start, end);
    const prefix = await this.load(body + offset, 8, [0, 8], 8, signal);
    const size = Number(prefix.readBigInt64LE());
    // A buffer that would have grown is stored as it is.
    if (size === -1) return this.load(body + offset + 8, length - 8, [start, end], whole, signal);
    // Writers fill up, some by what they had reserved.
    if (size < whole || size > 2 * whole + (1 << 20)) throw new Malformed('a compressed buffer has a wrong size');
    if (size > this.limit) throw new Malformed('a compressed buffer needs more memory than the bound allows');
    const packed = await this.load(body + offset + 8, length - 8, [0, length - 8], length - 8, signal);
    const out = Buffer.alloc(size);
    if (this.codec === 0) unpackLz4(packed, out);
    else if (this.codec === 1) unpackZstd(packed, out);
    else throw new Malformed(`its compression (${this.codec}) is unknown`);
    this.unpacked.clear();
    this.unpacked.set(index, out);
    return out.subarray(start, end);
  }

  /** How long the buffer is at most: where nothing else says it. */
  async size(index: number, signal?: Signal): Promise<number> {
    const [offset = -1, length = -1] = this.buffers[index] ?? [];
    if (this.codec === null || length < 8 || offset < 0) return length;
    const prefix = await this.load(this.place.body + offset, 8, [0, 8], 8, signal);
    const size = Number(prefix.readBigInt64LE());
    return size === -1 ? length - 8 : size;
  }

  private async load(
    at: number,
    length: number,
    [start, end]: readonly [number, number],
    whole: number,
    signal?: Signal,
  ): Promise<Buffer> {
    if (end > length || whole > length) throw new Malformed('a buffer is shorter than its values');
    signal?.throwIfAborted();
    // Aligned for every type of number.
    const out = Buffer.from(new ArrayBuffer(end - start));
    await this.source.read(out, at + start);
    return out;
  }
}
