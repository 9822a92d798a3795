import { reals } from '../linalg/matrix';
import { blockBytes, type Job, load, refuseInexact } from './layout';
import type { Signal } from './source';

/**
 * Reads an array whose elements lie apart, out of order or several times at the same place (views of PyTorch): the box of
 * indices is cut along its longest strides until the elements of a piece lie close enough to be read at once.
 * @param strides one or more, one for each axis.
 */
export async function readStrided(
  { layout, decoder, start, end, data, what }: Job,
  strides: readonly number[],
  signal?: Signal,
): Promise<void> {
  const { shape, dtype, offset } = layout;
  const sizes = [end - start, ...shape.slice(1)];
  const room = Math.min(blockBytes / 8, spanOf(sizes, strides));
  const buffer = new ArrayBuffer(room * dtype.itemsize);
  const values = reals(room, decoder.double);
  const out = sizes.map((_, axis) => sizes.slice(axis + 1).reduce((product, length) => product * length, 1));

  const piece = async (box: readonly number[], first: number, at: number): Promise<void> => {
    const span = spanOf(box, strides);
    if (span <= room) {
      signal?.throwIfAborted();
      await load(layout, new Uint8Array(buffer, 0, span * dtype.itemsize), offset + first * dtype.itemsize, signal);
      const inexact = decoder.decode(buffer, span, values, 0) >= 0;
      gather(box, at, (from, to, step, length, outStep) => {
        for (let i = 0; i < length; i++) {
          const value = values[from + i * step] as number;
          // Elements between those of the view do not count.
          if (inexact && !Number.isSafeInteger(value)) refuseInexact(0, () => value, dtype, what);
          data[to + i * outStep] = value;
        }
      });
      return;
    }
    const axis = longest(box, strides);
    const stride = strides[axis] as number;
    const rest = spanOf(box.with(axis, 1), strides);
    const together = rest > room ? 1 : 1 + Math.floor((room - rest) / stride);
    for (let i = 0; i < (box[axis] as number); i += together) {
      const length = Math.min(together, (box[axis] as number) - i);
      await piece(box.with(axis, length), first + i * stride, at + i * (out[axis] as number));
    }
  };

  /** Calls `run` for each line of the box along its last axis: where it begins in the piece and in the result. */
  const gather = (
    box: readonly number[],
    at: number,
    run: (from: number, to: number, step: number, length: number, outStep: number) => void,
  ): void => {
    const last = box.length - 1;
    const index = box.map(() => 0);
    const lines = box.slice(0, last).reduce((product, length) => product * length, 1);
    for (let line = 0, from = 0, to = at; line < lines; line++) {
      run(from, to, strides[last] as number, box[last] as number, out[last] as number);
      for (let axis = last - 1; axis >= 0; axis--) {
        from += strides[axis] as number;
        to += out[axis] as number;
        if (++(index[axis] as number) < (box[axis] as number)) break;
        from -= (strides[axis] as number) * (box[axis] as number);
        to -= (out[axis] as number) * (box[axis] as number);
        index[axis] = 0;
      }
    }
  };

  await piece(sizes, start * (strides[0] as number), 0);
}

/** Elements from the first of a box to the last, both counted; a box has no empty axis. */
export function spanOf(box: readonly number[], strides: readonly number[]): number {
  return box.reduce((span, length, axis) => span + (length - 1) * (strides[axis] as number), 1);
}

function longest(box: readonly number[], strides: readonly number[]): number {
  let found = -1;
  for (const [axis, length] of box.entries()) {
    if (length > 1 && (found < 0 || (strides[axis] as number) > (strides[found] as number))) found = axis;
  }
  return found;
}
