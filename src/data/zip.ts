import { UserError } from '../protocol/errors';
import type { FileSource } from './source';
import { count } from './words';

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
/** A central directory of half a million entries. */
const largestDirectory = 64 << 20;

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
  const directory = Buffer.alloc(size);
  await source.read(directory, offset);
  const found: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < entries; i++) {
    if (at + entrySize > size || directory.readUInt32LE(at) !== 0x02014b50)
      throw damaged(source, offset + at, 'a member');
    const length =
      entrySize + directory.readUInt16LE(at + 28) + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (at + length > size) throw damaged(source, offset + at, 'a member');
    found.push(await readEntry(source, directory.subarray(at, at + length), offset));
    at += length;
  }
  found.sort((a, b) => a.start - b.start);
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

async function readEntry(source: FileSource, entry: Buffer, directoryAt: number): Promise<ZipEntry> {
  const flags = entry.readUInt16LE(8);
  const method = entry.readUInt16LE(10);
  const bytes = entry.subarray(entrySize, entrySize + entry.readUInt16LE(28));
  const name = bytes.toString(flags & 0x800 ? 'utf8' : 'latin1');
  const [size, compressedSize, offset] = wide(entry, bytes.length) ?? [NaN, NaN, NaN];
  const local = Buffer.alloc(localSize + bytes.length);
  const inside = (end: number) => Number.isSafeInteger(end) && end <= directoryAt;
  if (!inside(offset + local.length)) throw outside(source, name);
  await source.read(local, offset);
  const same = local.readUInt32LE(0) === 0x04034b50 && local.readUInt16LE(8) === method;
  if (!same || !local.subarray(localSize).equals(bytes) || local.readUInt16LE(26) !== bytes.length)
    throw damaged(source, offset, `'${name}'`);
  const start = offset + localSize + bytes.length + local.readUInt16LE(28);
  if (!inside(start + compressedSize) || !Number.isSafeInteger(size)) throw outside(source, name);
  return { name, method, encrypted: (flags & 0x2041) !== 0, crc: entry.readUInt32LE(16), compressedSize, size, start };
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
