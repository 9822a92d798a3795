import { UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import type { FileSource } from './source';

/** A file in an archive, as the central directory has it, checked against the local header. */
export interface ZipEntry {
  readonly name: string;
  /** 0: stored; 8: deflated; others cannot be read. */
  readonly method: number;
  readonly encrypted: boolean;
  /** Null where it is not to be compared. */
  readonly crc: number | null;
  readonly compressedSize: number;
  readonly size: number;
  /** First byte of the data in the archive. */
  readonly start: number;
}

const again = 'Save it again, or copy it anew.';
const endSize = 22;
const entrySize = 46;
const localSize = 30;
/** A hundred thousand entries with long names. */
const largestDirectory = 64 << 20;
const mostEntries = 100_000;
/** Local headers of small members lie close together: they are read many at once. */
const windowBytes = 4096;

/**
 * Lists an archive from its central directory (PKWARE's APPNOTE 6.3.10, with zip64), in the order of the data.
 * @throws UserError when it is truncated, spans disks, or its entries overlap, leave the file, or share a name.
 */
export async function readZipEntries(source: FileSource): Promise<ZipEntry[]> {
  const { offset, size, entries } = await readEnd(source);
  if (size > largestDirectory)
    throw new UserError(
      `${source.name}: the list of members takes ${count(size)} bytes; at most ${count(largestDirectory)} are read.`,
    );
  if (entries > mostEntries)
    throw new UserError(
      `${source.name}: the archive lists ${count(entries)} members; at most ${count(mostEntries)} are read. Save fewer in each.`,
    );
  const directory = Buffer.alloc(size);
  await source.read(directory, offset);
  const listed: Listed[] = [];
  let at = 0;
  for (let i = 0; i < entries; i++) {
    if (at + entrySize > size || directory.readUInt32LE(at) !== 0x02014b50)
      throw damaged(source, offset + at, 'a member');
    const length =
      entrySize + directory.readUInt16LE(at + 28) + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (at + length > size) throw damaged(source, offset + at, 'a member');
    listed.push(readEntry(source, directory.subarray(at, at + length), offset));
    at += length;
  }
  // A count that is too small would hide members.
  if (at + 4 <= size && directory.readUInt32LE(at) === 0x02014b50) throw damaged(source, offset + at, 'a member');
  const found = await checkHeaders(
    source,
    listed.sort((a, b) => a.offset - b.offset),
    offset,
  );
  refuseDuplicates(source, found);
  return found;
}

function damaged(source: FileSource, position: number, what: string): UserError {
  return new UserError(
    `${source.name}: the archive's entry for ${what} at byte ${count(position)} is damaged. ${again}`,
  );
}

async function readEnd(source: FileSource): Promise<{ offset: number; size: number; entries: number }> {
  const tail = Buffer.alloc(Math.min(source.size, endSize + 0xffff + 20));
  const base = source.size - tail.length;
  await source.read(tail, base);
  let at = tail.length - endSize;
  while (
    at >= 0 &&
    !(tail.readUInt32LE(at) === 0x06054b50 && at + endSize + tail.readUInt16LE(at + 20) === tail.length)
  )
    at--;
  if (at < 0)
    throw new UserError(
      `${source.name}: the archive's list of members, which comes last, is missing after ${count(source.size)} bytes. ${again}`,
    );
  let disk = tail.readUInt16LE(at + 4);
  let entries = tail.readUInt16LE(at + 10);
  let size = tail.readUInt32LE(at + 12);
  let offset = tail.readUInt32LE(at + 16);
  let end = base + at;
  if (at >= 20 && tail.readUInt32LE(at - 20) === 0x07064b50) {
    end = Number(tail.readBigUInt64LE(at - 12));
    const record = Buffer.alloc(56);
    if (end + record.length > base + at) throw damaged(source, base + at - 20, 'its end');
    await source.read(record, end);
    if (record.readUInt32LE(0) !== 0x06064b50) throw damaged(source, end, 'its end');
    disk = record.readUInt32LE(16);
    entries = Number(record.readBigUInt64LE(32));
    size = Number(record.readBigUInt64LE(40));
    offset = Number(record.readBigUInt64LE(48));
  }
  if (disk !== 0)
    throw new UserError(`${source.name}: the archive is one part of several. Join the parts, or save it in one.`);
  if (offset + size > end || entries * entrySize > size) throw damaged(source, base + at, 'its end');
  return { offset, size, entries };
}

/** An entry of the central directory. */
interface Listed extends Omit<ZipEntry, 'start'> {
  readonly bytes: Buffer;
  /** Of the local header. */
  readonly offset: number;
}

function readEntry(source: FileSource, entry: Buffer, directoryAt: number): Listed {
  const flags = entry.readUInt16LE(8);
  const method = entry.readUInt16LE(10);
  const bytes = entry.subarray(entrySize, entrySize + entry.readUInt16LE(28));
  const name = bytes.toString(flags & 0x800 ? 'utf8' : 'latin1');
  const [size, compressedSize, offset] = wide(entry, bytes.length) ?? [NaN, NaN, NaN];
  const end = offset + localSize + bytes.length + compressedSize;
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(end) || end > directoryAt) throw outside(source, name);
  const encrypted = (flags & 0x2041) !== 0;
  return { name, method, encrypted, crc: entry.readUInt32LE(16), compressedSize, size, bytes, offset };
}

