import { pipeline, Readable } from 'node:stream';
import { createInflate } from 'node:zlib';
import { messageOf, UserError } from '../../protocol/errors';
import type { ByteSource, Signal } from '../source';
import { count } from '../words';

const step = 1 << 18;

/**
 * A compressed part of a file (zlib) as bytes by position. It is unpacked only as far as is asked for, a chunk at a time,
 * so that what it would grow to costs no memory; reading backwards begins anew. One read at a time.
 */
export class Inflated implements ByteSource {
  /** To be set as soon as it is known. Where reading gets to it, padding aside, the checksum is compared. */
  size = Number.MAX_SAFE_INTEGER;
  private chunks: AsyncIterator<Buffer> | undefined;
  private chunk: Buffer = Buffer.alloc(0);
  /** Of the first byte of `chunk`. */
  private position = 0;

  /** @param where begins every error. */
  constructor(
    private readonly file: ByteSource,
    private readonly start: number,
    private readonly length: number,
    private readonly where: string,
  ) {}

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
      if (this.size - position - target.length < 8) await this.finish();
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Lets go of buffers; a later read begins anew. */
  release(): void {
    void this.chunks?.return?.().catch(() => {});
    this.chunks = undefined;
    this.chunk = Buffer.alloc(0);
    this.position = 0;
  }

  private async advance(): Promise<void> {
    if (await this.step())
      throw new UserError(
        `${this.where}: it unpacks to ${count(this.position)} bytes, fewer than it says. Save it again, or copy it anew.`,
      );
  }

  /** Goes on to the end, where zlib compares its checksum with the data. */
  private async finish(): Promise<void> {
    while (!(await this.step()))
      if (this.position > this.size)
        throw new UserError(`${this.where}: it unpacks to more bytes than it says. Save it again, or copy it anew.`);
  }

  /** Goes to the next chunk. @returns whether there is none. */
  private async step(): Promise<boolean> {
    this.position += this.chunk.length;
    this.chunk = Buffer.alloc(0);
    const next = await this.chunks?.next();
    if (next && !next.done) this.chunk = next.value;
    return next?.done !== false;
  }

  private async *inflate(): AsyncGenerator<Buffer> {
    const inflate = createInflate({ chunkSize: step });
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
    for (let at = 0; at < this.length; at += step) {
      const block = Buffer.allocUnsafe(Math.min(step, this.length - at));
      await this.file.read(block, this.start + at);
      yield block;
    }
  }
}
