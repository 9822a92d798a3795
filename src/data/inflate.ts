import { pipeline, Readable, type Transform } from 'node:stream';
import { messageOf, UserError } from '../protocol/errors';
import type { ByteSource, Signal } from './source';

const step = 1 << 18;

/** Where compressed bytes lie. */
export interface Stretch {
  readonly start: number;
  readonly length: number;
}

/**
 * Compressed bytes of a file as what they unpack to, by position. They are unpacked only as far as is asked for, a chunk at
 * a time, so that what they would grow to costs no memory; reading backwards begins anew. One read at a time.
 */
export abstract class InflatedSource implements ByteSource {
  abstract readonly size: number;
  readonly inOrder = true;
  protected chunk: Buffer = Buffer.alloc(0);
  /** Of the first byte of `chunk`. */
  protected position = 0;
  private chunks: AsyncIterator<Buffer> | undefined;

  /** @param where begins every error. */
  constructor(
    private readonly file: ByteSource,
    private readonly stretch: Stretch,
    private readonly unpacker: (options: { chunkSize: number }) => Transform,
    protected readonly where: string,
  ) {}

  async read(target: Uint8Array, position: number, signal?: Signal): Promise<void> {
    if (position < this.position) this.release();
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
      await this.reached(position + target.length);
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

  /** Goes to the next chunk, and checks what it is. @throws UserError where there should be one and is none. */
  protected abstract advance(): Promise<void>;

  /** What is to be checked where a read has come to `end`. */
  protected abstract reached(end: number): Promise<void>;

  /** Goes to the next chunk. @returns whether there is none. */
  protected async step(): Promise<boolean> {
    this.position += this.chunk.length;
    this.chunk = Buffer.alloc(0);
    this.chunks ??= this.unpack();
    const next = await this.chunks.next();
    if (!next.done) this.chunk = next.value;
    return next.done === true;
  }

  private async *unpack(): AsyncGenerator<Buffer> {
    const unpacker = this.unpacker({ chunkSize: step });
    pipeline(Readable.from(this.compressed(), { objectMode: false }), unpacker, () => {});
    try {
      yield* unpacker as AsyncIterable<Buffer>;
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(
        `${this.where}: it cannot be unpacked (${messageOf(error)}). Save it again, or copy it anew.`,
      );
    } finally {
      unpacker.destroy();
    }
  }

  private async *compressed(): AsyncGenerator<Buffer> {
    const { start, length } = this.stretch;
    for (let at = 0; at < length; at += step) {
      const block = Buffer.allocUnsafe(Math.min(step, length - at));
      await this.file.read(block, start + at);
      yield block;
    }
  }
}
