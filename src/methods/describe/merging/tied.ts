import type { Tie, WeightTensor } from '../../../linalg/units';

/**
 * A tensor whose units, along one or two of its axes, are merged in place: the place of one of the two holds what they
 * became, that of the other holds zeros, which add nothing to any distance.
 */
export class TiedTensor {
  readonly values: Float64Array;
  private readonly strides: readonly number[];

  constructor(private readonly tensor: WeightTensor) {
    this.values = tensor.values.slice();
    const { shape } = tensor;
    this.strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  }

  get name(): string {
    return this.tensor.name;
  }

  get rank(): number {
    return this.tensor.shape.length;
  }

  /** Calls with where each run of a unit's values begins, and how long the runs are. */
  runs({ axis, span }: Tie, unit: number, visit: (start: number, length: number) => void): void {
    const stride = this.strides[axis] as number;
    const block = stride * (this.tensor.shape[axis] as number);
    const length = span * stride;
    for (let at = unit * length; at < this.values.length; at += block) visit(at, length);
  }

  /** ‖unit p - unit q‖². */
  distance(tie: Tie, p: number, q: number): number {
    let sum = 0;
    const apart = (q - p) * tie.span * (this.strides[tie.axis] as number);
    this.runs(tie, p, (start, length) => {
      for (let k = start; k < start + length; k++) {
        const difference = (this.values[k] as number) - (this.values[k + apart] as number);
        sum += difference * difference;
      }
    });
    return sum;
  }

  /** Unit p becomes a p + b q, unit q zero. */
  combine(tie: Tie, p: number, q: number, a: number, b: number): void {
    const apart = (q - p) * tie.span * (this.strides[tie.axis] as number);
    this.runs(tie, p, (start, length) => {
      for (let k = start; k < start + length; k++) {
        this.values[k] = a * (this.values[k] as number) + b * (this.values[k + apart] as number);
        this.values[k + apart] = 0;
      }
    });
  }

  /** What two units along another axis hold at one unit of this one, one row each: units x the rest. */
  slice(tie: Tie, unit: number, other: Tie, units: number): { readonly values: Float64Array; readonly width: number } {
    const own: number[] = [];
    this.runs(tie, unit, (start, length) => {
      for (let k = start; k < start + length; k++) own.push(k);
    });
    const stride = this.strides[other.axis] as number;
    const size = this.tensor.shape[other.axis] as number;
    const unitOf = (k: number) => Math.floor((Math.floor(k / stride) % size) / other.span);
    const width = own.length / units;
    const values = new Float64Array(own.length);
    const filled = new Int32Array(units);
    for (const k of own) {
      const u = unitOf(k);
      values[u * width + (filled[u] as number)] = this.values[k] as number;
      filled[u] = (filled[u] as number) + 1;
    }
    return { values, width };
  }

  /** The tensor with only these units along these axes, in this order. */
  kept(axes: readonly { readonly tie: Tie; readonly units: readonly number[] }[]): WeightTensor {
    const places = this.tensor.shape.map((size, axis) => {
      const found = axes.find(({ tie }) => tie.axis === axis);
      if (!found) return Array.from({ length: size }, (_, i) => i);
      const { span } = found.tie;
      return found.units.flatMap((unit) => Array.from({ length: span }, (_, i) => unit * span + i));
    });
    let offsets = [0];
    for (const [axis, list] of places.entries()) {
      const stride = this.strides[axis] as number;
      offsets = offsets.flatMap((offset) => list.map((place) => offset + place * stride));
    }
    return {
      name: this.name,
      shape: places.map((list) => list.length),
      values: Float64Array.from(offsets, (offset) => this.values[offset] as number),
    };
  }
}
