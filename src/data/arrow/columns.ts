import { type Real, reals } from '../../linalg/matrix';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import { type Dtype, numericDtype } from '../dtype';
import type { Signal } from '../source';
import type { BatchBuffers, Span } from './buffers';
import { Malformed } from './flatbuffer';
import { type Field, Type, typeName } from './schema';

/** A column as a representation sees it. */
export interface ArrowColumn {
  readonly field: Field;
  readonly name: string;
  readonly kind: 'number' | 'list' | 'text' | 'other';
  /** Of the numbers, or of those in the lists. */
  readonly dtype: Dtype | undefined;
  /** For people: "int32", "float32[16]", "timestamp". */
  readonly type: string;
}

export function columnOf(field: Field): ArrowColumn {
  const { name, type, children, dictionary } = field;
  const inner = isList(field) ? children[0] : undefined;
  const dtypeName = dictionary || inner?.dictionary ? undefined : (inner ?? field).dtype;
  const dtype = dtypeName === undefined ? undefined : numericDtype(dtypeName);
  const text = type === Type.utf8 || type === Type.largeUtf8 || type === Type.utf8View;
  if (inner && !dictionary)
    return { field, name, kind: 'list', dtype, type: `${dtypeName ?? typeName(inner.type)}[${field.length ?? ''}]` };
  if (dtype) return { field, name, kind: 'number', dtype, type: dtype.name };
  return { field, name, kind: text ? 'text' : 'other', dtype: undefined, type: text ? 'text' : typeName(type) };
}

function isList({ type }: Field): boolean {
  return type === Type.list || type === Type.largeList || type === Type.fixedList;
}

/** Where decoded numbers go: value `i` of each row to `data[first + row * width + i]`. */
export interface Target {
  readonly data: Real;
  readonly first: number;
  readonly width: number;
  /** Values of each row. */
  readonly length: number;
}

type Range = readonly [number, number];

/**
 * Reads rows of a column of numbers, NaN where null.
 * @param what begins every error of the person's.
 * @returns how many values are null.
 * @throws UserError for integers beyond 2^53; Malformed where the bytes do not fit.
 */
export async function readNumbers(
  buffers: BatchBuffers,
  span: Span,
  dtype: Dtype,
  range: Range,
  target: Target,
  what: string,
  signal?: Signal,
): Promise<number> {
  const { data, first, width, length: per } = target;
  const values = await decoded(buffers, span, dtype, range, data, what, signal);
  const rows = (range[1] - range[0]) / per;
  for (let row = 0, k = 0; row < rows; row++)
    for (let i = 0, to = first + row * width; i < per; i++) data[to++] = values[k++] as number;
  const nulls = await nullsIn(buffers, span, range, signal);
  for (const at of nulls) data[first + Math.floor(at / per) * width + (at % per)] = NaN;
  return nulls.length;
}

async function decoded(
  buffers: BatchBuffers,
  span: Span,
  { itemsize, numeric, name }: Dtype,
  [start, end]: Range,
  like: Real,
  what: string,
  signal?: Signal,
): Promise<Real> {
  const { length } = buffers.counts(span);
  if (end > length) throw new Malformed('a column has fewer values than its batch has rows');
  const out = reals(end - start, like instanceof Float64Array);
  if (end === start || !numeric) return out;
  if (name === 'bool') {
    const bits = await bitsOf(buffers, span.buffer + 1, [start, end], length, signal);
    for (let i = 0; i < out.length; i++) out[i] = bits(i) ? 1 : 0;
    return out;
  }
  const range: Range = [start * itemsize, end * itemsize];
  const bytes = await buffers.bytes(span.buffer + 1, range, length * itemsize, signal);
  const own = reals(out.length, numeric.double);
  if (numeric.decode(aligned(bytes), out.length, own, 0) >= 0) {
    // Where there is no value, the bytes can be any.
    const nulls = new Set(await nullsIn(buffers, span, [start, end], signal));
    const inexact = own.find((value, i) => !Number.isSafeInteger(value) && !nulls.has(i));
    if (inexact !== undefined)
      throw new UserError(
        `${what} holds the ${name} value ${count(inexact)} (about); integers beyond 2^53 would be rounded. Save it as ` +
          'float64 if rounding is meant.',
      );
  }
  out.set(own);
  return out;
}

