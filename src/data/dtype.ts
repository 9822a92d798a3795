import type { Real } from '../linalg/matrix';

/** How the elements of an array are stored. */
export interface Dtype {
  /** NumPy's (or ml_dtypes') name: float32, bfloat16, float8_e4m3fn. */
  readonly name: string;
  /** Bytes per element. */
  readonly itemsize: number;
  /** Absent where the elements are no real numbers. */
  readonly numeric?: Decoder;
  /** Fixed-width strings: UCS-4 or bytes. */
  readonly text?: 'unicode' | 'bytes';
  /** Why it cannot be a representation. */
  readonly unusable?: string;
}

export interface Decoder {
  /** Decoded to float64 because float32 would round; otherwise to float32. Both are exact. */
  readonly double: boolean;
  /** The stored bytes are the decoded ones. */
  readonly direct: boolean;
  /**
   * Decodes `count` little-endian elements at the start of `bytes.buffer` into `out` from `at`. Returns the index of the
   * first element that a double cannot hold, or -1.
   */
  decode(buffer: ArrayBuffer, count: number, out: Real, at: number): number;
}

type View = ArrayLike<number> & { readonly length: number };

function copying(view: new (buffer: ArrayBuffer, offset: number, length: number) => View, double: boolean): Decoder {
  const direct = (view as unknown) === (double ? Float64Array : Float32Array);
  return {
    double,
    direct,
    decode(buffer, count, out, at) {
      out.set(new view(buffer, 0, count), at);
      return -1;
    },
  };
}

/** float16 and float8: too few values to compute each again. */
function table(width: 8 | 16, make: () => Float32Array): Decoder {
  let values: Float32Array | undefined;
  return {
    double: false,
    direct: false,
    decode(buffer, count, out, at) {
      values ??= make();
      const codes = width === 8 ? new Uint8Array(buffer, 0, count) : new Uint16Array(buffer, 0, count);
      for (let i = 0; i < count; i++) out[at + i] = values[codes[i] as number] as number;
      return -1;
    },
  };
}

/**
 * Every value of a small float: sign, `exponent` bits, `mantissa` bits. With `ieee` the highest exponent holds
 * infinities and NaN; without (E4M3 of OCP 8-bit floating point, 2023) only the code of all ones is NaN.
 */
function smallFloats(exponent: number, mantissa: number, ieee: boolean): Float32Array {
  const half = 1 << (exponent + mantissa);
  const top = (1 << exponent) - 1;
  const bias = top >> 1;
  return Float32Array.from({ length: 2 * half }, (_, code) => {
    const e = (code % half) >> mantissa;
    const m = code & ((1 << mantissa) - 1);
    const sign = code < half ? 1 : -1;
    if (e === top && ieee) return m === 0 ? sign * Infinity : NaN;
    if (e === top && m === (1 << mantissa) - 1) return NaN;
    const significand = m / (1 << mantissa) + (e === 0 ? 0 : 1);
    return sign * significand * 2 ** (Math.max(e, 1) - bias);
  });
}

const bool: Decoder = {
  double: false,
  direct: false,
  decode(buffer, count, out, at) {
    const bytes = new Uint8Array(buffer, 0, count);
    for (let i = 0; i < count; i++) out[at + i] = bytes[i] === 0 ? 0 : 1;
    return -1;
  },
};

/** The upper half of a float32. */
const bfloat16: Decoder = {
  double: false,
  direct: false,
  decode(buffer, count, out, at) {
    const halves = new Uint16Array(buffer, 0, count);
    const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
    for (let i = 0; i < count; i++) bits[at + i] = (halves[i] as number) << 16;
    return -1;
  },
};

function int64(signed: boolean): Decoder {
  return {
    double: true,
    direct: false,
    decode(buffer, count, out, at) {
      const low = new Uint32Array(buffer, 0, 2 * count);
      const high = signed ? new Int32Array(buffer, 0, 2 * count) : low;
      let inexact = -1;
      for (let i = 0; i < count; i++) {
        const value = (high[2 * i + 1] as number) * 2 ** 32 + (low[2 * i] as number);
        out[at + i] = value;
        if (inexact < 0 && !Number.isSafeInteger(value)) inexact = i;
      }
      return inexact;
    },
  };
}

function numeric(name: string, itemsize: number, decoder: Decoder): Dtype {
  return { name, itemsize, numeric: decoder };
}

const numbers = [
  numeric('bool', 1, bool),
  numeric('int8', 1, copying(Int8Array, false)),
  numeric('uint8', 1, copying(Uint8Array, false)),
  numeric('int16', 2, copying(Int16Array, false)),
  numeric('uint16', 2, copying(Uint16Array, false)),
  numeric('int32', 4, copying(Int32Array, true)),
  numeric('uint32', 4, copying(Uint32Array, true)),
  numeric('int64', 8, int64(true)),
  numeric('uint64', 8, int64(false)),
  numeric(
    'float16',
    2,
    table(16, () => smallFloats(5, 10, true)),
  ),
  numeric('float32', 4, copying(Float32Array, false)),
  numeric('float64', 8, copying(Float64Array, true)),
  numeric('bfloat16', 2, bfloat16),
  numeric(
    'float8_e4m3fn',
    1,
    table(8, () => smallFloats(4, 3, false)),
  ),
  numeric(
    'float8_e5m2',
    1,
    table(8, () => smallFloats(5, 2, true)),
  ),
];
const byName = new Map(numbers.map((dtype) => [dtype.name, dtype]));

/** A numeric dtype by its name; undefined for any other name. */
export function numericDtype(name: string): Dtype | undefined {
  return byName.get(name);
}
