// Writes test/fidelity/fixtures/arrow/* from arrow.json: see arrow.py.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as arrow from 'apache-arrow';

const here = import.meta.dirname;
const out = join(here, '..', 'fixtures', 'arrow');
const { columns, lists, words, colours } = JSON.parse(readFileSync(join(here, 'arrow.json'), 'utf8'));

/** @param {{ values: string }} entry */
function numbers({ values }) {
  const bytes = Buffer.from(values, 'hex');
  return Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleBE(8 * i));
}

/** @type {Record<string, () => arrow.DataType>} */
const types = {
  bool: () => new arrow.Bool(),
  int8: () => new arrow.Int8(),
  int16: () => new arrow.Int16(),
  int32: () => new arrow.Int32(),
  int64: () => new arrow.Int64(),
  uint8: () => new arrow.Uint8(),
  uint16: () => new arrow.Uint16(),
  uint32: () => new arrow.Uint32(),
  uint64: () => new arrow.Uint64(),
  float16: () => new arrow.Float16(),
  float32: () => new arrow.Float32(),
  float64: () => new arrow.Float64(),
};

/** The bits of a float16, from a number that it holds. @param {number} value */
function half(value) {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size === Infinity) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | (size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  return sign | ((exponent + 15) << 10) | ((size / 2 ** exponent - 1) * 1024);
}

/** @param {string} name @param {number} from @param {number} to */
function column(name, from, to) {
  const entry = columns[name];
  const all = numbers(entry).slice(from, to);
  if (name === 'holes') return arrow.vectorFromArray(all.map((x) => (Number.isNaN(x) ? null : x)), new arrow.Float32());
  if (name === 'float16') return arrow.makeVector(arrow.makeData({ type: new arrow.Float16(), length: all.length, data: Uint16Array.from(all, half) }));
  const values = name.endsWith('int64') ? all.map(BigInt) : name === 'bool' ? all.map(Boolean) : all;
  const type = types[name];
  if (!type) throw new Error(name);
  return arrow.vectorFromArray(values, type());
}

/** @param {string} name @param {number} from @param {number} to */
function list(name, from, to) {
  const { shape, values } = lists[name];
  const all = numbers({ values });
  const rows = Array.from({ length: to - from }, (_, i) => all.slice((from + i) * shape[1], (from + i + 1) * shape[1]));
  if (name === 'fixed')
    return arrow.vectorFromArray(rows, new arrow.FixedSizeList(shape[1], new arrow.Field('item', new arrow.Float32())));
  return arrow.vectorFromArray(rows, new arrow.List(new arrow.Field('item', new arrow.Int16())));
}

const text = new arrow.Utf8();
const coloured = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8(), 7);
const dictionary = arrow.vectorFromArray(['red', 'green'], text);

/** @param {number} from @param {number} to @param {boolean} withDictionary */
function rows(from, to, withDictionary) {
  /** @type {Record<string, arrow.Vector>} */
  const table = {};
  for (const name of Object.keys(columns)) table[name] = column(name, from, to);
  for (const name of Object.keys(lists)) table[name] = list(name, from, to);
  table.words = arrow.vectorFromArray(words.slice(from, to), text);
  table.when = arrow.vectorFromArray(words.slice(from, to).map(() => new Date(0)), new arrow.TimestampMillisecond());
  if (withDictionary) {
    const part = colours.slice(from, to);
    const data = Int8Array.from(part, (colour) => ['red', 'green'].indexOf(colour ?? 'red'));
    const nullBitmap = new Uint8Array(8);
    for (const [i, colour] of part.entries()) if (colour !== null) nullBitmap[i >> 3] = (nullBitmap[i >> 3] ?? 0) | (1 << (i & 7));
    const nullCount = part.filter((/** @type {unknown} */ colour) => colour === null).length;
    table.colours = arrow.makeVector(arrow.makeData({ type: coloured, length: part.length, nullCount, nullBitmap, data, dictionary }));
  }
  return new arrow.Table(table);
}