/** Where in the range there is no value. */
async function nullsIn(buffers: BatchBuffers, span: Span, [start, end]: Range, signal?: Signal): Promise<number[]> {
  const { length, nulls } = buffers.counts(span);
  if (nulls === 0 || start === end) return [];
  const valid = await bitsOf(buffers, span.buffer, [start, end], length, signal);
  const out: number[] = [];
  for (let i = 0; i < end - start; i++) if (!valid(i)) out.push(i);
  return out;
}

async function bitsOf(
  buffers: BatchBuffers,
  buffer: number,
  [start, end]: Range,
  length: number,
  signal?: Signal,
): Promise<(index: number) => boolean> {
  const first = Math.floor(start / 8);
  const bytes = await buffers.bytes(buffer, [first, Math.ceil(end / 8)], Math.ceil(length / 8), signal);
  return (index) => {
    const bit = start + index - 8 * first;
    return (((bytes[bit >> 3] as number) >> (bit & 7)) & 1) === 1;
  };
}

/** Offsets of lists or text: one more than there are values. */
async function offsetsOf(buffers: BatchBuffers, span: Span, [start, end]: Range, signal?: Signal): Promise<number[]> {
  const { length } = buffers.counts(span);
  if (end > length) throw new Malformed('a column has fewer values than its batch has rows');
  if (end === start) return [];
  const large = span.field.type === Type.largeList || span.field.type === Type.largeUtf8;
  const width = large ? 8 : 4;
  const range: Range = [start * width, (end + 1) * width];
  const bytes = await buffers.bytes(span.buffer + 1, range, (length + 1) * width, signal);
  return Array.from({ length: end - start + 1 }, (_, i) =>
    large ? Number(bytes.readBigInt64LE(8 * i)) : bytes.readInt32LE(4 * i),
  );
}

/** How many values the lists of a column have, by its first row that has any; 0 where there is none. */
export async function listLength(buffers: BatchBuffers, span: Span, signal?: Signal): Promise<number> {
  if (span.field.length !== undefined) return span.field.length;
  const most = Math.min(64, buffers.counts(span).length);
  const offsets = await offsetsOf(buffers, span, [0, most], signal);
  const lengths = offsets.slice(1).map((to, i) => to - (offsets[i] as number));
  return lengths.find((length) => length > 0) ?? 0;
}

/**
 * Reads rows of a column of lists of one length, all NaN where there is no list.
 * @param row of the table that is the first of the range: for errors.
 */
export async function readLists(
  buffers: BatchBuffers,
  span: Span,
  dtype: Dtype,
  [start, end]: Range,
  target: Target,
  { what, row, signal }: { what: string; row: number; signal?: Signal | undefined },
): Promise<number> {
  const [child] = span.children;
  const { length: per } = target;
  if (!child) throw new Malformed('a list holds nothing');
  const missing = new Set(await nullsIn(buffers, span, [start, end], signal));
  const from = span.field.length === undefined ? await offsetsOf(buffers, span, [start, end], signal) : undefined;
  let nulls = 0;
  // Rows that follow each other without a null between them lie together.
  for (let i = 0; i < end - start; ) {
    if (missing.has(i)) {
      target.data.fill(NaN, target.first + i * per, target.first + (i + 1) * per);
      nulls += per;
      i++;
      continue;
    }
    let to = i;
    for (; to < end - start && !missing.has(to); to++) {
      const length = from ? (from[to + 1] as number) - (from[to] as number) : per;
      if (length !== per)
        throw new UserError(
          `${what}: row ${count(row + to)} holds ${count(length)} values, others ${count(per)}. Save rows of one length.`,
        );
    }
    const begin = from ? (from[i] as number) : (start + i) * per;
    const range: Range = [begin, begin + (to - i) * per];
    const part = { ...target, first: target.first + i * per };
    if (begin < 0) throw new Malformed('a list lies outside its column');
    nulls += await readNumbers(buffers, child, dtype, range, part, what, signal);
    i = to;
  }
  return nulls;
}

