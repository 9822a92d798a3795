import { UserError } from '../protocol/errors';
import { count, dims, plural } from '../protocol/words';
import { elements, type Layout } from './array';
import { containerFile, describeArray, label, type Member } from './container';
import { type Dtype, numericDtype } from './dtype';
import type { Format } from './format';
import type { FileSource } from './source';
import type { DataFile } from './tensor';

/** The format's own bound. */
const longestHeader = 100_000_000;
const again = 'Save it again, or copy it anew.';

const names: Readonly<Record<string, string>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  F8_E4M3: 'float8_e4m3fn',
  F8_E5M2: 'float8_e5m2',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U64: 'uint64',
  U32: 'uint32',
  U16: 'uint16',
  U8: 'uint8',
  BOOL: 'bool',
};

/** Bits per value of dtypes that are known but not read. */
const otherBits: Readonly<Record<string, number>> = { C64: 64, F8_E8M0: 8, F6_E2M3: 6, F6_E3M2: 6, F4: 4 };

/**
 * Opens a .safetensors file (github.com/huggingface/safetensors, "Format"): the header's length, a JSON header, then the
 * tensors one after the other.
 * @throws UserError when the header lies: about its length, a shape, or offsets that overlap, leave gaps or leave the file.
 */
async function openSafetensors(source: FileSource): Promise<DataFile> {
  const { header, start } = await readHeader(source);
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => tensorOf(source, name, value, start))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of tensors) {
    if (from !== end)
      throw new UserError(
        `${label(source, name)} begins at byte ${count(start + from)}, ${from < end ? 'inside' : 'with a gap after'} the one ` +
          `before, which ends at byte ${count(start + end)}. ${again}`,
      );
    end = to;
  }
  if (start + end !== source.size)
    throw new UserError(
      `${source.name}: the tensors should end at byte ${count(start + end)}; the file has ${count(source.size)} bytes. ${again}`,
    );
  return containerFile(
    source,
    'safetensors',
    tensors.map(({ member }) => member),
  );
}

export const safetensors: Format = {
  id: 'safetensors',
  title: 'a safetensors file',
  open: (source) => openSafetensors(source),
};

async function readHeader(source: FileSource): Promise<{ header: Record<string, unknown>; start: number }> {
  const prefix = await source.head(8);
  if (prefix.length < 8)
    throw new UserError(
      `${source.name} has ${plural(prefix.length, 'byte')}: too few for a safetensors file. ${again}`,
    );
  const length = prefix.readUIntLE(0, 6) + prefix.readUInt16LE(6) * 2 ** 48;
  if (length > longestHeader || 8 + length > source.size)
    throw new UserError(
      `${source.name}: the header should take ${count(length)} bytes from byte 8; the file has ${count(source.size)} bytes, and ` +
        `at most ${count(longestHeader)} are read. ${again}`,
    );
  const bytes = Buffer.alloc(length);
  await source.read(bytes, 8);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${source.name}: the header is no JSON (${(error as Error).message}). ${again}`);
  }
  if (!isObject(header)) throw new UserError(`${source.name}: the header should be a JSON object. ${again}`);
  const twice = repeatedKey(text);
  if (twice !== undefined) throw new UserError(`${source.name}: two tensors have the name '${twice}'. Save it again.`);
  return { header, start: 8 + length };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first key that stands twice in the outermost object of valid JSON; JSON.parse would keep the last without a word. */
function repeatedKey(json: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const token of json.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[{}[\]]/g)) {
    if (token[0] === '{' || token[0] === '[') depth++;
    else if (token[0] === '}' || token[0] === ']') depth--;
    else if (depth === 1 && token[1]) {
      const key = JSON.parse(token[0].slice(0, -token[1].length)) as string;
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

interface Placed {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly member: Member;
}

function tensorOf(source: FileSource, name: string, value: unknown, start: number): Placed {
  const where = label(source, name);
  const { dtype: code, shape, data_offsets: offsets } = isObject(value) ? value : {};
  const numbers = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((item) => typeof item === 'number');
  if (typeof code !== 'string' || !numbers(shape) || !numbers(offsets) || offsets.length !== 2)
    throw new UserError(`${where}: the header should give its dtype, shape and two data_offsets. ${again}`);
  const [from, to] = offsets as [number, number];
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || to < from || start + to > source.size)
    throw new UserError(
      `${where}: the header places it at bytes ${from} to ${to} of the data; the file has ${count(source.size - start)}. ${again}`,
    );
  const known = numericDtype(names[code] ?? '');
  const bits = known ? known.itemsize * 8 : otherBits[code];
  const expected = bits === undefined ? to - from : Math.ceil((elements(shape, 8, where) * bits) / 8);
  if (expected !== to - from)
    throw new UserError(
      `${where} should hold ${dims(shape)} ${names[code] ?? code} values (${count(expected)} bytes); the header gives it ` +
        `${count(to - from)}. ${again}`,
    );
  const dtype: Dtype = known ?? {
    name: code,
    itemsize: 0,
    unusable: `its values are of type ${code}, which is not read. Save it as F32, F16 or BF16.`,
  };
  const layout: Layout = { source, offset: start + from, shape, dtype, fortran: false, bigEndian: false };
  const description = { ...describeArray(name, layout), bytes: to - from };
  return { name, from, to, member: { layout, description } };
}
