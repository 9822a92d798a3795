import type { Metadata } from 'h5wasm';
import { messageOf } from '../../protocol/errors';
import type { ChunkWatch, Expected } from './chunks';
import { elementType, halfFloatIn, other } from './element';
import type { H5Library } from './h5library';
import type { Entry, Listing, MatlabNote, Start } from './messages';
import { MountedFile, place } from './mounted';

const cellFolder = '/#refs#';
const mostObjects = 100_000;
const deepest = 64;
/** Bytes of pointers to texts between two signs of progress. */
const textsAtOnce = 1 << 16;
const noReason = "HDF5's library gives no reason";
/** Of those that are not, where the file does not say their names. */
const filterNames: Readonly<Record<number, string>> = {
  307: 'bzip2',
  32001: 'Blosc',
  32004: 'LZ4',
  32008: 'Bitshuffle',
  32013: 'ZFP',
  32015: 'Zstandard',
  32026: 'Blosc2',
};
/** H5T_REFERENCE. */
const reference = 7;
/** Texts of a larger chunk that is not packed are read in parts, past the library's cache. */
const mostCached = 8 << 20;
/** Filters that can be undone: deflate, shuffle, fletcher32, szip, nbit, scaleoffset, LZF. */
const knownFilters = new Set([1, 2, 3, 4, 5, 6, 32000]);
const lzf = 32000;

/** HDF5's library with one file open. Every method may throw, or never end: it is called in a thread of its own. */
export class OpenFile {
  private readonly file: bigint;
  private readonly mounted: MountedFile;
  private readonly addressBytes: number;
  /** What cells refer to, by its place. */
  private kept: Map<number, string> | undefined;

  /** @param said the innermost reason of what the library printed since it was last asked; '' for none. */
  constructor(
    private readonly library: H5Library,
    private readonly watch: ChunkWatch,
    start: Start,
    private readonly said: () => string,
    private readonly progress: () => void,
  ) {
    this.mounted = new MountedFile(library.FS, start, progress);
    const [version = 0, second, , , , sixth] = this.mounted.bytes(8, 6);
    this.addressBytes = (version < 2 ? sixth : second) ?? 8;
    this.file = library.open(place, 0, false, -1, -1);
    if (this.file < 0n) throw new Error(said() || noReason);
  }

