import { columnMeans } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { multiply } from '../../linalg/products';
import { Random } from '../../linalg/random';
import type { Cancellable } from '../../linalg/signal';
import { svd } from '../../linalg/svd';
import type { Invariance } from '../../protocol/catalogue';
import { inRange, rangeExponent } from '../shared/centred';

/** A change of a representation that some measures do not see. */
export interface Transformation {
  readonly invariance: Invariance;
  readonly title: string;
  /** What is done, in a few words. */
  readonly what: string;
  apply(x: Matrix<Float64Array>, seed: number, options: Cancellable): Promise<Matrix<Float64Array>>;
}

/** In the order of the table that is printed. Each draws from the seed by itself. */
export const transformations: readonly Transformation[] = [
  {
    invariance: 'permutation',
    title: 'Permutation',
    what: 'units in random order',
    apply: async (x, seed) => x.takeColumns(otherOrder(x.columns, new Random(seed))),
  },
  {
    invariance: 'orthogonal',
    title: 'Rotation',
    what: 'a random rotation of all units',
    apply: async (x, seed, options) => multiplied(x, await rotation(x.columns, seed, options), options),
  },
  {
    invariance: 'scaling',
    title: 'Scale',
    what: 'all values times 2.5',
    apply: async (x) => mapped(x, (value) => 2.5 * value),
  },
  {
    invariance: 'translation',
    title: 'Translation',
    what: 'another number of the size of the values added to each unit',
    async apply(x, seed) {
      const random = new Random(seed);
      const size = spread(x);
      const shift = Float64Array.from({ length: x.columns }, () => size * random.normal());
      return mapped(x, (value, j) => value + (shift[j] as number));
    },
  },
  {
    invariance: 'column-scaling',
    title: 'Scale of each unit',
    what: 'each unit times a number of its own between ½ and 2',
    async apply(x, seed) {
      const random = new Random(seed);
      const scale = Float64Array.from({ length: x.columns }, () => 2 ** (2 * random.uniform() - 1));
      return mapped(x, (value, j) => value * (scale[j] as number));
    },
  },
  {
    invariance: 'linear',
    title: 'Linear map',
    what: 'an invertible linear map of the units, its singular values between ½ and 2',
    async apply(x, seed, options) {
      const random = new Random(seed);
      // Well conditioned, so that what changes is the measure and not its last digits.
      const scale = Float64Array.from({ length: x.columns }, () => 2 ** (2 * random.uniform() - 1));
      const turned = await multiplied(x, await rotation(x.columns, seed + 1, options), options);
      const stretched = mapped(turned, (value, j) => value * (scale[j] as number));
      return multiplied(stretched, await rotation(x.columns, seed + 2, options), options);
    },
  },
  {
    invariance: 'sign',
    title: 'Signs',
    what: 'the signs of half of the units flipped, at random',
    async apply(x, seed) {
      const flipped = new Set(new Random(seed).sample(x.columns, Math.ceil(x.columns / 2)));
      return mapped(x, (value, j) => (flipped.has(j) ? -value : value));
    },
  },
];

/** The nearest orthogonal matrix to one of random normal numbers: uniform over all (Mezzadri, Notices of the AMS 54, 2007). */
async function rotation(size: number, seed: number, options: Cancellable): Promise<Matrix<Float64Array>> {
  const random = new Random(seed);
  const normal = Float64Array.from({ length: size * size }, () => random.normal());
  const { u, v } = await svd(new Matrix(normal, size, size), options);
  return (await multiply(u, v, { ...options, transposeB: true })) as Matrix<Float64Array>;
}

/** Not the one there is, where there is another. */
function otherOrder(count: number, random: Random): Int32Array {
  for (;;) {
    const order = random.permutation(count);
    if (count < 2 || order.some((from, to) => from !== to)) return order;
  }
}

async function multiplied(x: Matrix, by: Matrix, options: Cancellable): Promise<Matrix<Float64Array>> {
  return (await multiply(x, by, options)) as Matrix<Float64Array>;
}

/** Root mean square of the values about the means of their units; of all values, or 1, where nothing varies. */
export function spread(given: Matrix<Float64Array>): number {
  const x = inRange(given) as Matrix<Float64Array>;
  const unit = 2 ** rangeExponent(given);
  const means = columnMeans(x);
  const about = (of: (value: number, k: number) => number) =>
    unit * Math.sqrt(x.data.reduce((sum, value, k) => sum + of(value, k) ** 2, 0) / x.data.length);
  return about((value, k) => value - (means[k % x.columns] as number)) || about((value) => value) || 1;
}

function mapped(x: Matrix<Float64Array>, of: (value: number, column: number) => number): Matrix<Float64Array> {
  return x.map((value, k) => of(value, k % x.columns));
}
