import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import type { ByteSource } from '../source';

/** A part of a MAT-file: its type, and where its data lie. */
export interface Element {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** Where the next one begins. */
  readonly next: number;
}

export const miMatrix = 14;
export const miCompressed = 15;

/** Elements one after the other in a range of bytes, each within it. */
export class Elements {
  constructor(
    readonly source: ByteSource,
    readonly bigEndian: boolean,
    private position: number,
    private readonly end: number,
    /** Begins every error. */
    private readonly where: string,
  ) {}

  get done(): boolean {
    // Fewer bytes than a tag are padding.
    return this.end - this.position < 8;
  }

  /** @throws UserError when it is not there or reaches beyond the range. */
  async next(): Promise<Element> {
    const tag = await this.bytes(this.position, 8);
    const word = (at: number) => (this.bigEndian ? tag.readUInt32BE(at) : tag.readUInt32LE(at));
    const first = word(0);
    // Up to four bytes of data lie in the tag itself, their size in its upper half.
    const small = first >>> 16;
    const type = first & 0xffff;
    const offset = this.position + (small ? 4 : 8);
    const size = small || word(4);
    const padded = small ? 4 : type === miCompressed ? size : Math.ceil(size / 8) * 8;
    if (small > 4 || offset + size > this.end)
      throw new UserError(
        `${this.where}: ${count(size)} bytes should follow at byte ${count(offset)}, of which ${count(this.end - offset)} ` +
          'are there. Save it again, or copy it anew.',
      );
    // The padding of the last may be missing.
    this.position = Math.min(offset + padded, Math.max(this.end, offset + size));
    return { type, offset, size, next: this.position };
  }

  /** The data of the next element, of at most `most` bytes. */
  async data(most: number, what: string): Promise<Buffer & { readonly type?: number }> {
    const { offset, size } = await this.next();
    if (size > most)
      throw new UserError(
        `${this.where}: its ${what} take ${count(size)} bytes; at most ${count(most)} are read. Save it again.`,
      );
    return this.bytes(offset, size);
  }

  /** Integers of 32 bits. */
  async integers(most: number, what: string): Promise<number[]> {
    const bytes = await this.data(4 * most, what);
    return Array.from({ length: bytes.length >> 2 }, (_, i) =>
      this.bigEndian ? bytes.readInt32BE(4 * i) : bytes.readInt32LE(4 * i),
    );
  }

  private async bytes(position: number, length: number): Promise<Buffer> {
    if (position + length > this.end)
      throw new UserError(
        `${this.where}: it ends at byte ${count(this.end)}; ${count(length)} bytes were expected at byte ` +
          `${count(position)}. Save it again, or copy it anew.`,
      );
    const out = Buffer.alloc(length);
    await this.source.read(out, position);
    return out;
  }
}
