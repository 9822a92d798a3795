/** The bytes are no such structure; told as damage by whoever reads the file. */
export class Malformed extends Error {}

/**
 * A table in a flatbuffer (the format of Arrow's metadata), each access checked against the buffer: a structure that points
 * anywhere, or in circles, costs an error. Fields are known by their number in the schema.
 */
export class FlatTable {
  private constructor(
    private readonly bytes: Buffer,
    private readonly position: number,
  ) {}

  static root(bytes: Buffer): FlatTable {
    return new FlatTable(bytes, u32(bytes, 0));
  }

  /** 0, as the format has it, where the field is absent. */
  number(field: number, type: 'i8' | 'i16' | 'i32'): number {
    const at = this.at(field);
    if (at === 0) return 0;
    check(this.bytes, at, { i8: 1, i16: 2, i32: 4 }[type]);
    if (type === 'i8') return this.bytes.readInt8(at);
    return type === 'i16' ? this.bytes.readInt16LE(at) : this.bytes.readInt32LE(at);
  }

  long(field: number): number {
    const at = this.at(field);
    return at === 0 ? 0 : i64(this.bytes, at);
  }

  table(field: number): FlatTable | undefined {
    const at = this.at(field);
    return at === 0 ? undefined : new FlatTable(this.bytes, at + u32(this.bytes, at));
  }

  text(field: number): string {
    const at = this.at(field);
    if (at === 0) return '';
    const start = at + u32(this.bytes, at);
    const length = u32(this.bytes, start);
    check(this.bytes, start + 4, length);
    return this.bytes.toString('utf8', start + 4, start + 4 + length);
  }

  tables(field: number): FlatTable[] {
    const { start, length } = this.vector(field, 4);
    return Array.from({ length }, (_, i) => {
      const at = start + 4 * i;
      return new FlatTable(this.bytes, at + u32(this.bytes, at));
    });
  }

  /** Structs of `width` bytes, of which these integers of 64 bits (or, marked `half`, 32) are wanted. */
  structs(field: number, width: number, parts: readonly { at: number; half?: true }[]): number[][] {
    const { start, length } = this.vector(field, width);
    return Array.from({ length }, (_, i) =>
      parts.map(({ at, half }) => {
        const place = start + width * i + at;
        return half ? this.bytes.readInt32LE(place) : i64(this.bytes, place);
      }),
    );
  }

  private vector(field: number, width: number): { start: number; length: number } {
    const at = this.at(field);
    if (at === 0) return { start: 0, length: 0 };
    const start = at + u32(this.bytes, at);
    const length = u32(this.bytes, start);
    check(this.bytes, start + 4, length * width);
    return { start: start + 4, length };
  }

  /** Where the field lies; 0 where it is absent. */
  private at(field: number): number {
    check(this.bytes, this.position, 4);
    const fields = this.position - this.bytes.readInt32LE(this.position);
    check(this.bytes, fields, 4);
    if (4 + 2 * field + 2 > this.bytes.readUInt16LE(fields)) return 0;
    check(this.bytes, fields + 4 + 2 * field, 2);
    const offset = this.bytes.readUInt16LE(fields + 4 + 2 * field);
    return offset === 0 ? 0 : this.position + offset;
  }
}

function check(bytes: Buffer, at: number, length: number): void {
  if (at < 0 || at + length > bytes.length) throw new Malformed('its metadata point outside of themselves');
}

function u32(bytes: Buffer, at: number): number {
  check(bytes, at, 4);
  return bytes.readUInt32LE(at);
}

function i64(bytes: Buffer, at: number): number {
  check(bytes, at, 8);
  const value = Number(bytes.readBigInt64LE(at));
  if (!Number.isSafeInteger(value)) throw new Malformed('a size in its metadata is beyond any file');
  return value;
}