/** Where the data of each begin, as the local headers say, which have to agree. Offsets ascend. */
async function checkHeaders(source: FileSource, listed: readonly Listed[], directoryAt: number): Promise<ZipEntry[]> {
  let window = Buffer.alloc(0);
  let windowAt = 0;
  const found: ZipEntry[] = [];
  for (const { bytes, offset, ...entry } of listed) {
    const length = localSize + bytes.length;
    if (offset < windowAt || offset + length > windowAt + window.length) {
      window = Buffer.alloc(Math.min(Math.max(windowBytes, length), directoryAt - offset));
      windowAt = offset;
      await source.read(window, offset);
    }
    const local = window.subarray(offset - windowAt, offset - windowAt + length);
    const same = local.readUInt32LE(0) === 0x04034b50 && local.readUInt16LE(8) === entry.method;
    if (!same || !local.subarray(localSize).equals(bytes) || local.readUInt16LE(26) !== bytes.length)
      throw damaged(source, offset, `'${entry.name}'`);
    const start = offset + length + local.readUInt16LE(28);
    if (start + entry.compressedSize > directoryAt) throw outside(source, entry.name);
    found.push({ ...entry, start });
  }
  return found;
}

function outside(source: FileSource, name: string): UserError {
  return new UserError(`${source.name}: the archive places its member '${name}' outside the file. ${again}`);
}

/** Size, compressed size and offset; those of 32 bits that are all ones stand in the zip64 field. */
function wide(entry: Buffer, nameLength: number): [number, number, number] | undefined {
  const values: [number, number, number] = [entry.readUInt32LE(24), entry.readUInt32LE(20), entry.readUInt32LE(42)];
  const extra = entry.subarray(entrySize + nameLength, entrySize + nameLength + entry.readUInt16LE(30));
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let next = at + 4;
    for (const [i, value] of values.entries()) {
      if (value !== 0xffffffff) continue;
      if (next + 8 > Math.min(extra.length, at + 4 + extra.readUInt16LE(at + 2))) return undefined;
      values[i] = Number(extra.readBigUInt64LE(next));
      next += 8;
    }
  }
  return values;
}

function refuseDuplicates(source: FileSource, entries: readonly ZipEntry[]): void {
  const names = new Set<string>();
  let end = 0;
  for (const { name, start, compressedSize } of entries) {
    if (names.has(name)) throw new UserError(`${source.name}: two members have the name '${name}'. Save it again.`);
    names.add(name);
    if (start - localSize < end)
      throw new UserError(`${source.name}: the members before and at '${name}' overlap. ${again}`);
    end = start + compressedSize;
  }
}
