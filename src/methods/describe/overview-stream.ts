import { rowNorms } from '../../linalg/centre';
import { symmetricEigen } from '../../linalg/eigen';
import { Matrix, type Real } from '../../linalg/matrix';
import type { Moments } from '../../linalg/moments';
import type { Context, Outcome, RowStream, Streamed, StreamedRows } from '../method';
import { gather } from '../shared/gather';
import type { Principal } from '../shared/pca';
import { drawnRows } from '../shared/points';
import { health } from './health';
import { outlyingLengths, outlyingTable } from './lengths';
import { normDistribution, principalPlane, spectrumLine } from './overview-figures';
import { reading } from './overview-words';
import { precisionOf, spectrumOf } from './spectrum';
import { unitTable } from './units';

/** An eigenvalue of sums of squares is rounding below this many times p ε of the largest. */
const ROUNDING = 16;

/** What is learnt of every row and unit in passing. */
class Tally {
  readonly norms: Float64Array;
  readonly index: Int32Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
  readonly zeros: Float64Array;
  readonly drawn: Float64Array[] = [];
  readonly drawnRows: number[] = [];
  private readonly hashes: Float64Array;
  /** Two of each unit, over the rows so far. */
  private readonly unitHashes: readonly [Int32Array, Int32Array];
  private readonly wanted: Set<number>;
  private readonly scratch: Float64Array;
  private count = 0;

  constructor(rows: number, columns: number, wanted: Int32Array) {
    this.norms = new Float64Array(rows);
    this.index = new Int32Array(rows);
    this.hashes = new Float64Array(rows);
    this.unitHashes = [new Int32Array(columns), new Int32Array(columns)];
    this.least = new Float64Array(columns).fill(Infinity);
    this.most = new Float64Array(columns).fill(-Infinity);
    this.zeros = new Float64Array(columns);
    this.scratch = new Float64Array(columns);
    this.wanted = new Set(wanted);
  }

  /** Bytes for so many rows, and for the ones that are drawn. */
  static bytes(rows: number, columns: number, drawn: number): number {
    return 64 * rows + 8 * drawn * (columns + 4);
  }

  add({ matrices, index }: StreamedRows): void {
    const matrix = matrices[0] as Matrix;
    this.norms.set(rowNorms(matrix), this.count);
    this.index.set(index, this.count);
    for (let i = 0; i < matrix.rows; i++) {
      const row = matrix.row(i);
      this.hashes[this.count + i] = hashOf(row, this.scratch);
      this.mixUnits();
      for (let j = 0; j < row.length; j++) {
        const value = row[j] as number;
        if (value < (this.least[j] as number)) this.least[j] = value;
        if (value > (this.most[j] as number)) this.most[j] = value;
        if (value === 0) this.zeros[j] = (this.zeros[j] as number) + 1;
      }
    }
    for (const [i, position] of index.entries()) {
      if (!this.wanted.has(position)) continue;
      this.drawn.push(Float64Array.from(matrix.row(i)));
      this.drawnRows.push(position);
    }
    this.count += matrix.rows;
  }

  /** Takes the row in `scratch` into the hashes of the units. */
  private mixUnits(): void {
    const [a, b] = this.unitHashes;
    const words = new Uint32Array(this.scratch.buffer);
    for (let j = 0; j < a.length; j++) {
      const bits = (words[2 * j] as number) ^ Math.imul(words[2 * j + 1] as number, 0x9e3779b1);
      const word = bits ^ (bits >>> 15);
      a[j] = Math.imul((a[j] as number) ^ word, 0x01000193);
      b[j] = (Math.imul(b[j] as number, 0x85ebca6b) + Math.imul(word, 0xcc9e2d51)) ^ ((b[j] as number) >>> 13);
    }
  }

  /** Units, of those that vary, whose hashes an earlier one has, with that one. */
  twins(constant: ReadonlySet<number>): { unit: number; like: number }[] {
    const [a, b] = this.unitHashes;
    const seen = new Map<string, number>();
    const found: { unit: number; like: number }[] = [];
    for (let j = 0; j < a.length; j++) {
      if (constant.has(j)) continue;
      const key = `${a[j]} ${b[j]}`;
      const like = seen.get(key);
      if (like === undefined) seen.set(key, j);
      else found.push({ unit: j, like });
    }
    return found;
  }

  /** Rows whose hash an earlier one has. */
  repeated(): number {
    const sorted = this.hashes.subarray(0, this.count).sort();
    let repeated = 0;
    for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) repeated++;
    return repeated;
  }
}

