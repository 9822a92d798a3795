import { numericDtype } from '../../data/dtype';
import type { FileSource } from '../../data/source';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import type { Weights } from '../onnx-tensor';
import { halfOf } from '../values';
import { Wire } from '../wire';

/** Types that weights may have to be merged. */
const kinds = { float32: 4, float64: 8, float16: 2 } as const;
export type WeightKind = keyof typeof kinds;

export function isKind(dtype: string | null): dtype is WeightKind {
  return dtype !== null && Object.hasOwn(kinds, dtype);
}

/** Number of values. */
export function lengthOf({ shape }: Pick<Weights, 'shape'>): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/**
 * The values of a constant of a model, row-major, in float64.
 * @throws UserError where they are not there, or not as many as its shape says.
 */
export async function readValues(source: FileSource, weights: Weights): Promise<Float64Array> {
  const { name, dtype, place } = weights;
  const length = lengthOf(weights);
  const fail = (why: string) => new UserError(`${source.name}: the weights '${name}' ${why}. Export the model again.`);
  if (!place || !isKind(dtype)) throw fail('cannot be read');
  const wide = kinds[dtype];
  for await (const field of new Wire(source).fields(place.start, place.end)) {
    // Raw bytes, or a packed list of floats or of doubles.
    const packed = (dtype === 'float32' && field.number === 4) || (dtype === 'float64' && field.number === 10);
    if (field.wire !== 2 || !(field.number === 9 || packed)) continue;
    if (field.end - field.start !== wide * length)
      throw fail(`have ${count(field.end - field.start)} bytes where ${count(wide * length)} belong`);
    const bytes = new Uint8Array(wide * length);
    await source.read(bytes, field.start);
    const out = new Float64Array(length);
    numericDtype(dtype)?.numeric?.decode(bytes.buffer, length, out, 0);
    if (!out.every(Number.isFinite)) throw fail('hold values that are not finite');
    return out;
  }
  throw fail('hold no values that can be read');
}

/** The bytes of values as a model's weights are kept. */
export function encodeValues(values: Float64Array, dtype: WeightKind): Uint8Array {
  const data =
    dtype === 'float64' ? values : dtype === 'float32' ? Float32Array.from(values) : Uint16Array.from(values, halfOf);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
