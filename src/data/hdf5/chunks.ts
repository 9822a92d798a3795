import { type Call, findPlaces, loadPlugin, type Program, replaceFilter, replaceRead } from './program';
import { inflate } from './unpack';

/** What the library should read of a dataset. */
export interface Expected {
  /** Bytes of every chunk; 0 where there are none, or they are read in parts. */
  readonly chunk: number;
  /** Bytes that lie together, at least, of a dataset that is not in chunks; else 0. */
  readonly run: number;
}

interface Piece {
  readonly at: number;
  readonly bytes: number;
}

/** Filters by their numbers, from 1 on; and those that something is done about. */
const names = ['deflate', 'shuffle', 'fletcher32', 'szip', 'nbit', 'scaleoffset'];
const builtIn = new Map(names.map((name, i) => [i + 1, name]));
const [deflate, fletcher32, szip, nbit, scaleoffset, lzf] = [1, 3, 4, 5, 6, 32000];
/** Node.js unpacks faster than the library, but takes its time to begin, and memory beside the library's, which is bounded. */
const [leastAtOnce, mostAtOnce] = [16 << 10, 16 << 20];
/** H5Z_FLAG_REVERSE. */
const unpacks = 0x100;
/** H5FD_MEM_DRAW: what is read is no metadata. */
const values = 3;
/** How a collection of the global heap begins. */
const collection = Buffer.from('GCOL');

/**
 * Watches how the library reads and unpacks chunks: it takes whatever comes of it for a whole one, and reads on behind the end
 * of one that is too short. Its own tables of functions are made to lead here first.
 */
export class ChunkWatch {
  private wanted = 0;
  private run = 0;
  private target: Piece = { at: 0, bytes: 0 };
  /** The last chunk read, after the last of its filters so far. */
  private last: Piece | undefined;
  private fault = '';
  private heapEnd = 0;
  private forLzf = 0;

  /** @throws when the program is laid out in another way: then nothing would be watched. */
  constructor(private readonly program: Program) {
    const { filters, reads } = findPlaces(program, builtIn);
    for (const [id, at] of filters) this.watchFilter(id, at);
    for (const at of reads)
      replaceRead(
        program,
        at,
        (read) =>
          (...given) =>
            this.read(read, given),
      );
  }

  /** A plugin as the library loads it: LZF, which is none of its own. */
  plugin(...given: ConstructorParameters<typeof WebAssembly.Instance>): { readonly exports: WebAssembly.Exports } {
    return loadPlugin(given, (at) => this.watchFilter(lzf, at));
  }

  /**
   * What `work` gives, a negative number where the library failed.
   * @param target where the values come to: what is read right there is no chunk.
   * @throws what is wrong with what was read.
   */
  during({ chunk, run }: Expected, target: Piece, work: () => number): number {
    [this.wanted, this.run, this.target, this.last, this.fault] = [chunk, run, target, undefined, ''];
    try {
      const status = work();
      this.settle(status >= 0);
      if (this.fault) throw new Error(this.fault);
      return status;
    } catch (error) {
      this.settle();
      // Whatever stopped the program, it cannot go on.
      if (this.fault && error instanceof WebAssembly.RuntimeError) throw new WebAssembly.RuntimeError(this.fault);
      throw error;
    } finally {
      [this.wanted, this.run] = [0, 0];
    }
  }

  /** Looks at the last chunk. Where the library failed it may not be unpacked yet, or be why. */
  private settle(unpacked = true): void {
    const { bytes } = this.last ?? { bytes: this.wanted };
    if (unpacked ? bytes !== this.wanted : bytes < this.wanted)
      this.fault ||= `a chunk of it holds ${bytes} bytes instead of ${this.wanted}; the file is damaged`;
    this.last = undefined;
  }

