import { pipeline, Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { messageOf, UserError } from '../protocol/errors';
import type { ByteSource, Signal } from './source';
import { count, size } from './words';
import type { ZipEntry } from './zip';

/** RFC 1951: a match of 258 bytes takes two bits at least. */
const mostDeflated = 1032;

/** Follows reads from the first byte to the last without a gap, and compares the checksum when the last is there. */
class Checksum {
  private next = 0;
  private crc = 0;

  constructor(
    private readonly entry: ZipEntry,
    private readonly where: string,
  ) {}

  /** @throws UserError when all bytes have been seen and their CRC-32 is not the archive's. */
  follow(bytes: Uint8Array, position: number): void {
    if (position === 0) this.next = this.crc = 0;
    if (position !== this.next || this.entry.crc === null) return;
    this.crc = crc32(bytes, this.crc);
    this.next += bytes.length;
    if (this.next === this.entry.size && this.crc !== this.entry.crc)
      throw new UserError(
        `${this.where}: the data are damaged: their checksum (CRC-32) should be ${hex(this.entry.crc)} and is ` +
          `${hex(this.crc)}. Save it again, or copy it anew.`,
      );
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

/** A member of an archive as bytes by position. Windows of a stored member are read where they lie. One read at a time. */
export interface ZipMember extends ByteSource {
  /** Lets go of buffers; a later read begins anew. */
  release(): void;
}

/**
 * @param where begins every error: "acts.npz: tensor 'layer1'".
 * @throws UserError when the member is encrypted or compressed in another way than NumPy does.
 */
export function openZipMember(archive: ByteSource, entry: ZipEntry, where: string): ZipMember {
  if (entry.encrypted) throw new UserError(`${where}: it is encrypted. Save it again with np.savez.`);
  if (entry.method === 8 && entry.size > mostDeflated * entry.compressedSize)
    throw new UserError(
      `${where}: it should unpack to ${size(entry.size)} from ${size(entry.compressedSize)}, more than any data can. ` +
        'Save it again, or copy it anew.',
    );
  if (entry.method === 8) return new DeflatedMember(archive, entry, where);
  if (entry.method !== 0)
    throw new UserError(
      `${where}: compression method ${entry.method} is unknown. Save it again with np.savez_compressed.`,
    );
  if (entry.size !== entry.compressedSize)
    throw new UserError(
      `${where}: it is stored, but the archive gives two sizes for it. Save it again, or copy it anew.`,
    );
  return new StoredMember(archive, entry, where);
}

class StoredMember implements ZipMember {
  readonly size: number;
  private readonly checksum: Checksum;

  constructor(
    private readonly archive: ByteSource,
    private readonly entry: ZipEntry,
    where: string,
  ) {
    this.size = entry.size;
    this.checksum = new Checksum(entry, where);
  }

  async read(target: Uint8Array, position: number, signal?: Signal): Promise<void> {
    await this.archive.read(target, this.entry.start + position, signal);
    this.checksum.follow(target, position);
  }

  release(): void {}
}

class DeflatedMember implements ZipMember {
  readonly size: number;
  private readonly checksum: Checksum;
  private chunks: AsyncIterator<Buffer> | undefined;
  private chunk: Buffer = Buffer.alloc(0);
  /** Of the first byte of `chunk` in the member. */
  private position = 0;

  constructor(
    private readonly archive: ByteSource,
    private readonly entry: ZipEntry,
    private readonly where: string,
  ) {
    this.size = entry.size;
    this.checksum = new Checksum(entry, where);
  }

  async read(target: Uint8Array, position: number, signal?: Signal): Promise<void> {
    if (position < this.position) this.release();
    this.chunks ??= this.inflate();
    try {
      for (let at = position, end = position + target.length; at < end; ) {
        if (at >= this.position + this.chunk.length) {
          signal?.throwIfAborted();
          await this.advance();
          continue;
        }
        const part = this.chunk.subarray(at - this.position, end - this.position);
        target.set(part, at - position);
        at += part.length;
      }
      // The end of the stream has to be where the archive says.
      if (position + target.length === this.size) await this.advance();
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Goes to the next chunk. */
  private async advance(): Promise<void> {
    this.position += this.chunk.length;
    this.chunk = Buffer.alloc(0);
    const next = await this.chunks?.next();
    const length = next?.value?.length ?? 0;
    if (next?.done === this.position < this.size || this.position + length > this.size)
      throw new UserError(
        `${this.where}: it should unpack to ${count(this.size)} bytes and has ` +
          `${next?.done ? `only ${count(this.position)}` : 'more'}. Save it again, or copy it anew.`,
      );
    if (next?.done) return;
    this.chunk = next?.value ?? this.chunk;
    this.checksum.follow(this.chunk, this.position);
  }

  release(): void {
    void this.chunks?.return?.().catch(() => {});
    this.chunks = undefined;
    this.chunk = Buffer.alloc(0);
    this.position = 0;
  }

  private async *inflate(): AsyncGenerator<Buffer> {
    const inflate = createInflateRaw({ chunkSize: 1 << 18 });
    pipeline(Readable.from(this.compressed(), { objectMode: false }), inflate, () => {});
    try {
      yield* inflate as AsyncIterable<Buffer>;
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(
        `${this.where}: it cannot be unpacked (${messageOf(error)}). Save it again, or copy it anew.`,
      );
    } finally {
      inflate.destroy();
    }
  }

  private async *compressed(): AsyncGenerator<Buffer> {
    const { start, compressedSize } = this.entry;
    const step = 1 << 18;
    for (let at = 0; at < compressedSize; at += step) {
      const block = Buffer.allocUnsafe(Math.min(step, compressedSize - at));
      await this.archive.read(block, start + at);
      yield block;
    }
  }
}
