import type { ImageStep } from '../protocol/images';

export type Filter = Extract<ImageStep, { op: 'resize' }>['filter'];

/** Reach on either side in source pixels, and weight by distance, of a filter that is not scaled. */
const filters: Readonly<Record<Exclude<Filter, 'nearest'>, readonly [number, (x: number) => number]>> = {
  box: [0.5, (x) => (x > -0.5 && x <= 0.5 ? 1 : 0)],
  bilinear: [1, (x) => Math.max(0, 1 - Math.abs(x))],
  // Keys' cubic with a = -1/2.
  bicubic: [
    2,
    (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
      return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
    },
  ],
};

/** Weights are whole numbers of 2^-22, as Pillow's of 8-bit images. */
const ONE = 2 ** 22;

interface Weights {
  readonly first: number;
  readonly weights: readonly number[];
}

/** For each pixel of the result, the source pixels that it is a weighted mean of. */
function weightsOf(from: number, to: number, filter: Exclude<Filter, 'nearest'>): Weights[] {
  const [reach, weigh] = filters[filter];
  const step = from / to;
  // Where there are fewer pixels than before, the filter is stretched over all that fall together: antialiasing.
  const stretch = Math.max(1, step);
  const support = reach * stretch;
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * step;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) => weigh((first + k - centre + 0.5) / stretch));
    const sum = raw.reduce((total, weight) => total + weight, 0);
    return {
      first,
      weights: raw.map((weight) => Math.trunc((weight / sum) * ONE + (weight < 0 ? -0.5 : 0.5))),
    };
  });
}

/**
 * Resizes bytes (height x width x channels) as Pillow does, to the byte: across, then down, each rounded to bytes, by a filter
 * that is stretched where the image shrinks. An axis that keeps its size is left alone.
 */
export function resample(
  data: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  [tall, wide]: readonly [number, number],
  filter: Filter,
): Uint8Array {
  if (filter === 'nearest') return nearest(data, [height, width, channels], [tall, wide]);
  let rows = data;
  if (wide !== width) {
    rows = new Uint8Array(height * wide * channels);
    for (const [x, { first, weights }] of weightsOf(width, wide, filter).entries())
      for (let y = 0; y < height; y++)
        for (let c = 0; c < channels; c++)
          rows[(y * wide + x) * channels + c] = mean(data, (y * width + first) * channels + c, channels, weights);
  }
  if (tall === height) return rows;
  const row = wide * channels;
  const out = new Uint8Array(tall * row);
  for (const [y, { first, weights }] of weightsOf(height, tall, filter).entries())
    for (let k = 0; k < row; k++) out[y * row + k] = mean(rows, first * row + k, row, weights);
  return out;
}

function mean(data: Uint8Array, start: number, step: number, weights: readonly number[]): number {
  let sum = ONE / 2;
  for (let k = 0, at = start; k < weights.length; k++, at += step) sum += (weights[k] as number) * (data[at] as number);
  return Math.min(255, Math.max(0, Math.floor(sum / ONE)));
}

function nearest(
  data: Uint8Array,
  [height, width, channels]: readonly [number, number, number],
  [tall, wide]: readonly [number, number],
): Uint8Array {
  const out = new Uint8Array(tall * wide * channels);
  for (let y = 0, at = 0; y < tall; y++) {
    const row = Math.min(height - 1, Math.floor(((y + 0.5) * height) / tall)) * width;
    for (let x = 0; x < wide; x++) {
      const from = (row + Math.min(width - 1, Math.floor(((x + 0.5) * width) / wide))) * channels;
      for (let c = 0; c < channels; c++) out[at++] = data[from + c] as number;
    }
  }
  return out;
}
