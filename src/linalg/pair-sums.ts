import { Matrix } from './matrix';
import { dot } from './norms';
import type { Graph } from './onnx';
import { firstOf, type PairTile, pairTiles } from './pair-tiles';
import type { Points } from './points';
import { gram, PER_CALL } from './products';
import { runGraph } from './runtime';
import type { Signal, Watch } from './signal';
import { addScaled } from './vectors';

/** What is summed, of s = a d² for each pair of points: e^s, e^s - 1 (for small s), √s, e^-√s or s itself. */
export type Form = 'exp' | 'expm1' | 'sqrt' | 'laplace' | 'plain';

/** One function of all pairs of points: fᵢⱼ = form(scale d²ᵢⱼ) - shiftᵢ - shiftⱼ. */
export interface PairFunction {
  readonly points: Points;
  readonly scale: number;
  readonly shift: Float64Array;
}

export interface PairSums {
  /** Σᵢⱼ fᵢⱼ gᵢⱼ of every two functions, over all i and j. */
  readonly cross: Matrix<Float64Array>;
  /** Σⱼ fᵢⱼ of each function. */
  readonly rows: readonly Float64Array[];
}

/** One tile of all functions, held at most three times. */
const TILE_BYTES = 16e6;
const LARGEST_TILE = 1024;
/** Up to here e^s - 1 is a polynomial of degree 5 in s, to the last digit. */
export const SMALL_EXPONENT = 1e-3;

/** Bytes that {@link pairSums} works in. */
export const SUMS_BYTES = 4 * TILE_BYTES;

/** As many exponentials, a tenth of a millisecond, as are not worth waking another thread for. */
const FEW_EXPONENTIALS = 2 ** 14;
/** Functions up to which products of two at a time are as fast as one of all with all. */
const FEW = 4;

/**
 * Sums over all pairs of points, by tiles on and above the diagonal: no function is ever held for all pairs. A tile of every
 * function is laid out as one row, so that one product gives all of their sums of products. Each point's pair with itself is one
 * of the pairs, unless they are to be `apart`.
 */
export async function pairSums(
  functions: readonly PairFunction[],
  form: Form,
  {
    signal,
    progress,
    tile = LARGEST_TILE,
    apart = false,
  }: Watch & { readonly tile?: number; readonly apart?: boolean } = {},
): Promise<PairSums> {
  const m = functions.length;
  const n = functions[0]?.points.count ?? 0;
  const width = functions.reduce((most, { points }) => Math.max(most, points.width), 1);
  const size = Math.floor(Math.min(tile, Math.sqrt(TILE_BYTES / (8 * m)), Math.sqrt(PER_CALL / width)));
  const cross = Matrix.zeros(m, m);
  const rowSums = functions.map(() => new Float64Array(n));
  const prepare = FORMS[form];
  let [exponents, memory] = [new Float64Array(), new Float64Array()];
  const points = functions.map((one) => one.points);
  for await (const pairs of pairTiles(points, size, { signal })) {
    signal?.throwIfAborted();
    progress?.(pairs.done, 'All pairs of rows, tile by tile');
    const count = pairs.squares[0]?.length ?? 0;
    if (memory.length < m * count) {
      memory = new Float64Array(m * count);
      if (EXPONENTIAL.has(form)) exponents = new Float64Array(m * count);
    }
    const stack = new Matrix(memory.subarray(0, m * count), m, count);
    const prepared = EXPONENTIAL.has(form) ? new Matrix(exponents.subarray(0, m * count), m, count) : stack;
    for (const [l, { scale }] of functions.entries()) prepare(prepared.row(l), pairs.squares[l] as Float64Array, scale);
    if (prepared !== stack) await exponential(prepared, stack);
    for (const [l, { shift }] of functions.entries())
      takeShifts(stack.row(l), pairs, shift, rowSums[l] as Float64Array);
    await addProducts(cross, stack, 2, signal);
  }
  if (!apart) {
    const own = EXPONENTIAL.has(form) ? 1 : 0;
    const selves = functions.map(({ shift }) => shift.map((value) => own - 2 * value));
    for (const [l, values] of selves.entries()) addScaled(rowSums[l] as Float64Array, values, 1);
    for (const [a, one] of selves.entries())
      for (const [b, other] of selves.entries()) cross.data[a * m + b] = cross.at(a, b) + dot(one, other);
  }
  return { cross, rows: rowSums };
}

async function addProducts(cross: Matrix<Float64Array>, stack: Matrix<Float64Array>, weight: number, signal?: Signal) {
  const m = stack.rows;
  if (m > FEW) return addScaled(cross.data, (await gram(stack, { signal })).data, weight);
  for (let a = 0; a < m; a++)
    for (let b = a; b < m; b++) {
      const product = weight * dot(stack.row(a), stack.row(b));
      cross.data[a * m + b] = cross.at(a, b) + product;
      if (a !== b) cross.data[b * m + a] = cross.at(b, a) + product;
    }
}

/** Takes the shifts away from the values of a tile, and adds what is left to the sums of both points of each pair. */
function takeShifts(values: Float64Array, tile: PairTile, shift: Float64Array, sums: Float64Array): void {
  for (let i = tile.rows[0], k = 0; i < tile.rows[1]; i++) {
    const own = shift[i] as number;
    let sum = 0;
    for (let j = firstOf(tile, i); j < tile.columns[1]; j++, k++) {
      const value = (values[k] as number) - own - (shift[j] as number);
      values[k] = value;
      sums[j] = (sums[j] as number) + value;
      sum += value;
    }
    sums[i] = (sums[i] as number) + sum;
  }
}

/** Those whose last step is an exponential, which is left to onnxruntime: it takes them in vectors. */
const EXPONENTIAL: ReadonlySet<Form> = new Set<Form>(['exp', 'laplace']);

/** Each form of squared distances, or what the exponential is then taken of. */
const FORMS: Readonly<Record<Form, (out: Float64Array, squared: Float64Array, scale: number) => void>> = {
  plain: scaledSquares,
  exp: scaledSquares,
  sqrt(out, squared, scale) {
    for (let k = 0; k < squared.length; k++) out[k] = Math.sqrt(scale * (squared[k] as number));
  },
  laplace(out, squared, scale) {
    for (let k = 0; k < squared.length; k++) out[k] = -Math.sqrt(scale * (squared[k] as number));
  },
  // e^s - 1 = s (1 + s/2 (1 + s/3 (1 + s/4 (1 + s/5))))
  expm1(out, squared, scale) {
    for (let k = 0; k < squared.length; k++) {
      const s = scale * (squared[k] as number);
      out[k] = s * (1 + (s / 2) * (1 + (s / 3) * (1 + (s / 4) * (1 + s / 5))));
    }
  },
};

function scaledSquares(out: Float64Array, squared: Float64Array, scale: number): void {
  for (let k = 0; k < squared.length; k++) out[k] = scale * (squared[k] as number);
}

async function exponential(from: Matrix<Float64Array>, into: Matrix<Float64Array>): Promise<void> {
  const shape = [from.data.length];
  const serial = from.data.length <= FEW_EXPONENTIALS;
  await runGraph(
    'exponential',
    () => EXPONENTIAL_GRAPH,
    { s: { data: from.data, shape } },
    { into: { e: { data: into.data, shape } }, serial },
  );
}

const EXPONENTIAL_GRAPH: Graph = {
  nodes: [{ op: 'Exp', inputs: ['s'], outputs: ['e'] }],
  inputs: [{ name: 's', element: 'float64', shape: ['count'] }],
  outputs: [{ name: 'e', element: 'float64', shape: ['count'] }],
};
