import { Matrix } from '../../../linalg/matrix';
import { gram } from '../../../linalg/products';
import type { Signal } from '../../../linalg/signal';
import type { Tie, UnitLayer } from '../../../linalg/units';
import type { TiedTensor } from './tied';

/** Below this share of the largest distance, products of rows do not tell two distances apart. */
const ROUNDING = 1e-9;

/** Ties whose values enter the distance: incoming and outgoing weights; biases and other lists do not. */
export function measured({ incoming, outgoing }: UnitLayer): readonly Tie[] {
  return [incoming, ...outgoing];
}

/** Squared distances between the units of a layer, over all weights that make them and that they go into. */
export class UnitDistances {
  /** Units that are left, in their order: what a merge makes comes last. */
  readonly order: number[];
  private readonly squares: Float64Array;

  private constructor(
    private readonly layer: UnitLayer,
    private readonly tensors: readonly TiedTensor[],
    squares: Float64Array,
  ) {
    this.squares = squares;
    this.order = Array.from({ length: layer.units }, (_, unit) => unit);
  }

  /** By one product of rows for each tensor. */
  static async first(layer: UnitLayer, tensors: readonly TiedTensor[], signal: Signal): Promise<Float64Array> {
    const n = layer.units;
    const squares = new Float64Array(n * n);
    for (const tie of measured(layer)) {
      const tensor = tensors[tie.tensor] as TiedTensor;
      const rows = Matrix.zeros(n, tensor.values.length / n);
      for (let unit = 0; unit < n; unit++) {
        const row = rows.row(unit);
        let filled = 0;
        tensor.runs(tie, unit, (start, length) => {
          row.set(tensor.values.subarray(start, start + length), filled);
          filled += length;
        });
      }
      const products = await gram(rows, { signal });
      for (let p = 0; p < n; p++)
        for (let q = 0; q < n; q++) {
          const k = p * n + q;
          squares[k] =
            (squares[k] as number) + Math.max(0, products.at(p, p) + products.at(q, q) - 2 * products.at(p, q));
        }
    }
    return squares;
  }

  static of(layer: UnitLayer, tensors: readonly TiedTensor[], first: Float64Array): UnitDistances {
    return new UnitDistances(layer, tensors, first.slice());
  }

  /**
   * The nearest two units and the largest distance between any two. Those that products of rows do not tell from the nearest
   * are taken from the weights themselves, so that copies are at 0; of equals the first in order.
   */
  nearest(): { readonly p: number; readonly q: number; readonly least: number; readonly most: number } {
    const { order } = this;
    const n = this.layer.units;
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (let a = 0; a < order.length; a++) {
      const row = (order[a] as number) * n;
      for (let b = a + 1; b < order.length; b++) {
        const square = this.squares[row + (order[b] as number)] as number;
        if (square < least) least = square;
        if (square > most) most = square;
      }
    }
    const bound = Math.max(0, least) + ROUNDING * most;
    let best = { p: order[0] as number, q: order[1] as number, least: Number.POSITIVE_INFINITY, most };
    for (let a = 0; a < order.length && best.least > 0; a++) {
      for (let b = a + 1; b < order.length && best.least > 0; b++) {
        const [p, q] = [order[a] as number, order[b] as number];
        if ((this.squares[p * n + q] as number) > bound) continue;
        const exact = this.exact(p, q);
        if (exact < best.least) best = { p, q, least: exact, most };
      }
    }
    return best;
  }

  private exact(p: number, q: number): number {
    return measured(this.layer).reduce(
      (sum, tie) => sum + (this.tensors[tie.tensor] as TiedTensor).distance(tie, p, q),
      0,
    );
  }

  /** After p and q of this layer became p. */
  merged(p: number, q: number): void {
    this.order.splice(this.order.indexOf(p), 1);
    this.order.splice(this.order.indexOf(q), 1);
    this.order.push(p);
    const n = this.layer.units;
    for (const other of this.order) {
      if (other === p) continue;
      const square = this.exact(p, other);
      this.squares[p * n + other] = square;
      this.squares[other * n + p] = square;
    }
  }

  /** Adds, or takes away, what the units differ by at one unit of another layer in a tensor of both. */
  change(own: Tie, other: Tie, unit: number, sign: 1 | -1): void {
    const n = this.layer.units;
    const { values, width } = (this.tensors[own.tensor] as TiedTensor).slice(other, unit, own, n);
    for (const p of this.order) {
      for (const q of this.order) {
        if (q <= p) continue;
        let sum = 0;
        for (let k = 0; k < width; k++) {
          const difference = (values[p * width + k] as number) - (values[q * width + k] as number);
          sum += difference * difference;
        }
        const square = (this.squares[p * n + q] as number) + sign * sum;
        this.squares[p * n + q] = square;
        this.squares[q * n + p] = square;
      }
    }
  }
}
