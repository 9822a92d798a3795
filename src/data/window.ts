import { reals } from '../linalg/matrix';
import { UserError } from '../protocol/errors';
import { fits, planeShape, type Range, type Slice } from '../protocol/slice';
import { count, dims, size } from '../protocol/words';
import type { DataFile, ReadOptions } from './tensor';

type Options = Pick<ReadOptions, 'limit' | 'signal'>;
type Window = readonly [rows: Range, columns: Range];

/**
 * A rectangle of a plane of a tensor, row by row, from the bytes where it lies or, where a format cannot do that, from the
 * part along the first axis that holds it.
 * @throws UserError when there is no such part, or reading it would decode more than `options.limit` bytes.
 */
export async function readWindow(
  file: DataFile,
  tensor: string | null,
  slice: Slice,
  window: Window,
  options: Options,
): Promise<Float32Array | Float64Array> {
  const { tensors } = file.describe();
  const found = tensors.find(({ name }) => name === tensor);
  if (!found) throw new UserError(`There is no tensor ${tensor ?? 'without a name'} any more. Open the file again.`);
  const { shape, unusable } = found;
  if (unusable) throw new UserError(`These values cannot be shown: ${unusable}`);
  checkWindow(shape, slice, window);
  const [[top, bottom], [left, right]] = window;
  if (top === bottom || left === right) return new Float32Array(0);
  if (file.plane) return file.plane(tensor, slice, window, options);
  return fromBlock(file, tensor, shape, slice, window, options);
}

/** @throws UserError when a rectangle is none of the plane's. */
function checkWindow(shape: readonly number[], slice: Slice, window: Window): void {
  const plane = planeShape(shape, slice);
  const inside = window.every(
    ([start, end], i) =>
      Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end >= start && end <= (plane[i] as number),
  );
  if (!fits(shape, slice) || !inside)
    throw new UserError(
      `Rows ${window[0].join(':')} and columns ${window[1].join(':')} of a plane of ${dims(shape)} values were asked for; ` +
        'there are no such. Open the file again.',
    );
}

/** Picks a rectangle from the indices of the first axis that hold it. */
async function fromBlock(
  file: DataFile,
  tensor: string | null,
  shape: readonly number[],
  slice: Slice,
  [rows, columns]: Window,
  options: Options,
): Promise<Float32Array | Float64Array> {
  const index = slice.at[0] ?? 0;
  const range: Range = slice.rows === 0 ? rows : slice.columns === 0 ? columns : [index, index + 1];
  const rest = shape.slice(1).reduce((product, length) => product * length, 1);
  const bytes = (range[1] - range[0]) * rest * 8;
  if (bytes > options.limit)
    throw new UserError(
      `Each index of the first axis holds ${count(rest)} values; ${size(bytes)} would have to be read for what is in ` +
        `sight, and the bound is ${size(options.limit)}. Raise the memory bound, or save the tensor with its longest axis first.`,
    );
  const { data } = await file.read(tensor, { ...options, ...(shape.length > 0 && { rows: range }) });
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  const [height, width] = [rows[1] - rows[0], columns[1] - columns[0]];
  const out = reals(height * width, data instanceof Float64Array);
  const step = (axis: number | null) => (axis === null ? 0 : (strides[axis] as number));
  // The first axis begins at `range` in what was read.
  const start = (axis: number | null, from: number) => (axis === 0 ? from - range[0] : from) * step(axis);
  const first = strides.reduce(
    (sum, stride, axis) =>
      axis === 0 || axis === slice.rows || axis === slice.columns ? sum : sum + stride * (slice.at[axis] as number),
    start(slice.rows, rows[0]) + start(slice.columns, columns[0]),
  );
  for (let i = 0, k = 0; i < height; i++)
    for (let j = 0; j < width; j++, k++)
      out[k] = data[first + i * step(slice.rows) + j * step(slice.columns)] as number;
  return out;
}
