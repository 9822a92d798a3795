import { createHash } from 'node:crypto';
import { openData } from '../../src/data/file';
import type { DataFile, RawTensor } from '../../src/data/tensor';
import type { TensorDescription } from '../../src/protocol/engine';
import { UserError } from '../../src/protocol/errors';

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

/** Digests of the tensors. @throws UserError at the first that cannot be read. */
export async function contents(path: string, raw: string | undefined): Promise<string[]> {
  const file = await openData(path, { raw });
  try {
    const { tensors, columns } = file.describe();
    const digests: string[] = [];
    let refused: UserError | undefined;
    for (const tensor of tensors.slice(0, mostTensors)) {
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
    if (Buffer.compare(bytesOf(part.data), bytesOf(whole.data.subarray(from * width, to * width))) !== 0)
      throw new Wrong(`rows ${from}:${to} of ${name ?? 'the array'} are not those of the whole`);
  }
  return createHash('sha1').update(`${whole.dtype} ${whole.shape}`).update(bytesOf(whole.data)).digest('hex');
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
