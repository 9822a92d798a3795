import { Matrix } from '../../linalg/matrix';
import { Moments } from '../../linalg/moments';
import { averageRanks } from '../../linalg/ranks';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import type { Context, Representation, RowStream, StreamedRows } from '../method';
import { readInBlocks } from '../shared/gather';
import { constantUnits, fewRows } from '../shared/warnings';
import type { UnitNames } from './correlation';
import { Extremes } from './extremes';
import { type UnitRows, unitRows } from './unit-rows';

/** Rows of a block, at most, and bytes: more make nothing faster. */
const TALLEST = 8192;
const LARGEST = 192 << 20;
/** Fewer rows than this judge nothing. */
const FEWEST_HELD = 10;

/** Mean products of standardised units over some rows: within either side and between them. */
export interface Products {
  readonly rows: number;
  readonly aa: Matrix<Float64Array>;
  readonly ab: Matrix<Float64Array>;
  readonly bb: Matrix<Float64Array>;
}

/** All that the steps of an alignment of units share: gathered in one pass over the rows. */
export interface UnitSums {
  readonly units: readonly [UnitNames, UnitNames];
  /** Correlations over all rows. */
  readonly all: Products;
  /** Correlations over the rows that predictions are fitted to: all of them where none are held out. */
  readonly fitted: Products;
  /** Of the rows held out, standardised by means and deviations of those fitted to; null where there are none. */
  readonly held: Products | null;
  /** The standardised rows themselves, read once more: for what their products lose. */
  readonly rows: () => Promise<UnitRows>;
  readonly extremes: readonly [Extremes, Extremes];
  readonly steps: readonly string[];
  readonly warnings: readonly string[];
}

export interface SumsChoice {
  readonly coefficient: 'pearson' | 'rank';
  /** Share of the rows that are held out. */
  readonly held: number;
  /** Rows that are listed at either end of each unit. */
  readonly listed: number;
  readonly seed: number;
}

/** The inputs of a run as what is read in blocks. */
export function inBlocks(inputs: readonly Representation[], { rows }: Pick<Context, 'rows'>): RowStream {
  const matrices = inputs.map(({ matrix }) => matrix);
  const count = matrices[0]?.rows ?? 0;
  async function* blocks(height: number): AsyncGenerator<StreamedRows> {
    for (let start = 0; start < count; start += height) {
      const end = Math.min(start + height, count);
      yield {
        matrices: matrices.map((matrix) => matrix.slice(start, end)),
        index: rows.index.subarray(start, end),
        passed: end,
      };
    }
  }
  return {
    inputs: inputs.map(({ name, matrix }) => ({ name, columns: matrix.columns, isDouble: matrix.isDouble })),
    ...{ rows: count, first: 0, room: Number.POSITIVE_INFINITY, blockBytes: () => 0, blocks },
  };
}

/** @throws UserError where ranks are asked for of what is read in blocks */
export function pearsonOnly(stream: RowStream, { coefficient }: Pick<SumsChoice, 'coefficient'>): RowStream {
  if (coefficient === 'pearson') return stream;
  throw new UserError(
    'Ranks need all rows in memory, and these inputs do not fit into it. Take the Pearson correlation, a sample of the rows (--sample), or raise the bound (the setting Memory, --memory on the command line).',
  );
}

/** The inputs as they are correlated: for rank correlation, their ranks. */
export function correlatedValues(
  inputs: readonly Representation[],
  coefficient: SumsChoice['coefficient'],
  context: Context,
): readonly Representation[] {
  if (coefficient === 'pearson') return inputs;
  context.reserve(
    8 * inputs.reduce((sum, { matrix }) => sum + matrix.rows * matrix.columns, 0),
    'the ranks of all values',
  );
  return inputs.map((input) => ranked(input, context));
}

/** Every value replaced by its rank in its column, from 1; equal values share the mean of theirs. */
function ranked({ name, matrix }: Representation, { signal }: Pick<Context, 'signal'>): Representation {
  const { rows, columns } = matrix;
  const out = Matrix.zeros(rows, columns);
  for (let j = 0; j < columns; j++) {
    signal.throwIfAborted();
    const ranks = averageRanks(matrix.column(j));
    for (let i = 0; i < rows; i++) out.data[i * columns + j] = ranks[i] as number;
  }
  return { name, matrix: out };
}

/**
 * @param values of the units, whose most extreme rows are listed, where `stream` holds ranks instead
 * @throws UserError where the products of all units do not fit into memory
 */
