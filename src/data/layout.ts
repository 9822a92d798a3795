import type { Real } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import { count } from '../protocol/words';
import type { Decoder, Dtype } from './dtype';
import type { ByteSource, Signal } from './source';

/** An array in a file or in a member of one: where and how its elements lie. */
export interface Layout {
  readonly source: ByteSource;
  /** First byte of the first element in `source`. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** First index fastest. */
  readonly fortran: boolean;
  readonly bigEndian: boolean;
  /** Elements from one index to the next of each axis, none negative; absent: as `fortran` says, without gaps. */
  readonly strides?: readonly number[];
}

/** Read at once: large enough for full speed, small enough to be cancelled within milliseconds. */
export const blockBytes = 8 << 20;

/** A range of rows of an array, to be decoded into `data`. */
export interface Job {
  readonly layout: Layout;
  readonly decoder: Decoder;
  readonly start: number;
  readonly end: number;
  readonly data: Real;
  readonly what: string;
}

/** Fills `bytes` with elements of the array from byte `at` of its source, in the order of this machine. */
export async function load(layout: Layout, bytes: Uint8Array, at: number, signal?: Signal): Promise<void> {
  await layout.source.read(bytes, at, signal);
  if (layout.bigEndian) swap(bytes, layout.dtype.itemsize);
}

export function swap(bytes: Uint8Array, itemsize: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (itemsize === 2) buffer.swap16();
  else if (itemsize === 4) buffer.swap32();
  else if (itemsize === 8) buffer.swap64();
}

export function refuseInexact(index: number, value: (index: number) => number, dtype: Dtype, what: string): void {
  if (index < 0) return;
  throw new UserError(
    `${what} holds the ${dtype.name} value ${count(value(index))} (about); integers beyond 2^53 would be rounded. Save it ` +
      'as float64 if rounding is meant.',
  );
}
