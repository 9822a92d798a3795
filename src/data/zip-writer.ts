/** A stored file in an archive that is being written. */
export interface WrittenEntry {
  readonly name: string;
  readonly crc: number;
  readonly size: number;
  /** Of its local header. */
  readonly offset: number;
}

/** 1 January 1980, the earliest there is: the same matrices are the same bytes. */
const date = 0x0021;
const utf8 = 0x800;
const ones = 0xffffffff;

/** PKWARE's APPNOTE 6.3.10, 4.3.7: what comes before the data; in zip64 where the size is `zip64From` or more. */
export function zipLocalHeader({ name, crc, size }: Omit<WrittenEntry, 'offset'>, zip64From: number): Buffer {
  const bytes = Buffer.from(name);
  const wide = size >= zip64From;
  const extra = wide ? zip64Field([size, size]) : Buffer.alloc(0);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50);
  common(header, 4, { crc, size, wide, bytes, extra });
  return Buffer.concat([header, bytes, extra]);
}

/** 4.3.12 and after: the list of the members, and where it lies. */
export function zipDirectory(entries: readonly WrittenEntry[], offset: number, zip64From: number): Buffer {
  const list = Buffer.concat(entries.map((entry) => directoryEntry(entry, zip64From)));
  const end = Buffer.alloc(22);
  const wide = entries.length >= 0xffff || Math.max(offset, list.length) >= zip64From;
  end.writeUInt32LE(0x06054b50);
  for (const at of [8, 10]) end.writeUInt16LE(wide ? 0xffff : entries.length, at);
  end.writeUInt32LE(wide ? ones : list.length, 12);
  end.writeUInt32LE(wide ? ones : offset, 16);
  if (!wide) return Buffer.concat([list, end]);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50);
  record.writeBigUInt64LE(44n, 4);
  for (const at of [12, 14]) record.writeUInt16LE(45, at);
  for (const at of [24, 32]) record.writeBigUInt64LE(BigInt(entries.length), at);
  record.writeBigUInt64LE(BigInt(list.length), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50);
  locator.writeBigUInt64LE(BigInt(offset + list.length), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([list, record, locator, end]);
}

function directoryEntry({ name, crc, size, offset }: WrittenEntry, zip64From: number): Buffer {
  const bytes = Buffer.from(name);
  const [wide, far] = [size >= zip64From, offset >= zip64From];
  const values = [...(wide ? [size, size] : []), ...(far ? [offset] : [])];
  const extra = values.length > 0 ? zip64Field(values) : Buffer.alloc(0);
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(0x02014b50);
  entry.writeUInt16LE(45, 4);
  common(entry, 6, { crc, size, wide, bytes, extra });
  entry.writeUInt32LE(far ? ones : offset, 42);
  return Buffer.concat([entry, bytes, extra]);
}

interface Common {
  readonly crc: number;
  readonly size: number;
  readonly wide: boolean;
  readonly bytes: Buffer;
  readonly extra: Buffer;
}

/** What local headers and entries of the directory share, from the version that is needed to unpack. */
function common(out: Buffer, at: number, { crc, size, wide, bytes, extra }: Common): void {
  out.writeUInt16LE(extra.length > 0 ? 45 : 20, at);
  out.writeUInt16LE(bytes.every((byte) => byte < 0x80) ? 0 : utf8, at + 2);
  out.writeUInt16LE(date, at + 8);
  out.writeUInt32LE(crc, at + 10);
  for (const place of [at + 14, at + 18]) out.writeUInt32LE(wide ? ones : size, place);
  out.writeUInt16LE(bytes.length, at + 22);
  out.writeUInt16LE(extra.length, at + 24);
}

function zip64Field(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(1);
  field.writeUInt16LE(8 * values.length, 2);
  for (const [i, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + 8 * i);
  return field;
}