/** As `overview` has it of rows in memory; repeated rows are those of equal hashes. */
export async function streamOverview(stream: RowStream, context: Context): Promise<Outcome> {
  const { name, columns, isDouble, unitNames } = stream.inputs[0] as Streamed;
  const { rows: wanted, note } = drawnRows(context, stream.rows);
  const tally = new Tally(stream.rows, columns, wanted);
  const also = {
    bytes: Tally.bytes(stream.rows, columns, wanted.length),
    each: (rows: StreamedRows) => tally.add(rows),
  };
  const { moments, steps } = await gather(stream, true, context, 0.8, also);
  const { rows } = moments;
  const unit = 2 ** moments.exponent(0);
  const means = moments.means(0);
  const constant = new Set(moments.constantColumns(0));
  const deviations = moments.squares(0).map((square, j) => (constant.has(j) ? 0 : unit * Math.sqrt(square / rows)));
  const norms = tally.norms.subarray(0, rows);
  const index = tally.index.subarray(0, rows).map((position) => position + stream.first);
  const zeroRows = norms.filter((norm) => norm === 0).length;
  const repeated = tally.repeated();
  const twins = tally.twins(constant);
  const outlying = outlyingLengths(norms);
  context.progress(0.85, 'Principal components');
  const { principal, spectrum } = await decompose(moments, isDouble, context);
  const drawn = new Matrix(new Float64Array(tally.drawn.length * columns), tally.drawn.length, columns);
  for (const [i, row] of tally.drawn.entries())
    for (let j = 0; j < columns; j++) drawn.data[i * columns + j] = (row[j] as number) - (means[j] as number);
  const places = {
    ...context,
    rows: { index: Int32Array.from(tally.drawnRows, (position) => position + stream.first) },
  };
  const units = {
    means,
    deviations,
    least: tally.least,
    most: tally.most,
    zeros: tally.zeros.map((count) => count / rows),
  };
  const facts = { name, rows, columns, unitNames, constant: [...constant], zeroRows, repeated };
  return {
    values: {
      ...{ rows, units: columns, rank: spectrum.rank },
      'participation-ratio': spectrum.participation,
      'effective-rank': spectrum.effective,
      'leading-share': spectrum.leading,
      'directions-99': spectrum.nearlyAll,
      'mean-norm': norms.reduce((sum, norm) => sum + norm / rows, 0),
      ...{ 'constant-units': constant.size, 'repeated-units': twins.length, 'repeated-rows': repeated },
      ...{ 'zero-rows': zeroRows, 'outlying-rows': outlying.rows.length },
    },
    tables: {
      units: unitTable(units),
      ...(outlying.rows.length > 0 && { 'outlying-rows': outlyingTable(outlying, norms, { index }) }),
    },
    figures: [
      await principalPlane(name, drawn, principal, note, places),
      spectrumLine(spectrum, ''),
      normDistribution(norms),
    ],
    steps: [
      'columns centred for rank and components',
      ...steps,
      'singular values from sums of squares: those below 1e-6 of the largest, or p eps, count as rounding',
      'repeated rows and units found by hashes of 53 bits or more',
    ],
    reading: reading(facts, spectrum),
    warnings: [
      ...(spectrum.rank === 0 ? ['Nothing varies, so the dimensions are left empty.'] : []),
      ...health(facts, { spectrum, units, twins, norms, outlying }, { index }),
    ],
  };
}

async function decompose(moments: Moments, isDouble: boolean, context: Context) {
  const columns = moments.widths[0] as number;
  context.reserve(8 * 5 * columns * columns, 'the principal directions');
  const { values, vectors } = await symmetricEigen(moments.product(0, 0), context);
  const least = ROUNDING * columns * Number.EPSILON * (values[0] ?? 0);
  const squares = values.filter((value, k) => value > least && k < moments.rows - 1);
  const leading = Array.from({ length: Math.min(2, squares.length) }, (_, k) => k);
  const principal: Principal = { axes: vectors.takeColumns(leading), squares };
  return { principal, spectrum: spectrumOf(squares.map(Math.sqrt), columns, precisionOf(isDouble)) };
}

/** Two hashes (MurmurHash3, Appleby 2011) of the values of a row, in as many bits as a double holds. */
function hashOf(row: Real, scratch: Float64Array): number {
  // -0 is 0.
  for (let j = 0; j < row.length; j++) scratch[j] = (row[j] as number) + 0;
  const words = new Uint32Array(scratch.buffer);
  let [a, b] = [0x811c9dc5, 0x2545f491];
  for (let k = 0; k < words.length; k++) {
    let word = Math.imul(words[k] as number, 0xcc9e2d51);
    word = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    a ^= word;
    a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    b ^= Math.imul(word, 0x85ebca6b);
    b = (Math.imul((b << 11) | (b >>> 21), 9) + 0x38b34ae5) | 0;
  }
  return (a >>> 0) * 2 ** 21 + (b >>> 11);
}
