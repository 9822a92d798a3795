import { count } from '../protocol/words';
/** The pickle is damaged, or holds more than is read; the message is a clause for people. */
export class PickleError extends Error {}

/** The bytes end before the pickle does. */
export class PickleEnd extends PickleError {
  constructor() {
    super('it ends too early');
  }
}

const longestInteger = 1024;
const longestLine = 1 << 16;

/** The arguments of opcodes, one after the other. No length in them is trusted. */
export class PickleBytes {
  private readonly bytes: Buffer;

  /** @param at the next byte. */
  constructor(
    bytes: Uint8Array,
    public at: number,
  ) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  byte(): number {
    return this.bytes[this.skip(1)] as number;
  }

  uint16(): number {
    return this.bytes.readUInt16LE(this.skip(2));
  }

  uint32(): number {
    return this.bytes.readUInt32LE(this.skip(4));
  }

  int32(): number {
    return this.bytes.readInt32LE(this.skip(4));
  }

  double(): number {
    return this.bytes.readDoubleBE(this.skip(8));
  }

  wrong(what: string): PickleError {
    return new PickleError(`${what}, before byte ${count(this.at)} of the pickle`);
  }

  /** Goes on by `count` bytes, and says where they begin. */
  skip(count: number): number {
    const start = this.at;
    if (count > this.bytes.length - start) throw new PickleEnd();
    this.at = start + count;
    return start;
  }

  private length(width: 1 | 4 | 8): number {
    if (width === 1) return this.byte();
    const start = this.skip(width);
    const low = this.bytes.readUInt32LE(start);
    return width === 4 ? low : low + this.bytes.readUInt32LE(start + 4) * 2 ** 32;
  }

  block(width: 1 | 4 | 8): Buffer {
    const length = this.length(width);
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  text(width: 1 | 4 | 8): string {
    // Python writes lone surrogates as they are; they are replaced.
    return this.block(width).toString('utf8');
  }

  line(encoding: 'utf8' | 'latin1' = 'utf8'): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0 && this.bytes.length - this.at <= longestLine) throw new PickleEnd();
    if (end < 0 || end - this.at > longestLine) throw this.wrong('a line is too long');
    const text = this.bytes.toString(encoding, this.at, end);
    this.at = end + 1;
    return text;
  }

  /** Text of protocol 0, with \uXXXX for what is not Latin-1 or would end the line. */
  textLine(): string {
    return unescaped(this.line('latin1'));
  }

  /** Text of Python 2, as `repr` writes it. */
  quotedLine(): string {
    const text = this.line('latin1');
    const quote = text[0];
    if (text.length < 2 || (quote !== "'" && quote !== '"') || !text.endsWith(quote))
      throw this.wrong('a text has no quotes');
    return unescaped(text.slice(1, -1));
  }

  index(): number {
    const text = this.line();
    if (!/^\d{1,15}$/.test(text)) throw this.wrong('the number of a remembered value is none');
    return Number(text);
  }

  /** Two's complement, the least byte first. */
  integer(width: 1 | 4): number | bigint {
    const length = this.length(width);
    if (length > longestInteger) throw this.wrong('an integer is too long');
    const start = this.skip(length);
    if (length === 0) return 0;
    const digits = Buffer.from(this.bytes.subarray(start, start + length))
      .reverse()
      .toString('hex');
    return plain(BigInt.asIntN(8 * length, BigInt(`0x${digits}`)));
  }

  /** Protocol 0; `00` and `01` are its booleans. */
  integerLine(): number | bigint | boolean {
    const text = this.line();
    if (text === '00' || text === '01') return text === '01';
    if (!/^-?\d{1,2000}L?$/.test(text)) throw this.wrong('an integer is none');
    return plain(BigInt(text.replace('L', '')));
  }

  floatLine(): number {
    const text = this.line();
    if (text === 'nan') return NaN;
    if (text === 'inf' || text === '-inf') return text === 'inf' ? Infinity : -Infinity;
    if (!/^-?[\d.]+(e[+-]?\d+)?$/.test(text) || Number.isNaN(Number(text))) throw this.wrong('a number is none');
    return Number(text);
  }
}

function plain(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function unescaped(text: string): string {
  return text.replace(/\\(u[0-9a-f]{4}|U[0-9a-f]{8}|x[0-9a-f]{2}|[\\'"nrt]|)/gi, (all, code: string) => {
    if (code === '') throw new PickleError(`a text at ${JSON.stringify(all)} is damaged`);
    if (/^[ux]./i.test(code)) {
      const point = Number.parseInt(code.slice(1), 16);
      if (point > 0x10ffff) throw new PickleError(`a text at ${JSON.stringify(all)} is damaged`);
      return String.fromCodePoint(point);
    }
    return { n: '\n', r: '\r', t: '\t' }[code] ?? code;
  });
}