/** Rows of text, empty where null. @param limit of its bytes. */
export async function readText(
  buffers: BatchBuffers,
  span: Span,
  range: Range,
  limit: number,
  signal?: Signal,
): Promise<string[]> {
  if (span.field.type === Type.utf8View) return readViews(buffers, span, range, limit, signal);
  const offsets = await offsetsOf(buffers, span, range, signal);
  const [first = 0] = offsets;
  const last = offsets.at(-1) ?? 0;
  if (offsets.some((offset, i) => offset < 0 || offset < (offsets[i - 1] ?? 0)))
    throw new Malformed('the offsets of its text decrease');
  if (last - first > limit) throw new Malformed('its text needs more memory than the bound allows');
  const missing = new Set(await nullsIn(buffers, span, range, signal));
  if (last === first) return offsets.slice(1).map(() => '');
  const size = await buffers.size(span.buffer + 2, signal);
  if (size < last) throw new Malformed('its text is shorter than its offsets say');
  const bytes = await buffers.bytes(span.buffer + 2, [first, last], size, signal);
  return offsets.slice(1).map((to, i) => {
    if (missing.has(i)) return '';
    return decodeText(bytes.subarray((offsets[i] as number) - first, to - first), range[0] + i);
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decodeText(bytes: Buffer, row: number): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Malformed(`row ${count(row)} of a batch is no valid UTF-8`);
  }
}

/** Of a view: its length, and either the text itself or its beginning, its buffer and where it lies there. */
const viewBytes = 16;
const inView = 12;

async function readViews(
  buffers: BatchBuffers,
  span: Span,
  range: Range,
  limit: number,
  signal?: Signal,
): Promise<string[]> {
  const [start, end] = range;
  const { length } = buffers.counts(span);
  if (end > length) throw new Malformed('a column has fewer values than its batch has rows');
  if (start === end) return [];
  const place: Range = [start * viewBytes, end * viewBytes];
  // Unpacking another buffer ends what these bytes are a part of.
  const views = Buffer.from(await buffers.bytes(span.buffer + 1, place, length * viewBytes, signal));
  const missing = new Set(await nullsIn(buffers, span, range, signal));
  const out = new Array<string>(end - start).fill('');
  const elsewhere = new Map<number, number[]>();
  let total = 0;
  for (let i = 0; i < out.length; i++) {
    if (missing.has(i)) continue;
    const at = i * viewBytes;
    const size = views.readInt32LE(at);
    total += size;
    if (size < 0 || total > limit) throw new Malformed('its text needs more memory than the bound allows');
    if (size <= inView) out[i] = decodeText(views.subarray(at + 4, at + 4 + size), start + i);
    else {
      const buffer = views.readInt32LE(at + 8);
      if (buffer < 0 || buffer >= span.more) throw new Malformed('its text lies in no buffer that there is');
      const rows = elsewhere.get(buffer);
      if (rows) rows.push(i);
      else elsewhere.set(buffer, [i]);
    }
  }
  for (const [buffer, rows] of elsewhere) {
    const index = span.buffer + 2 + buffer;
    const size = await buffers.size(index, signal);
    const text = await buffers.bytes(index, [0, size], size, signal);
    for (const i of rows) {
      const at = i * viewBytes;
      const [bytes, offset] = [views.readInt32LE(at), views.readInt32LE(at + 12)];
      if (offset < 0 || offset + bytes > size) throw new Malformed('its text lies outside its buffer');
      out[i] = decodeText(text.subarray(offset, offset + bytes), start + i);
    }
  }
  return out;
}

/** Positions in a dictionary, -1 where null. */
export async function readPositions(
  buffers: BatchBuffers,
  span: Span,
  range: Range,
  signal?: Signal,
): Promise<number[]> {
  const dtype = numericDtype(span.field.dictionary?.dtype ?? 'int32') as Dtype;
  const values = await decoded(buffers, span, dtype, range, new Float64Array(0), 'a dictionary', signal);
  const out = Array.from(values);
  for (const at of await nullsIn(buffers, span, range, signal)) out[at] = -1;
  return out;
}

/** The bytes at the start of an ArrayBuffer of their own, where typed arrays can be laid over them. */
function aligned(bytes: Buffer): ArrayBuffer {
  const { buffer, byteOffset, length } = bytes;
  return byteOffset === 0 ? (buffer as ArrayBuffer) : (buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer);
}
