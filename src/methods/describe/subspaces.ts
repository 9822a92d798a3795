import { symmetricEigen } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { leftSingular, rightSingular, withinReach } from '../../linalg/orthonormal';
import { columnGram, crossProduct, multiply } from '../../linalg/products';
import type { Cancellable } from '../../linalg/signal';
import { svd } from '../../linalg/svd';
import { scale } from '../../linalg/vectors';
import { UserError } from '../../protocol/errors';
import { type Basis, grassmannExp } from '../shared/grassmann';

/** Share of the squared length of a class that its subspace holds, where its dimensions are not given. */
const HELD = 0.9;

export interface Subspace {
  readonly basis: Basis;
  /** Share of the squared length of the class in each direction, descending. */
  readonly shares: Float64Array;
}

/**
 * The subspace of a class: the leading right singular vectors of its rows, which are not centred.
 * @param rows n x d
 * @param dimensions at most the rank; 0: the fewest that hold 90 % of the squared length, and half of the units at most
 */
export async function subspaceOf(
  rows: Matrix<Float64Array>,
  dimensions: number,
  options: Cancellable,
): Promise<Subspace> {
  const { units, shares } = await subspacesOf(rows, dimensions, options);
  return { basis: await units(), shares };
}

/** The same of both sides, each made when it is asked for: what a class spans among the units, d x k, and among its rows, n x k. */
export async function subspacesOf(x: Matrix<Float64Array>, dimensions: number, options: Cancellable) {
  const wide = x.rows < x.columns;
  const tall = wide ? x.transpose() : x;
  const { short, long, shares } =
    (await leadingSides(tall, dimensions, options)) ?? (await sidesOf(tall, dimensions, options));
  return { shares, units: wide ? long : short, rows: wide ? short : long };
}

/** Bases of what the rows and the columns of a tall matrix span. */
interface Sides {
  short(): Promise<Basis>;
  long(): Promise<Basis>;
  readonly shares: Float64Array;
}

/** By the eigenvectors of XᵀX, where no direction is so weak that they lose it. */
async function leadingSides(
  tall: Matrix<Float64Array>,
  dimensions: number,
  options: Cancellable,
): Promise<Sides | null> {
  const products = await columnGram(tall, options);
  const axes = rightSingular(await symmetricEigen(products, options));
  if (axes === null) return null;
  const shares = sharesOf(axes.s);
  const [short, long] = [tall.columns, tall.rows].map((size) => kept(shares, axes.s.length, size, dimensions)) as [
    number,
    number,
  ];
  if (!withinReach(axes, long)) return null;
  return {
    short: async () => axes.v.columnBand(0, short),
    long: () => leftSingular(tall, axes, long, options),
    shares,
  };
}

async function sidesOf(tall: Matrix<Float64Array>, dimensions: number, options: Cancellable): Promise<Sides> {
  const { u, s, v } = await svd(tall, options);
  const largest = s[0] ?? 0;
  if (largest === 0)
    throw new UserError(
      'All rows of a class are zeros, so it spans no subspace. Leave these rows out, or do not centre.',
    );
  const rank = s.filter((value) => value > tall.rows * Number.EPSILON * largest).length;
  const shares = sharesOf(s);
  const side = async (of: Matrix<Float64Array>) => of.columnBand(0, kept(shares, rank, of.rows, dimensions));
  return { short: () => side(v), long: () => side(u), shares };
}

function sharesOf(s: Float64Array): Float64Array {
  const total = s.reduceRight((sum, value) => sum + value * value, 0);
  return s.map((value) => (value * value) / total);
}

/** Dimensions that are kept of a side of so many values. */
function kept(shares: Float64Array, rank: number, size: number, dimensions: number): number {
  let [held, enough] = [0, 0];
  while (held < HELD && enough < rank) held += shares[enough++] as number;
  const wanted = dimensions > 0 ? dimensions : Math.min(enough, Math.max(1, size >> 1));
  return Math.max(1, Math.min(wanted, rank));
}

/** n x K: ‖S_cᵀ x‖², the share of each row of length 1 that lies in each subspace. */
export async function energies(rows: Matrix<Float64Array>, bases: readonly Basis[], options: Cancellable) {
  const out = Matrix.zeros(rows.rows, bases.length);
  for (const [c, basis] of bases.entries()) {
    options.signal?.throwIfAborted();
    const projected = await multiply(rows, basis, options);
    for (let i = 0; i < rows.rows; i++)
      out.data[i * bases.length + c] = projected.row(i).reduce((sum, value) => sum + value * value, 0);
  }
  return out;
}

/** Logits are γ times lengths of projections. */
export const GAMMA = 25;
/** A length is no less than this where it divides. */
const LEAST = 1e-12;

/** Row by row: probabilities of the classes, and the mean cross-entropy of those that are right. */
export function probabilities(energy: Matrix<Float64Array>, of: Int32Array) {
  const p = Matrix.zeros(energy.rows, energy.columns);
  let loss = 0;
  for (let i = 0; i < energy.rows; i++) {
    const logits = energy.row(i).map((value) => GAMMA * Math.sqrt(value));
    const most = logits.reduce((best, value) => Math.max(best, value), 0);
    const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0);
    p.row(i).set(logits.map((value) => Math.exp(value - most) / sum));
    loss += Math.log(sum) + most - (logits[of[i] as number] as number);
  }
  return { p, loss: loss / energy.rows };
}

/**
 * Steps of steepest descent of the cross-entropy on the Grassmannian, all rows at once: Wang, Wang, Han, Li et al. (2023), "Get the
 * best of both worlds: improving accuracy and transferability by Grassmann class representation", ICCV, without momentum.
 */
export async function refine(
  rows: Matrix<Float64Array>,
  of: Int32Array,
  bases: readonly Basis[],
  { steps, rate }: { readonly steps: number; readonly rate: number },
  options: Cancellable,
): Promise<readonly Basis[]> {
  let current = bases;
  for (let step = 0; step < steps; step++) {
    const energy = await energies(rows, current, options);
    const { p } = probabilities(energy, of);
    const next: Basis[] = [];
    for (const [c, basis] of current.entries()) {
      const weighted = await multiply(rows, basis, options);
      for (let i = 0; i < rows.rows; i++) {
        const w = (GAMMA * (p.at(i, c) - (of[i] === c ? 1 : 0))) / rows.rows;
        const factor = (-rate * w) / Math.max(LEAST, Math.sqrt(energy.at(i, c)));
        scale(weighted.row(i), factor);
      }
      const down = await crossProduct(rows, weighted, options);
      const along = await multiply(basis, await crossProduct(basis, down, options), options);
      for (const k of down.data.keys()) down.data[k] = (down.data[k] as number) - (along.data[k] as number);
      next.push(await grassmannExp(basis, down, options));
    }
    current = next;
  }
  return current;
}
