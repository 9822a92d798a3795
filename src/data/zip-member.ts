import { crc32, createInflateRaw } from 'node:zlib';
import { UserError } from '../protocol/errors';
import { count, size } from '../protocol/words';
import { InflatedSource } from './inflate';
import type { ByteSource, Signal } from './source';
import type { ZipEntry } from './zip';

/** RFC 1951: a match of 258 bytes takes two bits at least. */
const mostDeflated = 1032;

/** Follows reads from the first byte to the last without a gap, and compares the checksum when the last is there. */
class Checksum {
  private next = 0;
  private crc = 0;
  private right = false;

  constructor(
    private readonly entry: ZipEntry,
    private readonly where: string,
  ) {}

  /** Reads what has not been read in one go yet. */
  async all({ size, read }: ByteSource, signal?: Signal): Promise<void> {
    if (this.right || this.entry.crc === null) return;
    const block = Buffer.allocUnsafe(Math.min(size, verifiedAtOnce));
    for (let at = 0; at < size; at += block.length) {
      signal?.throwIfAborted();
      await read(block.subarray(0, Math.min(block.length, size - at)), at, signal);
    }
  }

  /** @throws UserError when all bytes have been seen and their CRC-32 is not the archive's. */
  follow(bytes: Uint8Array, position: number): void {
    if (position === 0) this.next = this.crc = 0;
    if (position !== this.next || this.entry.crc === null) return;
    this.crc = crc32(bytes, this.crc);
    this.next += bytes.length;
    this.right ||= this.next === this.entry.size && this.crc === this.entry.crc;
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
  /**
   * Reads all of it, once, for its checksum: where a part is all that is wanted.
   * @throws UserError when it is damaged.
   */
  verify(signal?: Signal): Promise<void>;
}

const verifiedAtOnce = 1 << 20;

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

  verify(signal?: Signal): Promise<void> {
    return this.checksum.all({ size: this.size, read: (...range) => this.read(...range) }, signal);
  }

  release(): void {}
}

class DeflatedMember extends InflatedSource implements ZipMember {
  readonly size: number;
  private readonly checksum: Checksum;

  constructor(archive: ByteSource, entry: ZipEntry, where: string) {
    super(archive, { start: entry.start, length: entry.compressedSize }, createInflateRaw, where);
    this.size = entry.size;
    this.checksum = new Checksum(entry, where);
  }

  verify(signal?: Signal): Promise<void> {
    return this.checksum.all({ size: this.size, read: (...range) => this.read(...range) }, signal);
  }

  protected async advance(): Promise<void> {
    const done = await this.step();
    if (done === this.position < this.size || this.position + this.chunk.length > this.size)
      throw new UserError(
        `${this.where}: it should unpack to ${count(this.size)} bytes and has ` +
          `${done ? `only ${count(this.position)}` : 'more'}. Save it again, or copy it anew.`,
      );
    if (!done) this.checksum.follow(this.chunk, this.position);
  }

  /** The end of the stream has to be where the archive says. */
  protected async reached(end: number): Promise<void> {
    if (end === this.size) await this.advance();
  }
}
