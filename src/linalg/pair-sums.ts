import { Matrix } from './matrix';
import type { Graph, GraphNode } from './onnx';
import { squaredTile, tilesOf } from './pair-tiles';
import type { PointBlock, Points } from './points';
import { PER_CALL, SERIAL } from './products';
import { type Block, runGraph } from './runtime';
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

/** One tile of all functions; the graph holds it some four times over. */
const TILE_BYTES = 16e6;
const LARGEST_TILE = 1024;
/** Up to here e^s - 1 is a polynomial of degree 5 in s, to the last digit. */
export const SMALL_EXPONENT = 1e-3;

/** Bytes that {@link pairSums} works in. */
export const SUMS_BYTES = 6 * TILE_BYTES;

/**
 * Sums over all pairs of points, by tiles on and above the diagonal: no function is ever held for all pairs. One graph
 * makes a tile of every function and multiplies the tiles with each other, so that only the sums come back.
 */
export async function pairSums(
  functions: readonly PairFunction[],
  form: Form,
  { signal, progress, tile = LARGEST_TILE }: Watch & { readonly tile?: number } = {},
): Promise<PairSums> {
  const m = functions.length;
  const n = functions[0]?.points.count ?? 0;
  const width = functions.reduce((most, { points }) => Math.max(most, points.width), 1);
  const size = Math.floor(Math.min(tile, Math.sqrt(TILE_BYTES / (8 * m)), Math.sqrt(PER_CALL / width)));
  const cross = Matrix.zeros(m, m);
  const rowSums = functions.map(() => new Float64Array(n));
  const edge = Math.min(n, size + 1);
  const product = new Float64Array(edge * edge);
  const stack = new Float64Array(m * edge * edge);
  const serial = m * n * n <= SERIAL / 10;
  let left: PointBlock[] = [];
  for (const { rows, columns, diagonal, done } of tilesOf(n, size)) {
    signal?.throwIfAborted();
    progress?.(done, 'All pairs of rows, tile by tile');
    const [r, c] = [rows[1] - rows[0], columns[1] - columns[0]];
    if (diagonal) left = functions.map(({ points }) => points.block(...rows));
    for (const [l, { points, scale }] of functions.entries()) {
      const a = left[l] as PointBlock;
      const b = diagonal ? a : points.block(...columns);
      await squaredTile(a, b, points.direct, product, { signal }, (i, squared) => {
        const at = (i * m + l) * c;
        for (let j = 0; j < c; j++) stack[at + j] = scale * (squared[j] as number);
      });
    }
    const inputs: Record<string, Block> = {
      s: { data: stack.subarray(0, r * m * c), shape: [r, m, c] },
      u: { data: interleaved(functions, rows), shape: [r, m, 1] },
      v: { data: stacked(functions, columns), shape: [1, m, c] },
      ...(form === 'expm1' ? COEFFICIENTS : {}),
    };
    const sums = await runGraph(`pair sums ${form}`, () => tileGraph(form), inputs, { serial });
    const value = (name: string) => sums[name]?.data as Float64Array;
    add(cross.data, value('cross'), diagonal ? 1 : 2);
    const [across, down] = [value('across'), value('down')];
    for (const [l, out] of rowSums.entries()) {
      for (let i = 0; i < r; i++) out[rows[0] + i] = (out[rows[0] + i] as number) + (across[i * m + l] as number);
      if (!diagonal) add(out.subarray(...columns), down.subarray(l * c, (l + 1) * c), 1);
    }
  }
  return { cross, rows: rowSums };
}

function add(out: Float64Array, values: Float64Array, weight: number): void {
  for (let k = 0; k < out.length; k++) out[k] = (out[k] as number) + weight * (values[k] as number);
}

function interleaved(functions: readonly PairFunction[], [start, end]: readonly [number, number]): Float64Array {
  const out = new Float64Array((end - start) * functions.length);
  for (let i = start, k = 0; i < end; i++) for (const { shift } of functions) out[k++] = shift[i] as number;
  return out;
}

function stacked(functions: readonly PairFunction[], [start, end]: readonly [number, number]): Float64Array {
  const out = new Float64Array((end - start) * functions.length);
  for (const [l, { shift }] of functions.entries()) out.set(shift.subarray(start, end), l * (end - start));
  return out;
}

/** e^s - 1 = s (1 + s/2 (1 + s/3 (1 + s/4 (1 + s/5)))) */
const COEFFICIENTS = Object.fromEntries(
  [1, 2, 3, 4, 5].map((k) => [`c${k}`, { data: Float64Array.of(1 / k), shape: [1] }]),
);

/** Inputs s, rows x functions x columns, u and v. Sums along rows and columns are pairwise or short, in float64. */
function tileGraph(form: Form): Graph {
  const nodes: GraphNode[] = [];
  let made = 's';
  const step = (op: string, ...others: string[]) => {
    const next = `n${nodes.length}`;
    nodes.push({ op, inputs: [made, ...others], outputs: [next] });
    made = next;
  };
  if (form === 'exp') step('Exp');
  if (form === 'sqrt' || form === 'laplace') step('Sqrt');
  if (form === 'laplace') {
    step('Neg');
    step('Exp');
  }
  if (form === 'expm1') {
    step('Mul', 'c5');
    for (const k of [4, 3, 2, 1]) {
      step('Add', 'c1');
      step('Mul', 's');
      if (k > 1) step('Mul', `c${k}`);
    }
  }
  step('Sub', 'u');
  step('Sub', 'v');
  const f = made;
  const sum = (input: string, axis: string, output: string): GraphNode => ({
    op: 'ReduceSum',
    inputs: [input, axis],
    outputs: [output],
    attributes: { keepdims: 0 },
  });
  nodes.push(
    sum(f, 'last', 'across'),
    sum(f, 'first', 'down'),
    { op: 'Transpose', inputs: [f], outputs: ['turned'], attributes: { perm: [0, 2, 1] } },
    { op: 'MatMul', inputs: [f, 'turned'], outputs: ['products'] },
    sum('products', 'first', 'cross'),
  );
  const value = (name: string, ...shape: (number | string)[]) => ({ name, element: 'float64' as const, shape });
  const constants = form === 'expm1' ? Object.keys(COEFFICIENTS).map((name) => value(name, 1)) : [];
  return {
    nodes,
    inputs: [value('s', 'r', 'm', 'c'), value('u', 'r', 'm', 1), value('v', 1, 'm', 'c'), ...constants],
    outputs: [value('across', 'r', 'm'), value('down', 'm', 'c'), value('cross', 'm', 'k')],
    integers: { first: [0], last: [2] },
  };
}
