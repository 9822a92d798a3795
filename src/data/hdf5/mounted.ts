import { readSync } from 'node:fs';
import type { H5Library } from './h5library';
import type { Start } from './messages';

/** The one file in the library's file system, which is in memory and holds nothing else. */
export const place = '/data';
const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
/** A read takes so long as if it were of so many bytes. */
const leastCost = 512;

/**
 * The open file in the library's file system, read by position where the library asks. Nothing else is there: links to other
 * files, external storage and virtual datasets lead nowhere.
 */
export class MountedFile {
  /** Byte of the file where its addresses begin. */
  private readonly base: number;
  private budget: number;

  constructor(
    private readonly FS: H5Library['FS'],
    private readonly start: Start,
    private readonly progress: () => void,
  ) {
    this.budget = 8 * start.size + (64 << 20);
    this.mount();
    this.base = this.findBase();
  }

  /** The bytes at an address of the file, fewer where it ends. */
  bytes(address: number, length: number): Buffer {
    return this.at(this.base + address, length);
  }

  /** From now on the library may read as much as it likes. */
  unlimited(): void {
    this.budget = Number.POSITIVE_INFINITY;
  }

  /** A file may begin with a block of the user's, of 512 bytes or a power of two times that. */
  private findBase(): number {
    for (let at = 0; at < this.start.size; at = at === 0 ? 512 : 2 * at)
      if (this.at(at, 8).equals(signature)) return at;
    return 0;
  }

  private at(position: number, length: number): Buffer {
    const out = Buffer.alloc(Math.max(0, Math.min(length, this.start.size - position)));
    return out.subarray(0, this.fill(out, 0, out.length, position));
  }

  private fill(target: Uint8Array, offset: number, length: number, position: number): number {
    let done = 0;
    while (done < length) {
      const got = readSync(this.start.descriptor, target, offset + done, length - done, position + done);
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  private mount(): void {
    const { FS } = this;
    const { size } = this.start;
    FS.writeFile(place, new Uint8Array(0));
    const { node } = FS.lookupPath(place);
    node.stream_ops = {
      llseek(stream, offset, whence) {
        const position = offset + (whence === 1 ? stream.position : whence === 2 ? size : 0);
        if (position < 0) throw new FS.ErrnoError(28);
        return position;
      },
      read: (_stream, heap, offset, length, position) => {
        this.progress();
        // A broken file can lead the library in circles while it looks for objects.
        this.budget -= Math.max(length, leastCost);
        if (this.budget < 0) throw new FS.ErrnoError(29);
        return this.fill(heap, offset, Math.max(0, Math.min(length, size - position)), position);
      },
    };
    const { getattr } = node.node_ops;
    node.node_ops = { ...node.node_ops, getattr: (of) => ({ ...getattr(of), size }) };
  }
}