export async function unitSums(
  stream: RowStream,
  { held: asked, listed, seed, coefficient }: SumsChoice,
  context: Context,
  portion: number,
  values: RowStream = stream,
): Promise<UnitSums> {
  const { inputs, rows, room } = stream;
  const widths = inputs.map(({ columns }) => columns);
  const units = widths.reduce((sum, columns) => sum + columns, 0);
  const share = asked * rows >= FEWEST_HELD ? asked : 0;
  const folds = share > 0 ? 2 : 1;
  const kept = folds * Moments.bytes(units) + 8 * (folds + 1) * units ** 2 + Extremes.bytes(units, listed);
  const perRow = stream.blockBytes(1) + units * 32;
  context.reserve(kept + perRow, `the tables of products of all pairs of ${units} units`);
  const height = Math.max(1, Math.min(TALLEST, rows, Math.floor(Math.min(LARGEST, room - kept) / perRow)));
  const [fit, rest] = [new Moments(widths, true), new Moments(widths, true)];
  const extremes = widths.map((columns) => new Extremes(columns, listed)) as [Extremes, Extremes];
  const list = ({ matrices, index }: StreamedRows) => {
    const places = stream.first === 0 ? index : index.map((row) => row + stream.first);
    for (const [k, matrix] of matrices.entries()) extremes[k]?.add(matrix, places);
  };
  const isHeld = (row: number) => share > 0 && drawn(row + stream.first, seed) < share;
  for await (const block of stream.blocks(height)) {
    const out = Array.from(block.index, isHeld);
    if (out.includes(true)) {
      const places = [false, true].map((is) => [...out.keys()].filter((i) => out[i] === is));
      for (const [k, moments] of [fit, rest].entries()) {
        const taken = block.matrices.map((matrix) => matrix.takeRows(places[k] as number[]));
        await moments.add(taken, context.signal);
      }
    } else await fit.add(block.matrices, context.signal);
    if (values === stream) list(block);
    context.signal.throwIfAborted();
    context.progress((portion * block.passed) / rows, 'Correlations of units');
  }
  if (values !== stream) for await (const block of values.blocks(height)) list(block);
  const names = inputs.map(({ name, columns }, k) => {
    const constant = new Set(fit.constantColumns(k));
    return { name, kept: Int32Array.from({ length: columns }, (_, j) => j).filter((j) => !constant.has(j)) };
  }) as [UnitNames, UnitNames];
  const blocked = Number.isFinite(room) ? [readInBlocks(height)] : [];
  const steps = [coefficient === 'rank' ? 'values replaced by ranks' : 'units standardised'];
  const warnings = inputs.flatMap(({ name, columns }, k) => {
    const list = extremes[k] as Extremes;
    const varies = (j: number) => list.largest(j).values[0] !== list.smallest(j).values[0];
    const constant = fit.constantColumns(k);
    return [
      ...constantUnits(
        name,
        constant.filter((j) => !varies(j)),
        columns,
      ),
      ...constantUnits(name, constant.filter(varies), columns, 'the rows fitted to'),
    ];
  });
  const standard = standardsOf(fit, names);
  const fitted = products(fit, names, standard);
  const shifts = shiftsOf(rest, fit, names, standard);
  const others = rest.rows > 0 ? products(rest, names, standard) : null;
  const all = others ? joined(fitted, others, shifts) : fitted;
  if (others) steps.push(`${count(others.rows)} of ${count(all.rows)} rows held out, chosen by the seed`);
  else if (asked > 0)
    warnings.push(
      `Too few rows to hold ${FEWEST_HELD} out: R² is that of the rows fitted to, and rises with every unit.`,
    );
  let found: Promise<UnitRows> | undefined;
  const again = () => {
    found ??= unitRows(stream, height, fit, names, isHeld, context);
    return found;
  };
  return {
    ...{ units: names, all, fitted, held: others && about(others, shifts), rows: again, extremes },
    ...{ steps: [...blocked, ...steps, 'products in float64'], warnings: [...warnings, ...fewRows(all.rows)] },
  };
}

/** Uniform in [0, 1), by the row and the seed alone: the same whether rows come in blocks or at once (a 32-bit mix). */
export function drawn(row: number, seed: number): number {
  let z = (Math.imul(row + 1, 0x9e3779b9) ^ Math.imul(seed + 1, 0x85ebca6b)) >>> 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
}

/** A sum of squares of less than this has lost digits. */
const LEAST_SQUARES = 2 ** -969;

/** Population standard deviations of the units that vary, over a power of two per input. */
type Standards = readonly { readonly deviations: Float64Array; readonly exponent: number }[];