  /** Every dataset by its name, each once by its place and once by every soft link; groups that lead back are not. */
  list(matlab: boolean): Listing {
    const entries: Entry[] = [];
    const notes: MatlabNote[] = [];
    const seen = new Set([this.address('/')]);
    // Soft links last, so that what they lead to keeps its own name.
    const links: string[] = [];
    const visit = (path: string, depth: number) => {
      this.progress();
      if (entries.length + notes.length > mostObjects) throw new Error(`it holds more than ${mostObjects} objects`);
      const name = path.slice(1);
      const address = this.address(path);
      // Asked of what is not there, the library would answer at random.
      const kind = address === 0 ? -1 : this.library.get_type(this.file, path);
      if (kind < 0) entries.push(unreadable(name, 'link', 'the link leads nowhere. Save it again.'));
      if (matlab && kind >= 0) notes.push(this.matlabNote(path, kind === this.library.H5G_GROUP));
      if (kind === this.library.H5G_DATASET) entries.push(...this.entry(name));
      if (kind !== this.library.H5G_GROUP || seen.has(address)) return;
      seen.add(address);
      if (depth > deepest) entries.push(unreadable(name, 'group', 'it lies too deep. Save it less nested.'));
      else entries.push(...this.attempt(name, 'group', () => visitAll(path, depth + 1)));
    };
    const visitAll = (group: string, depth: number): Entry[] => {
      for (const name of this.namesIn(group)) {
        const path = `${group === '/' ? '' : group}/${name}`;
        if (matlab && /^\/#(refs|subsystem)#$/.test(path)) continue;
        const reason = 'it leads to another file, which is not followed. Open that.';
        if (this.library.get_external_link(this.file, path).filename !== undefined)
          entries.push(unreadable(path.slice(1), 'external link', reason));
        else if (this.library.get_symbolic_link(this.file, path) !== null) links.push(path);
        else visit(path, depth);
      }
      return [];
    };
    visitAll('/', 1);
    for (let link = links.shift(); link !== undefined; link = links.shift()) visit(link, link.split('/').length);
    this.mounted.unlimited();
    return { entries, matlab: notes };
  }

  /** The names in a group. @throws when not all can be listed, which the library only prints. */
  private namesIn(group: string): string[] {
    this.said();
    const names = this.library.get_names(this.file, group, false);
    const reason = this.said();
    if (reason) throw new Error(reason);
    return names;
  }

  /** What `work` gives; where it fails, the one entry that says so. */
  private attempt(name: string, dtype: string, work: () => Entry[]): Entry[] {
    try {
      return work();
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
      const reason = this.said() || messageOf(error);
      const why = `it is damaged (${reason}). Save it again, or copy it anew.`;
      return [{ name, shape: [], chunks: null, type: { kind: 'other', dtype, reason: why, damaged: true } }];
    }
  }

  /** A block of a dataset: the values one after the other, little-endian, last index fastest. */
  values(name: string, start: readonly number[], count: readonly number[]): ArrayBuffer {
    return this.block(
      name,
      start,
      count,
      (address, bytes) => this.library.HEAPU8.slice(address, address + bytes).buffer,
    );
  }

  /** Text of variable length. @throws when it is longer than `most` bytes together, or no UTF-8. */
  texts(name: string, start: readonly number[], count: readonly number[], most: number): string[] {
    return this.block(name, start, count, (address, bytes) => {
      const out: string[] = [];
      const utf8 = new TextDecoder('utf-8', { fatal: true });
      try {
        const heap = this.library.HEAPU8;
        const pointers = new DataView(heap.buffer, address, bytes);
        let total = 0;
        for (let at = 0; at < bytes; at += 4) {
          if (at % textsAtOnce === 0) this.progress();
          const text = pointers.getUint32(at, true);
          const end = text === 0 ? 0 : heap.indexOf(0, text);
          total += end - text;
          if (total > most) throw new Error(`its text is longer than ${most} bytes`);
          out.push(utf8.decode(heap.subarray(text, end)));
        }
        return out;
      } finally {
        const [path, data] = [`/${name}`, BigInt(address)];
        if (count.length === 0) this.library.reclaim_vlen_memory(this.file, path, '', data);
        else this.library.reclaim_vlen_memory_count(this.file, path, '', data, count.map(BigInt));
      }
    });
  }

  /** Cells that refer to texts of one line, as MATLAB keeps them; null where one is none. @throws as {@link texts} */
  cells(name: string, start: readonly number[], count: readonly number[], most: number): (string | null)[] {
    const references = Buffer.from(this.values(name, start, count));
    const total = count.reduce((product, length) => product * length, 1);
    if (references.length !== 8 * total) throw new Error('its references are of another kind');
    let left = most;
    return Array.from({ length: total }, (_, i) => {
      this.progress();
      const path = this.cellAt(Number(references.readBigUInt64LE(8 * i)));
      const note = path === undefined ? undefined : this.matlabNote(path, false);
      if (path === undefined || note?.class !== 'char') return null;
      if (note.empty) return '';
      const { shape, size } = this.library.get_dataset_metadata(this.file, path);
      const [length = 0, lines = 0] = shape ?? [];
      if (size !== 2 || shape?.length !== 2 || lines !== 1) return null;
      left -= 2 * length;
      if (left < 0) throw new Error(`its text is longer than ${most} bytes`);
      return Buffer.from(this.values(path.slice(1), [0, 0], [length, 1])).toString('utf16le');
    });
  }

  /** Where MATLAB keeps the cell that lies there. */
  private cellAt(address: number): string | undefined {
    if (this.kept === undefined) {
      this.kept = new Map();
      for (const name of this.namesIn(cellFolder)) {
        this.progress();
        const path = `${cellFolder}/${name}`;
        this.kept.set(this.address(path), path);
      }
    }
    return this.kept.get(address);
  }

  private block<T>(
    name: string,
    start: readonly number[],
    count: readonly number[],
    use: (address: number, bytes: number) => T,
  ): T {
    const { library, file } = this;
    const path = `/${name}`;
    const metadata = library.get_dataset_metadata(file, path);
    const { size } = metadata;
    const bytes = count.reduce((product, length) => product * length, size);
    const address = library._malloc(Math.max(1, bytes));
    if (address === 0) throw new Error('memory does not suffice');
    try {
      library.HEAPU8.fill(0, address, address + bytes);
      // A single value has no axes to select from.
      const selection = [count, start, count.map(() => 1)].map((axes) => (axes.length > 0 ? axes.map(BigInt) : null));
      const [counts = null, starts = null, ones = null] = selection;
      const status = this.watch.during(this.expected(path, metadata, count), { at: address, bytes }, () =>
        library.get_dataset_data(file, path, counts, starts, ones, BigInt(address)),
      );
      if (status < 0) throw new Error(this.said() || noReason);
      return use(address, bytes);
    } finally {
      library._free(address);
    }
  }

  /** What the library should read of a part of a dataset. */
  private expected(path: string, metadata: Metadata, count: readonly number[]): Expected {
    const { chunks, shape } = metadata;
    if (chunks) return { chunk: this.chunkBytes(path, metadata), run: 0 };
    let run = this.storedBytes(metadata);
    for (let axis = count.length - 1; axis >= 0; axis--) {
      run *= count[axis] as number;
      if (count[axis] !== shape?.[axis]) break;
    }
    return { chunk: 0, run };
  }

  /** What every chunk of a dataset unpacks to; 0 where there are none, or the library reads them in parts. */
  private chunkBytes(path: string, metadata: Metadata): number {
    const { chunks, vlen } = metadata;
    if (!chunks) return 0;
    const bytes = chunks.reduce((product, length) => product * length, this.storedBytes(metadata));
    if (!vlen || bytes <= mostCached) return bytes;
    return this.library.get_dataset_filters(this.file, path).length > 0 ? bytes : 0;
  }

  /** Of an element in the file: there, texts and references are addresses, those with a length in front and a number behind. */
  private storedBytes({ type, size, vlen }: Metadata): number {
    return type === reference ? this.addressBytes : vlen ? 8 + this.addressBytes : size;
  }

  private entry(name: string): Entry[] {
    const path = `/${name}`;
    return this.attempt(name, 'unknown', () => {
      const metadata = this.library.get_dataset_metadata(this.file, path);
      const { shape, chunks } = metadata;
      if (!shape) return [unreadable(name, 'empty', 'it holds no values at all (a null dataspace). Save an array.')];
      const type = elementType(metadata, () => halfFloatIn(this.header(path)));
      const filters = this.library.get_dataset_filters(this.file, path);
      const filter = filters.find(({ id }) => !knownFilters.has(id));
      // LZF unpacks into as much memory as it was told of, and the library takes it for a chunk.
      const told = filters.find(({ id }) => id === lzf)?.cd_values[2];
      if (told !== undefined && told !== this.chunkBytes(path, metadata))
        throw new Error('its chunks are of another size than its filter was told');
      if (!filter || type.kind === 'other') return [{ name, shape, chunks, type }];
      const reason =
        `it is compressed by a filter that is not built in (${filter.name || filterNames[filter.id] || filter.id}). ` +
        "Save it with compression='gzip', or convert the file: h5repack -f GZIP=4 old.h5 new.h5.";
      return [{ name, shape, chunks, type: other(type.kind === 'number' ? type.dtype : 'text', reason) }];
    });
  }

  private matlabNote(path: string, group: boolean): MatlabNote {
    let names: string[] = [];
    try {
      names = this.library.get_attribute_names(this.file, path);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) throw error;
    }
    return {
      name: path.slice(1),
      group,
      class: names.includes('MATLAB_class') ? this.attribute(path, 'MATLAB_class').toString('latin1') : null,
      empty: names.includes('MATLAB_empty') && this.attribute(path, 'MATLAB_empty').some((byte) => byte !== 0),
      sparse: names.includes('MATLAB_sparse'),
    };
  }

  /** The bytes of a small attribute. */
  private attribute(path: string, name: string): Buffer {
    const { library, file } = this;
    const { size, total_size, vlen } = library.get_attribute_metadata(file, path, name);
    const bytes = size * total_size;
    if (vlen || !(bytes <= 4096)) return Buffer.alloc(0);
    const address = library._malloc(Math.max(1, bytes));
    try {
      const status = library.get_attribute_data(file, path, name, BigInt(address));
      return status < 0 ? Buffer.alloc(0) : Buffer.from(library.HEAPU8.slice(address, address + bytes));
    } finally {
      library._free(address);
    }
  }

  /** Where the object lies: the same for all of its names. */
  private address(path: string): number {
    return Number(Buffer.from(this.library.create_object_reference(this.file, path)).readBigUInt64LE());
  }

  private header(path: string): Buffer {
    return this.mounted.bytes(this.address(path), 4096);
  }
}

function unreadable(name: string, dtype: string, reason: string): Entry {
  return { name, shape: [], chunks: null, type: other(dtype, reason) };
}
