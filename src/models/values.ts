import { numericDtype } from '../data/dtype';
import type { Real } from '../linalg/matrix';
import type { ModelTensor } from '../linalg/session';
import { UserError } from '../protocol/errors';
import { count } from '../protocol/words';

const integers = {
  int8: [-(2 ** 7), 2 ** 7 - 1, Int8Array],
  uint8: [0, 2 ** 8 - 1, Uint8Array],
  int16: [-(2 ** 15), 2 ** 15 - 1, Int16Array],
  uint16: [0, 2 ** 16 - 1, Uint16Array],
  int32: [-(2 ** 31), 2 ** 31 - 1, Int32Array],
  uint32: [0, 2 ** 32 - 1, Uint32Array],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, BigInt64Array],
  uint64: [0, Number.MAX_SAFE_INTEGER, BigUint64Array],
  bool: [0, 1, Uint8Array],
} as const;

/** Values as an input takes them. */
export interface Cast {
  readonly data: ModelTensor['data'];
  /** Some were no numbers of that type and were rounded to the nearest. */
  readonly rounded: boolean;
}

/**
 * Values in the type of a model's input: fractions may be rounded, whole numbers have to be exact.
 * @param fail says which value it was, by its place.
 * @throws UserError where a value is none of the type.
 */
export function castTo(type: string, values: Real, fail: (place: number, why: string) => UserError): Cast {
  if (type === 'float32' && values instanceof Float32Array) return { data: values, rounded: false };
  if (type === 'float64') return { data: Float64Array.from(values), rounded: false };
  if (type === 'float32') {
    const data = Float32Array.from(values);
    return { data, rounded: values.some((value, i) => value !== data[i] && !Number.isNaN(value)) };
  }
  if (type === 'float16') {
    const data = Uint16Array.from(values, halfOf);
    const back = decoded({ type, data, shape: [data.length] });
    return { data, rounded: values.some((value, i) => value !== back[i] && !Number.isNaN(value)) };
  }
  const rule = integers[type as keyof typeof integers];
  if (!rule) throw fail(0, `values of type ${type} cannot be made of numbers`);
  const [least, most, Kind] = rule;
  for (const [i, value] of values.entries()) {
    if (!Number.isInteger(value) || value < least || value > most)
      throw fail(
        i,
        `${value} is none of ${type}${Number.isInteger(value) ? ` (${count(least)} to ${count(most)})` : ', which are whole numbers'}`,
      );
  }
  const big = Kind === BigInt64Array || Kind === BigUint64Array;
  if (!big) return { data: (Kind as Uint8ArrayConstructor).from(values), rounded: false };
  const data = new (Kind as BigInt64ArrayConstructor)(values.length);
  for (let i = 0; i < data.length; i++) data[i] = BigInt(values[i] as number);
  return { data, rounded: false };
}

/** The float16 nearest to a number, ties to even (IEEE 754), as its bits. */
export function halfOf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(size)) return 0x7e00;
  // Halfway between the largest and what would be next.
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size)));
  const steps = size / 2 ** (exponent - 10);
  const low = Math.floor(steps);
  const rest = steps - low;
  const whole = rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
  // A carry runs into the exponent by itself; below 2^-14 there is none.
  return sign | ((exponent + 14) * 1024 + whole);
}

/**
 * What a model gave, as float32 or float64, whichever is exact.
 * @throws UserError for text, and for whole numbers beyond 2^53.
 */
export function decoded({ type, data }: ModelTensor): Real {
  if (data instanceof Float32Array || data instanceof Float64Array) return data;
  if (type === 'float16') {
    const view = data as unknown as Uint16Array;
    // Newer runtimes give float16 as such.
    if (!(view instanceof Uint16Array)) return Float32Array.from(view as ArrayLike<number>);
    const out = new Float32Array(view.length);
    numericDtype('float16')?.numeric?.decode(view.slice().buffer, view.length, out, 0);
    return out;
  }
  if (!(type in integers)) throw new UserError(`holds values of type ${type}, which are no numbers`);
  const out =
    type.endsWith('8') || type.endsWith('t16') || type === 'bool'
      ? new Float32Array(data.length)
      : new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = Number(data[i]);
  if (type.endsWith('64') && out.some((value) => !Number.isSafeInteger(value)))
    throw new UserError('holds whole numbers beyond 2^53, which would be rounded');
  return out;
}