/** @throws UserError where a unit varies so little beside the largest value of its input that its squares are no doubles */
function standardsOf(moments: Moments, names: readonly UnitNames[]): Standards {
  return names.map(({ name, kept }, k) => {
    const squares = moments.squares(k);
    const lost = kept.filter((j) => !((squares[j] as number) >= LEAST_SQUARES));
    if (lost.length > 0)
      throw new UserError(
        `${name} has ${lost.length === 1 ? `a unit, ${lost[0]}, that varies` : `${lost.length} units, of which the first is ${lost[0]}, that vary`} less than the largest values by a factor of 1e145 or more: their squares are too small for a number. Bring the units to one scale, or leave such units out.`,
      );
    return {
      deviations: Float64Array.from(kept, (j) => Math.sqrt((squares[j] as number) / moments.rows)),
      exponent: moments.exponent(k),
    };
  });
}

/** How far the means of `moments` lie from those of `reference`, in its standard deviations. */
function shiftsOf(moments: Moments, reference: Moments, names: readonly UnitNames[], standards: Standards) {
  return names.map(({ kept }, k) => {
    const [means, origin] = [moments.means(k), reference.means(k)];
    const { deviations, exponent } = standards[k] as Standards[number];
    return Float64Array.from(
      kept,
      (j, i) => (((means[j] as number) - (origin[j] as number)) / (deviations[i] as number)) * 2 ** -exponent,
    );
  }) as [Float64Array, Float64Array];
}

function products(moments: Moments, names: readonly UnitNames[], standards: Standards): Products {
  const same = standards.map((of, k) => {
    const scale = 2 ** (of.exponent - moments.exponent(k));
    return of.deviations.map((deviation) => deviation * scale);
  });
  const of = (x: number, y: number) => {
    const [a, b] = [names[x] as UnitNames, names[y] as UnitNames];
    const product = moments.product(x, y);
    const out = Matrix.zeros(a.kept.length, b.kept.length);
    const [left, right] = [same[x] as Float64Array, same[y] as Float64Array];
    for (let i = 0, k = 0; i < a.kept.length; i++) {
      const row = product.row(a.kept[i] as number);
      for (let j = 0; j < b.kept.length; j++, k++)
        out.data[k] =
          (row[b.kept[j] as number] as number) / ((left[i] as number) * (right[j] as number)) / moments.rows;
    }
    return out;
  };
  return { rows: moments.rows, aa: of(0, 0), ab: of(0, 1), bb: of(1, 1) };
}

/** The same about means that lie `shifts` away. */
function about({ rows, aa, ab, bb }: Products, [a, b]: readonly [Float64Array, Float64Array]): Products {
  const moved = (m: Matrix<Float64Array>, left: Float64Array, right: Float64Array) => {
    const out = Matrix.zeros(m.rows, m.columns);
    for (let i = 0, k = 0; i < m.rows; i++)
      for (let j = 0; j < m.columns; j++, k++)
        out.data[k] = (m.data[k] as number) + (left[i] as number) * (right[j] as number);
    return out;
  };
  return { rows, aa: moved(aa, a, a), ab: moved(ab, a, b), bb: moved(bb, b, b) };
}

/** Correlations over both parts; those of `held` are centred on its own means, which lie `shifts` away. */
function joined(fitted: Products, held: Products, [a, b]: readonly [Float64Array, Float64Array]): Products {
  const rows = fitted.rows + held.rows;
  const [m, n] = [fitted.rows / rows, held.rows / rows];
  const covariance = (x: Matrix<Float64Array>, y: Matrix<Float64Array>, left: Float64Array, right: Float64Array) => {
    const out = Matrix.zeros(x.rows, x.columns);
    for (let i = 0, k = 0; i < x.rows; i++) {
      const shift = m * n * (left[i] as number);
      for (let j = 0; j < x.columns; j++, k++)
        out.data[k] = m * (x.data[k] as number) + n * (y.data[k] as number) + shift * (right[j] as number);
    }
    return out;
  };
  const [aa, ab, bb] = [
    covariance(fitted.aa, held.aa, a, a),
    covariance(fitted.ab, held.ab, a, b),
    covariance(fitted.bb, held.bb, b, b),
  ];
  const own = (c: Matrix) => Float64Array.from({ length: c.rows }, (_, i) => Math.sqrt(c.at(i, i)));
  const [left, right] = [own(aa), own(bb)];
  return { rows, aa: scaled(aa, left, left), ab: scaled(ab, left, right), bb: scaled(bb, right, right) };
}

function scaled(c: Matrix<Float64Array>, left: Float64Array, right: Float64Array): Matrix<Float64Array> {
  for (let i = 0, k = 0; i < c.rows; i++)
    for (let j = 0; j < c.columns; j++, k++) {
      const r = (c.data[k] as number) / ((left[i] as number) * (right[j] as number));
      // Rounding alone can carry a correlation past 1.
      c.data[k] = Math.max(-1, Math.min(1, r));
    }
  return c;
}