  private read(read: Call, given: readonly (number | bigint)[]): number {
    const status = read(...given);
    const [, kind, , from, bytes, at] = given.map(Number) as [number, number, number, number, number, number];
    if (this.wanted + this.run === 0 || kind !== values || status < 0) return status;
    // Texts of variable length lie in a heap, which is read as values are: its first part, and then the rest.
    const heap = from === this.heapEnd || Buffer.from(this.program.memory.buffer, at, 4).equals(collection);
    this.heapEnd = heap ? from + bytes : 0;
    if (heap || (at >= this.target.at && at < this.target.at + this.target.bytes)) return status;
    if (this.wanted > 0) {
      this.settle();
      this.last = { at, bytes };
    } else if (bytes < this.run)
      // From a buffer of its own the library would take more than it has read.
      this.fault ||= `its storage ends after ${bytes} bytes where ${this.run} are read; the file is damaged`;
    return status;
  }

  private watchFilter(id: number, at: number): void {
    const word = (address: number) => new DataView(this.program.memory.buffer).getUint32(address, true);
    replaceFilter(this.program, at, (filter) => (...given) => {
      const [flags, count, first, bytes, , place] = given as [number, number, number, number, number, number];
      const { last } = this;
      if (!(flags & unpacks) || last?.at !== word(place) || last.bytes !== bytes) return filter(...given);
      this.last = undefined;
      const own = (index: number) => (index < count ? word(first + 4 * index) : 0);
      const least = leastOf(id, own, bytes < 4 ? 0 : word(last.at));
      if (bytes < least) {
        this.fault ||= `a packed chunk of it ends after ${bytes} bytes of at least ${least}; the file is damaged`;
        return 0;
      }
      const told = id === lzf && count < 3 ? this.lzfTold(given) : given;
      const unpacked = (id === deflate && this.inflate(given)) || filter(...told);
      if (unpacked !== 0) this.last = { at: word(place), bytes: unpacked >>> 0 };
      // The library keeps the reason to itself.
      else if (id === fletcher32) this.fault ||= 'a chunk of it does not fit its checksum; the file is damaged';
      else this.fault ||= 'a chunk of it could not be unpacked: it is damaged, or memory does not suffice';
      return unpacked;
    });
  }

  /** Unpacks what deflate has packed; 0 where that is left to the library's own filter. */
  private inflate(given: readonly (number | bigint)[]): number {
    const { memory, malloc, free } = this.program;
    const [, , , bytes, size, place] = given as [number, number, number, number, number, number];
    if (this.wanted < leastAtOnce || this.wanted > mostAtOnce) return 0;
    const from = new DataView(memory.buffer).getUint32(place, true);
    const unpacked = inflate(new Uint8Array(memory.buffer, from, bytes), this.wanted);
    const to = unpacked ? malloc(unpacked.length) : 0;
    if (!unpacked || to === 0) return 0;
    free(from);
    // It may have grown.
    const view = new DataView(memory.buffer);
    new Uint8Array(memory.buffer, to).set(unpacked);
    view.setUint32(place, to, true);
    view.setUint32(size, unpacked.length, true);
    return unpacked.length;
  }

  /** Of texts of variable length LZF is not told how much memory to take: revision, version, and the bytes of a chunk. */
  private lzfTold([flags, , , ...others]: readonly (number | bigint)[]): (number | bigint)[] {
    this.forLzf ||= this.program.malloc(12);
    new Uint32Array(this.program.memory.buffer, this.forLzf, 3).set([4, 0x105, this.wanted]);
    return [flags as number, 3, this.forLzf, ...others];
  }
}

/** Bytes that a filter reads of a chunk however few there are, by its own numbers and the first word of the chunk. */
function leastOf(id: number, own: (index: number) => number, begin: number): number {
  const bits = (each: number) => Math.ceil((own(2) * each) / 8);
  if (id === fletcher32 || id === szip) return 4;
  // Numbers by their precision; what is none it leaves as it is.
  if (id === nbit) return own(1) === 0 && own(3) === 1 ? bits(own(6)) : 0;
  return id === scaleoffset ? 21 + bits(begin) : 0;
}
