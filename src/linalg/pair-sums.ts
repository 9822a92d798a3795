import { Matrix } from './matrix';
import type { Graph } from './onnx';
import { type PointBlock, squaredTile, tilesOf } from './pair-tiles';
import type { Points } from './points';
import { gram, PER_CALL, SERIAL } from './products';
import { runGraph } from './runtime';
import type { Watch } from './signal';

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
  const edge = Math.min(n, size + 1);
  const product = new Float64Array(edge * edge);
  const exponents = new Float64Array(EXPONENTIAL.has(form) ? m * edge * edge : 0);
  const memory = new Float64Array(m * edge * edge);
  const prepare = FORMS[form];
  let left: PointBlock[] = [];
  for (const { rows, columns, diagonal, done } of tilesOf(n, size)) {
    signal?.throwIfAborted();
    progress?.(done, 'All pairs of rows, tile by tile');
    const [r, c] = [rows[1] - rows[0], columns[1] - columns[0]];
    const stack = new Matrix(memory.subarray(0, m * r * c), m, r * c);
    const prepared = EXPONENTIAL.has(form) ? new Matrix(exponents.subarray(0, m * r * c), m, r * c) : stack;
    if (diagonal) left = functions.map(({ points }) => points.block(...rows));
    for (const [l, { points, scale }] of functions.entries()) {
      const a = left[l] as PointBlock;
      const b = diagonal ? a : points.block(...columns);
      const values = prepared.row(l);
      await squaredTile(a, b, points.direct, product, { signal }, (i, squared) =>
        prepare(values, i * c, squared, scale),
      );
    }
    if (prepared !== stack) await exponential(prepared, stack, n);
    for (const [l, { shift }] of functions.entries()) {
      const out = rowSums[l] as Float64Array;
      const down = diagonal ? new Float64Array(c) : out.subarray(...columns);
      const values = stack.row(l);
      const shifts = shift.subarray(...columns);
      for (let i = 0; i < r; i++) {
        const at = rows[0] + i;
        const self = apart && diagonal ? i : -1;
        out[at] = (out[at] as number) + shiftRow(values, i * c, shift[at] as number, shifts, down, self);
      }
    }
    add(cross.data, (await gram(stack, { signal })).data, diagonal ? 1 : 2);
  }
  return { cross, rows: rowSums };
}

function add(out: Float64Array, values: Float64Array, weight: number): void {
  for (let k = 0; k < out.length; k++) out[k] = (out[k] as number) + weight * (values[k] as number);
}

/**
 * Takes the shifts of a row's tile of one function away; adds what is left to the sums of the columns and returns its sum. What
 * stands in column `self` is none.
 */
function shiftRow(
  values: Float64Array,
  start: number,
  own: number,
  shifts: Float64Array,
  down: Float64Array,
  self: number,
): number {
  let sum = 0;
  for (let j = 0, k = start; j < shifts.length; j++, k++) {
    const value = j === self ? 0 : (values[k] as number) - own - (shifts[j] as number);
    values[k] = value;
    down[j] = (down[j] as number) + value;
    sum += value;
  }
  return sum;
}

/** Those whose last step is an exponential, which is left to onnxruntime: it takes them in vectors. */
const EXPONENTIAL: ReadonlySet<Form> = new Set<Form>(['exp', 'laplace']);

/** Each form of a row of squared distances, or what the exponential is then taken of. */
const FORMS: Readonly<Record<Form, (out: Float64Array, at: number, squared: Float64Array, scale: number) => void>> = {
  plain: scaledSquares,
  exp: scaledSquares,
  sqrt(out, at, squared, scale) {
    for (let j = 0; j < squared.length; j++) out[at + j] = Math.sqrt(scale * (squared[j] as number));
  },
  laplace(out, at, squared, scale) {
    for (let j = 0; j < squared.length; j++) out[at + j] = -Math.sqrt(scale * (squared[j] as number));
  },
  // e^s - 1 = s (1 + s/2 (1 + s/3 (1 + s/4 (1 + s/5))))
  expm1(out, at, squared, scale) {
    for (let j = 0; j < squared.length; j++) {
      const s = scale * (squared[j] as number);
      out[at + j] = s * (1 + (s / 2) * (1 + (s / 3) * (1 + (s / 4) * (1 + s / 5))));
    }
  },
};

function scaledSquares(out: Float64Array, at: number, squared: Float64Array, scale: number): void {
  for (let j = 0; j < squared.length; j++) out[at + j] = scale * (squared[j] as number);
}

async function exponential(from: Matrix<Float64Array>, into: Matrix<Float64Array>, n: number): Promise<void> {
  const shape = [from.data.length];
  const serial = from.rows * n * n <= SERIAL / 10;
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
