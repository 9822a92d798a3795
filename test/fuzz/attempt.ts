import { createHash } from 'node:crypto';
import { openData } from '../../src/data/file';
import type { DataFile, RawTensor } from '../../src/data/tensor';
import type { TensorDescription } from '../../src/protocol/engine';
import { UserError } from '../../src/protocol/errors';
import { firstSlice } from '../../src/protocol/slice';

/** Bound for what is decoded of one tensor: far below what the fuzzer allows. */
const limit = 64 << 20;
/** Of a file of many, enough. */
const mostTensors = 6;

export type Outcome = 'read' | 'refused';

/** The person would have got wrong values. */
export class Wrong extends Error {}

/**
 * Opens a file and reads what is in it, whole and by rows: what reads at all has to be consistent.
 * @param known digests of what good files hold; where it is given, nothing else may be read.
 * @throws whatever is no UserError.
 */
export async function attempt(path: string, raw: string | undefined, known?: ReadonlySet<string>): Promise<Outcome> {
  try {
    for (const digest of await contents(path, raw))
      if (known && !known.has(digest)) throw new Wrong('values were read that no good file holds');
    return 'read';
  } catch (error) {
    if (error instanceof UserError) return refusal(error);
    throw error;
  }
}

/** Digests of the first tensors. @throws UserError where none of them can be read. */
export async function contents(path: string, raw: string | undefined, most = mostTensors): Promise<string[]> {
  const file = await openData(path, { raw });
  try {
    const { tensors, columns } = file.describe();
    const digests: string[] = [];
    let refused: UserError | undefined;
    for (const tensor of tensors.slice(0, most)) {
      // One tensor's damage does not excuse the others.
      const digest = await readTensor(file, tensor).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        refused = error;
      });
      if (digest !== undefined) digests.push(digest);
    }
    for (const { name } of columns?.slice(0, 2) ?? []) await file.readColumn(name, { limit });
    if (refused && digests.length === 0) throw refused;
    return digests;
  } finally {
    await file.close();
  }
}

async function readTensor(file: DataFile, { name, shape, unusable }: TensorDescription): Promise<string | undefined> {
  if (unusable !== undefined) {
    await file.readColumn(name, { limit });
    return undefined;
  }
  const whole = await file.read(name, { limit });
  consistent(whole);
  if (whole.shape.join() !== shape.join()) throw new Wrong(`shape ${shape} was described, ${whole.shape} was read`);
  const rows = shape[0] ?? 0;
  if (rows > 1 && whole.data.length > 0) {
    const [from, to] = [rows >> 1, Math.min(rows, (rows >> 1) + 3)];
    const part = await file.read(name, { limit, rows: [from, to] });
    consistent(part);
    const width = whole.data.length / rows;
    const called = name ?? 'the array';
    const same = (found: Float32Array | Float64Array, wanted: Float32Array | Float64Array, what: string) => {
      if (!equal(found, wanted)) throw new Wrong(`${what} of ${called} are not those of the whole`);
    };
    const rowsOfWhole = whole.data.subarray(from * width, to * width);
    same(part.data, rowsOfWhole, `rows ${from}:${to}`);
    await parts(file, whole, name, [from, to], same);
  }
  return createHash('sha1').update(`${whole.dtype} ${whole.shape}`).update(bytesOf(whole.data)).digest('hex');
}

/** The ways to read a part of some rows: columns one after the other, and those of a plane. */
async function parts(
  file: DataFile,
  { shape, data }: RawTensor,
  name: string | null,
  [from, to]: readonly [number, number],
  same: (found: Float32Array | Float64Array, wanted: Float32Array | Float64Array, what: string) => void,
): Promise<void> {
  const width = data.length / (shape[0] as number);
  const picked = (columns: number, apart: number) => {
    const out = data.slice(0, (to - from) * columns);
    for (let i = 0; i < out.length; i++)
      out[i] = data[(from + Math.floor(i / columns)) * width + (i % columns) * apart] as number;
    return out;
  };
  const some = Math.min(3, width);
  const strip = await file.strip?.(
    name,
    [
      [from, to],
      [0, some],
    ],
    { limit },
  );
  if (strip) same(strip, picked(some, 1), `columns 0:${some}`);
  if (!file.plane || shape.length < 2) return;
  const side = Math.min(3, shape[1] as number);
  const plane = await file.plane(
    name,
    firstSlice(shape),
    [
      [from, to],
      [0, side],
    ],
    { limit },
  );
  same(plane, picked(side, width / (shape[1] as number)), `a plane of ${side} columns`);
}

/** One NaN is as good as another. */
function equal(found: Float32Array | Float64Array, wanted: Float32Array | Float64Array): boolean {
  return found.length === wanted.length && found.every((value, i) => Object.is(value, wanted[i]));
}

function consistent({ shape, data }: RawTensor): void {
  const length = shape.reduce((product, size) => product * size, 1);
  if (length !== data.length) throw new Wrong(`${data.length} values were read for shape ${shape}`);
}

function bytesOf(data: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function refusal({ message }: UserError): Outcome {
  if (message.trim() === '' || message.length > 1600 || /undefined|\[object|NaN (bytes|rows|values)/.test(message))
    throw new Wrong(`the person is told: ${message.slice(0, 300)}`);
  return 'refused';
}
