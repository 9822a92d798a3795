/** How a tensor holds a picture for each row. */
export interface Pictures {
  readonly rows: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Axis of the channels; absent where there is none. */
  readonly axis?: 1 | 3;
}

/** Sides of a picture, in pixels; the larger end is what a window of values holds. */
const smallest = 4;
const largest = 256;
/** A side is no more times as long as the other: what is longer is no picture. */
const longest = 5;

/** Rows x height x width, with one, three or four channels before or after these. Undefined where it is something else. */
export function picturesOf(shape: readonly number[]): Pictures | undefined {
  const [rows = 0, a = 0, b = 0, c = 0] = shape;
  const sized = (height: number, width: number, least = smallest) =>
    Math.min(height, width) >= least && Math.max(height, width) <= Math.min(largest, longest * Math.min(height, width));
  if (shape.length === 3 && sized(a, b)) return { rows, height: a, width: b, channels: 1 };
  if (shape.length !== 4) return undefined;
  if ([1, 3, 4].includes(a) && sized(b, c)) return { rows, height: b, width: c, channels: a, axis: 1 };
  // Four last may as well be a side of what a layer computes.
  if ([1, 3, 4].includes(c) && sized(a, b, c === 4 ? 16 : smallest))
    return { rows, height: a, width: b, channels: c, axis: 3 };
  return undefined;
}