/** @type {{ packed: Uint8Array, length: number }[]} */
const packs = [];
/** @param {string} program @param {(length: number) => string[]} args */
const packer = (program, args) => ({
  encode: (/** @type {Uint8Array} */ data) => {
    const packed = new Uint8Array(execFileSync(program, args(data.length), { input: data }));
    if (packed.length < data.length) packs.push({ packed, length: data.length });
    return packed;
  },
});
// Short buffers say in the frame how long they are, as pyarrow has it; long ones do not.
const zstd = (/** @type {number} */ length) =>
  length < 10_000 ? ['-q', '-c', `--stream-size=${length}`] : ['-q', '-c'];
arrow.compressionRegistry.set(arrow.CompressionType.LZ4_FRAME, packer('lz4', () => ['-q', '-c', '-BD', '-B4']));
arrow.compressionRegistry.set(arrow.CompressionType.ZSTD, packer('zstd', zstd));

/**
 * This writer (21.2) puts the packed length before a buffer, where the format wants the length that it unpacks to
 * (Message.fbs, BodyCompression): put right here.
 * @param {arrow.Table} table @param {arrow.CompressionType} type
 */
function compressed(table, type) {
  packs.length = 0;
  const file = Buffer.from(arrow.tableToIPC(table, 'file', type));
  for (const { packed, length } of packs) {
    const wrong = Buffer.alloc(8);
    wrong.writeBigInt64LE(BigInt(packed.length));
    for (let at = -1; (at = file.indexOf(Buffer.concat([wrong, packed]), at + 1)) >= 0; ) file.writeBigInt64LE(BigInt(length), at);
  }
  return file;
}

mkdirSync(out, { recursive: true });
/** Two batches, the second shorter. @param {boolean} withDictionary */
const whole = (withDictionary) => rows(0, 15, withDictionary).concat(rows(15, 24, withDictionary));
writeFileSync(join(out, 'plain.arrow'), arrow.tableToIPC(whole(true), 'file'));
writeFileSync(join(out, 'stream.arrow'), arrow.tableToIPC(whole(true), 'stream'));
writeFileSync(join(out, 'lz4.feather'), compressed(whole(false), arrow.CompressionType.LZ4_FRAME));
writeFileSync(join(out, 'zstd.feather'), compressed(whole(false), arrow.CompressionType.ZSTD));

// String views: texts of up to twelve bytes lie in the view, longer ones beside it; one is missing in each batch.
const viewed = words.map((/** @type {string} */ word, /** @type {number} */ i) => (i % 9 === 4 ? null : i % 2 ? word : `${word}, once more: ${word}`));
/** @param {number} from @param {number} to */
const views = (from, to) => new arrow.Table({ words: arrow.vectorFromArray(viewed.slice(from, to), new arrow.Utf8View()), float32: column('float32', from, to) });
writeFileSync(join(out, 'views.arrow'), arrow.tableToIPC(views(0, 15).concat(views(15, 24)), 'file'));
writeFileSync(join(out, 'views.feather'), compressed(views(0, 15).concat(views(15, 24)), arrow.CompressionType.ZSTD));

// Views of bytes before a column of numbers: they are not read, and what follows them is.
const bytes = [Uint8Array.of(1, 2), null, new Uint8Array(40).fill(7)];
const beside = arrow.vectorFromArray([1.5, -2, 3.25], new arrow.Float32());
const bytesAndNumbers = new arrow.Table({ bytes: arrow.vectorFromArray(bytes, new arrow.BinaryView()), beside });
writeFileSync(join(out, 'binary-views.arrow'), arrow.tableToIPC(bytesAndNumbers, 'file'));

// Long enough for the packers to find something: 20,000 rows of a repeating pattern.
const pattern = Float32Array.from({ length: 20_000 }, (_, i) => (i % 97) / 4);
const long = new arrow.Table({ x: arrow.makeVector(pattern), y: arrow.makeVector(pattern.slice().reverse()) });
writeFileSync(join(out, 'long-lz4.feather'), compressed(long, arrow.CompressionType.LZ4_FRAME));
writeFileSync(join(out, 'long-zstd.feather'), compressed(long, arrow.CompressionType.ZSTD));
