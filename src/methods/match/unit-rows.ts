import { Matrix } from '../../linalg/matrix';
import { free } from '../../linalg/memory';
import type { Moments } from '../../linalg/moments';
import { qr } from '../../linalg/qr';
import type { Context, RowStream } from '../method';
import type { UnitNames } from './correlation';

/**
 * Standardised units of both sides beside each other, those of the first before those of the second: of the rows that are
 * fitted to and of those held out. Where rows are many, as few as there are units stand for them, with the same products: R of
 * their QR decomposition, which keeps directions that the products themselves lose.
 */
export interface UnitRows {
  readonly fitted: Matrix<Float64Array>;
  readonly held: Matrix<Float64Array> | null;
  /** Mean over deviation, the largest of either side: rounding of the values, over ε. */
  readonly offsets: readonly [number, number];
}

/** What a unit is standardised by, over a power of two that keeps differences of the largest values within doubles. */
interface Standard {
  readonly kept: Int32Array;
  readonly scale: number;
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/**
 * @param fit of the rows that are fitted to, whose means and deviations standardise
 * @param isHeld whether a row is held out, by its place in the stream
 */
export async function unitRows(
  stream: RowStream,
  height: number,
  fit: Moments,
  names: readonly UnitNames[],
  isHeld: (row: number) => boolean,
  context: Pick<Context, 'signal' | 'reserve'>,
): Promise<UnitRows> {
  const units = names.reduce((sum, { kept }) => sum + kept.length, 0);
  context.reserve(8 * 3 * units * (2 * units + height), `the rows of ${units} units that nearly repeat each other`);
  const standards = names.map(({ kept }, k) => standardOf(fit, k, kept));
  const [fitted, held] = [new Gathered(units, context), new Gathered(units, context)];
  for await (const { matrices, index } of stream.blocks(height)) {
    const places = [...index.keys()];
    const block = standardised(matrices, standards, units);
    const out = places.filter((i) => isHeld(index[i] as number));
    await held.add(block.takeRows(out));
    await fitted.add(out.length === 0 ? block : block.takeRows(places.filter((i) => !isHeld(index[i] as number))));
  }
  const offset = ({ means, deviations }: Standard) =>
    means.reduce((most, mean, j) => Math.max(most, Math.abs(mean) / (deviations[j] as number)), 0);
  return {
    fitted: await fitted.end(),
    held: held.seen > 0 ? await held.end() : null,
    offsets: standards.map(offset) as [number, number],
  };
}

function standardOf(fit: Moments, input: number, kept: Int32Array): Standard {
  const [means, squares, exponent] = [fit.means(input), fit.squares(input), fit.exponent(input)];
  const power = Math.max(-1000, exponent);
  const scale = 2 ** -power;
  return {
    ...{ kept, scale },
    means: Float64Array.from(kept, (j) => (means[j] as number) * scale),
    deviations: Float64Array.from(kept, (j) => Math.sqrt((squares[j] as number) / fit.rows) * 2 ** (exponent - power)),
  };
}

function standardised(matrices: readonly Matrix[], standards: readonly Standard[], units: number) {
  const out = Matrix.zeros(matrices[0]?.rows ?? 0, units);
  let left = 0;
  for (const [k, { kept, scale, means, deviations }] of standards.entries()) {
    const matrix = matrices[k] as Matrix;
    for (let i = 0; i < out.rows; i++)
      for (let j = 0, at = i * units + left; j < kept.length; j++, at++)
        out.data[at] = (matrix.at(i, kept[j] as number) * scale - (means[j] as number)) / (deviations[j] as number);
    left += kept.length;
  }
  return out;
}

/** Rows one block after the other, of which no more are kept than twice the columns and a block. */
class Gathered {
  seen = 0;
  private rows = 0;
  private parts: Matrix<Float64Array>[] = [];

  constructor(
    private readonly columns: number,
    private readonly context: Pick<Context, 'signal'>,
  ) {}

  async add(block: Matrix<Float64Array>): Promise<void> {
    this.seen += block.rows;
    this.rows += block.rows;
    this.parts.push(block);
    if (this.rows > 2 * this.columns) await this.reduce();
  }

  /** All rows, or R in place of them where they are more than the columns. */
  async end(): Promise<Matrix<Float64Array>> {
    if (this.rows > this.columns) await this.reduce();
    return this.stacked();
  }

  private stacked(): Matrix<Float64Array> {
    const out = Matrix.zeros(this.rows, this.columns);
    let at = 0;
    for (const { data } of this.parts) {
      out.data.set(data, at);
      at += data.length;
    }
    return out;
  }

  private async reduce(): Promise<void> {
    const all = this.stacked();
    this.parts = [(await qr(all, 1, this.context.signal)).r];
    this.rows = this.columns;
    free(all.data);
  }
}
