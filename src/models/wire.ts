import type { FileSource } from '../data/source';
import { UserError } from '../protocol/errors';
import { count } from '../protocol/words';

/** One field of a protobuf message (protobuf.dev, "Encoding"). */
export interface Field {
  readonly number: number;
  /** 0: varint, 1: eight bytes, 2: bytes, text or a message, 5: four bytes. */
  readonly wire: number;
  /** Of a varint, as a signed 64-bit integer; rounded where a double does not hold it. 0 for the others. */
  readonly value: number;
  /** Where the key begins, where the content begins and where it ends: positions in what is read. */
  readonly key: number;
  readonly start: number;
  readonly end: number;
}

/** The bytes are no protobuf message. */
export class Malformed extends Error {
  constructor(
    readonly at: number,
    why: string,
  ) {
    super(why);
  }
}

/** A varint takes ten bytes at most. */
const longestVarint = 10;
/** Key and length, or key and number. */
const longestHead = 2 * longestVarint;

function varintAt(bytes: Buffer, at: number, base: number): [value: number, next: number] {
  let value = 0n;
  for (let i = 0; i < longestVarint; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new Malformed(base + at + i, 'a number is cut off');
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return [Number(BigInt.asIntN(64, value)), at + i + 1];
  }
  throw new Malformed(base + at, 'a number is longer than ten bytes');
}

/** As `varintAt`; nearly all of them are one or two bytes. */
function shortVarint(bytes: Buffer, at: number, base: number): [value: number, next: number] {
  const first = bytes[at] ?? 0x80;
  if (first < 0x80) return [first, at + 1];
  const second = bytes[at + 1] ?? 0x80;
  return second < 0x80 ? [(first & 0x7f) | (second << 7), at + 2] : varintAt(bytes, at, base);
}

/** The field at `at`; what it holds may lie beyond the bytes, but not beyond `end`. Positions begin at `base`. */
function fieldAt(bytes: Buffer, at: number, base: number, end: number): Field {
  const [tag, body] = shortVarint(bytes, at, base);
  const [number, wire] = [Math.floor(tag / 8), tag & 7];
  const key = base + at;
  if (number < 1 || number > 0x1fffffff) throw new Malformed(key, `a field has the number ${number}`);
  let [value, start, length] = [0, base + body, 0];
  if (wire === 0) {
    const [read, next] = shortVarint(bytes, body, base);
    [value, length] = [read, next - body];
  } else if (wire === 2) {
    const [read, next] = shortVarint(bytes, body, base);
    [start, length] = [base + next, read];
  } else if (wire === 1 || wire === 5) length = wire === 1 ? 8 : 4;
  else throw new Malformed(key, `a field has the type ${wire}, which does not exist`);
  if (length < 0 || start + length > end) throw new Malformed(key, 'a field is longer than what it is in');
  return { number, wire, value, key, start, end: start + length };
}

/** The fields of a message in memory, in order. @throws Malformed */
export function* fieldsIn(bytes: Buffer): Generator<Field, void> {
  for (let at = 0; at < bytes.length; ) {
    const field = fieldAt(bytes, at, 0, bytes.length);
    yield field;
    at = field.end;
  }
}

/** Every integer of a repeated field, packed or not. @throws Malformed */
export function integersOf(bytes: Buffer, { wire, value, start, end }: Field): number[] {
  if (wire === 0) return [value];
  const values: number[] = [];
  for (let at = start; at < end; ) {
    const [read, next] = shortVarint(bytes, at, 0);
    if (next > end) throw new Malformed(at, 'a number is cut off');
    values.push(read);
    at = next;
  }
  return values;
}

/** Bytes read at once while walking: the heads of many small fields, or one head between two large ones. */
const windowBytes = 1 << 18;

/** Walks through the fields of messages in a file, reading their heads and no content that nobody asks for. */
export class Wire {
  private window = Buffer.alloc(0);
  private base = 0;

  constructor(private readonly source: FileSource) {}

  /** The fields between two places of the file, in order. @throws Malformed, UserError */
  async *fields(start: number, end: number): AsyncGenerator<Field, void> {
    for (let at = start; at < end; ) {
      const needed = Math.min(longestHead, end - at);
      if (!this.holds(at, needed)) await this.load(at, needed);
      const field = fieldAt(this.window, at - this.base, this.base, end);
      yield field;
      at = field.end;
    }
  }

  /** The content of a field. @throws UserError where it is larger than `most`. */
  async content({ start, end }: Pick<Field, 'start' | 'end'>, most: number): Promise<Buffer> {
    const length = end - start;
    if (length > most)
      throw new UserError(
        `${this.source.name}: a part of ${count(length)} bytes at byte ${count(start)} should be small. Export the model again.`,
      );
    if (!this.holds(start, length)) await this.load(start, length);
    return Buffer.from(this.window.subarray(start - this.base, end - this.base));
  }

  private holds(at: number, length: number): boolean {
    return at >= this.base && at + length <= this.base + this.window.length;
  }

  private async load(at: number, least: number): Promise<void> {
    const length = Math.min(Math.max(least, windowBytes), this.source.size - at);
    const window = Buffer.alloc(length);
    await this.source.read(window, at);
    [this.window, this.base] = [window, at];
  }
}
