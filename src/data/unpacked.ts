import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, UserError } from '../protocol/errors';
import { size } from '../protocol/words';
import type { FileSource, Signal } from './source';
import { unpackZstd } from './zstd';

const blockBytes = 1 << 20;

/** What real data unpacks to, generously: a small file of which more comes out was made to fill memories and disks. */
const harmless = 256 << 20;
const largestRatio = 500;

/** The bytes of a text file that may be compressed, by its ending: `.gz`, `.zst`, or neither. */
export class Unpacked {
  readonly compression: 'none' | 'gzip' | 'zstd';

  constructor(readonly source: FileSource) {
    const lower = source.name.toLowerCase();
    this.compression = lower.endsWith('.gz') ? 'gzip' : lower.endsWith('.zst') ? 'zstd' : 'none';
  }

  get name(): string {
    return this.source.name;
  }

  /** The first bytes, and whether they are all. @throws UserError where they cannot be unpacked. */
  async head(most: number): Promise<{ bytes: Buffer; whole: boolean }> {
    if (this.compression === 'none') {
      const bytes = await this.source.head(most);
      return { bytes, whole: bytes.length === this.source.size };
    }
    const parts: Buffer[] = [];
    let length = 0;
    for await (const block of this.blocks()) {
      parts.push(Buffer.from(block));
      length += block.length;
      if (length > most) break;
    }
    return { bytes: Buffer.concat(parts).subarray(0, most), whole: length <= most };
  }

  /**
   * All bytes in order, in blocks that are good until the next one; never more in memory than a window of the compression.
   * @throws UserError where they cannot be unpacked, or are absurdly many for the file's size.
   */
  async *blocks(signal?: Signal): AsyncGenerator<Buffer> {
    if (this.compression === 'none') {
      yield* read(this.source, signal);
      return;
    }
    let total = 0;
    try {
      for await (const block of this.compression === 'gzip' ? gunzip(this.source, signal) : unpackZstd(this.source)) {
        signal?.throwIfAborted();
        total += block.length;
        if (total > harmless && total > largestRatio * this.source.size)
          throw new UserError(
            `${this.name}: its ${size(this.source.size)} unpack to more than ${size(total)}, more than any data would. Unpack it ` +
              'yourself if you trust it.',
          );
        yield block;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof UserError) throw error;
      throw new UserError(`${this.name}: it cannot be unpacked (${messageOf(error)}). Save it again, or copy it anew.`);
    }
  }

  /** Unpacks everything once: checksums are right and sizes sane before anybody else reads it. */
  async check(signal?: Signal): Promise<void> {
    if (this.compression === 'none') return;
    for await (const _ of this.blocks(signal));
  }
}

async function* read(source: FileSource, signal?: Signal): AsyncGenerator<Buffer> {
  const block = Buffer.alloc(Math.min(blockBytes, source.size));
  for (let at = 0; at < source.size; at += block.length) {
    signal?.throwIfAborted();
    const part = block.subarray(0, Math.min(block.length, source.size - at));
    await source.read(part, at);
    yield part;
  }
}

async function* gunzip(source: FileSource, signal?: Signal): AsyncGenerator<Buffer> {
  const packed = Readable.from(copies(read(source, signal)), { objectMode: false });
  const stream = packed.pipe(createGunzip({ chunkSize: 1 << 18 }));
  packed.on('error', (error) => stream.destroy(error));
  try {
    yield* stream as AsyncIterable<Buffer>;
  } finally {
    packed.destroy();
    stream.destroy();
  }
}

/** The stream holds on to what it gets. */
async function* copies(blocks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const block of blocks) yield Buffer.from(block);
}
