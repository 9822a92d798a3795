import { z } from 'zod';
import { rowNorms } from '../../linalg/centre';
import { symmetricEigen } from '../../linalg/eigen';
import { Matrix } from '../../linalg/matrix';
import { Moments } from '../../linalg/moments';
import { multiply } from '../../linalg/products';
import type { Line } from '../../protocol/figures';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation, type RowStream } from '../method';
import { gather } from '../shared/gather';
import { histogram } from '../shared/histogram';
import { digits6 } from '../shared/image';
import { percent } from '../shared/pca';
import { inWords } from '../shared/reading';
import { fewRows, rowsOfZeros } from '../shared/warnings';
import { outlyingLengths, outlyingTable } from './lengths';

export const anisotropy = defineMethod({
  id: 'anisotropy',
  kind: 'describe',
  title: 'Anisotropy and row lengths',
  summary:
    'Whether rows point to all sides or into a cone: the mean cosine of two rows, how much of it is a common offset, how evenly directions are used, and how long rows are.',
  blindTo:
    'sees means and variances of directions only: clusters on opposite sides look even; a cone may be one offset, which centring takes away',
  takes: 'one',
  seesUnits: true,
  labels: 'optional',
  parameters: z.object({}),
  values: [
    { key: 'mean-cosine', title: 'Mean cosine of two different rows', range: [-1, 1] },
    { key: 'offset', title: 'Share of the squared length that is the mean row', range: [0, 1] },
    { key: 'isoscore', title: 'IsoScore (1: all directions alike)', range: [0, 1] },
    { key: 'partition', title: 'Isotropy of the partition function (1: even)', range: [0, 1] },
    { key: 'mean-length', title: 'Mean length of a row', range: [0, null] },
    { key: 'length-spread', title: 'Standard deviation of lengths over their mean', range: [0, null] },
    { key: 'outlying', title: 'Rows of outlying length', range: [0, null] },
  ],
  invariances: ['permutation', 'orthogonal', 'sign'],
  symmetric: false,
  cost: 'O(n p² + p³)',
  formula:
    'u: rows of length one, m of them. mean cosine = (‖Σu‖² - m) / (m (m - 1)), exact; offset = n ‖x̄‖² / Σ‖x‖²; IsoScore = (PR - 1) / (p - 1), PR = (Σλ)² / Σλ² of the covariance, to which the steps of its authors come down; partition = min Z / max Z, Z(c) = Σ exp(c · x), over ±c for the eigenvectors c of XᵀX, which are not determined where an eigenvalue repeats; deviation of lengths: divided by n; outlying: |‖x‖ - median| > 10 max(1.4826 MAD, median / 1000)',
  tex: String.raw`\overline{\cos} = \frac{\lVert \sum_i u_i \rVert^2 - m}{m(m-1)}, \qquad \mathrm{IsoScore} = \frac{\mathrm{PR} - 1}{p - 1}, \qquad I = \frac{\min_c Z(c)}{\max_c Z(c)},\; Z(c) = \sum_i e^{c \cdot x_i}`,
  citation:
    'Ethayarajh (2019). How contextual are contextualized word representations? EMNLP. arXiv:1909.00512; Mu, Viswanath (2018). All-but-the-top. ICLR. arXiv:1702.01417; Rudman, Gillman, Rayne, Eickhoff (2022). IsoScore: measuring the uniformity of embedding space utilization. Findings of ACL. arXiv:2108.07344',
  async run([input], _, context) {
    const { name, matrix } = input as Representation;
    const moments = new Moments([matrix.columns], true);
    context.reserve(Moments.bytes(matrix.columns) + 16 * matrix.rows, 'the table of products of all pairs of units');
    context.progress(0, 'Sums over rows');
    const tally = new Tally(matrix.rows, matrix.columns);
    for (let start = 0; start < matrix.rows; start += BLOCK) {
      context.signal.throwIfAborted();
      const part = matrix.slice(start, Math.min(matrix.rows, start + BLOCK));
      await moments.add([part], context.signal);
      tally.add(part);
    }
    const eachBlock = async (visit: (part: Matrix) => Promise<void>) => {
      for (let start = 0; start < matrix.rows; start += BLOCK)
        await visit(matrix.slice(start, Math.min(matrix.rows, start + BLOCK)));
    };
    return outcomeOf(name, { moments, tally, eachBlock }, context.rows, [], context);
  },
  async stream(stream: RowStream, _, context) {
    const [{ name, columns } = { name: '', columns: 0 }] = stream.inputs;
    const tally = new Tally(stream.rows, columns);
    const index = new Int32Array(stream.rows);
    let seen = 0;
    const { moments, steps } = await gather(stream, true, context, 0.6, {
      bytes: 20 * stream.rows + 8 * columns,
      each: ({ matrices, index: positions }) => {
        tally.add(matrices[0] as Matrix);
        index.set(positions, seen);
        seen += positions.length;
      },
    });
    const eachBlock = async (visit: (part: Matrix) => Promise<void>) => {
      for await (const { matrices } of stream.blocks(BLOCK)) await visit(matrices[0] as Matrix);
    };
    const rows = { index: index.subarray(0, seen).map((position) => position + stream.first) };
    return outcomeOf(name, { moments, tally, eachBlock }, rows, steps, context);
  },
});

/** Eigenvalues of sums of squares that differ by less, times p ε of the largest, are one. */
const ROUNDING = 16;
/** Rows at a time. */
const BLOCK = 1024;

/** Lengths, and the sum of rows of length one. */
class Tally {
  readonly directions: Float64Array;
  private readonly lengths: Float64Array;
  private count = 0;

  constructor(rows: number, columns: number) {
    this.lengths = new Float64Array(rows);
    this.directions = new Float64Array(columns);
  }

  get norms(): Float64Array {
    return this.lengths.subarray(0, this.count);
  }

  add(part: Matrix): void {
    const norms = rowNorms(part);
    this.lengths.set(norms, this.count);
    this.count += part.rows;
    for (let i = 0; i < part.rows; i++) {
      const norm = norms[i] as number;
      if (norm === 0) continue;
      const row = part.row(i);
      for (let j = 0; j < row.length; j++)
        this.directions[j] = (this.directions[j] as number) + (row[j] as number) / norm;
    }
  }
}

interface Sums {
  readonly moments: Moments;
  readonly tally: Tally;
  /** All rows once more. */
  eachBlock(visit: (part: Matrix) => Promise<void>): Promise<void>;
}

async function outcomeOf(
  name: string,
  { moments, tally, eachBlock }: Sums,
  rows: Context['rows'],
  steps: readonly string[],
  context: Context,
): Promise<Outcome> {
  const { norms, directions } = tally;
  const [n, p] = [norms.length, directions.length];
  const directed = norms.filter((norm) => norm > 0).length;
  const square = directions.reduce((sum, value) => sum + value * value, 0);
  const cosine = directed > 1 ? Math.max(-1, Math.min(1, (square - directed) / (directed * (directed - 1)))) : null;
  const unit = 2 ** moments.exponent(0);
  const means = moments.means(0);
  const common = n * means.reduce((sum, mean) => sum + (mean / unit) ** 2, 0);
  const all = common + moments.trace(0);
  const covariance = moments.product(0, 0);
  context.progress(0.65, 'Directions');
  const isoscore = isoscoreOf(covariance, moments.trace(0));
  context.reserve(8 * 4 * p * p, 'the principal directions');
  const partition = await partitionOf(covariance, means, unit, n, eachBlock, context);
  const mean = norms.reduce((sum, norm) => sum + norm, 0) / Math.max(1, n);
  // Of lengths over their mean, whose squares are doubles.
  const spread = Math.sqrt(norms.reduce((sum, norm) => sum + (norm / mean - 1) ** 2, 0) / Math.max(1, n));
  const outlying = outlyingLengths(norms);
  const offset = all > 0 ? Math.min(1, common / all) : null;
  return {
    values: {
      ...{ 'mean-cosine': cosine, offset, isoscore, partition: partition?.value ?? null },
      ...{ 'mean-length': mean, 'length-spread': mean > 0 ? spread : null, outlying: outlying.rows.length },
    },
    chance: {
      ...(cosine !== null && {
        'mean-cosine': { level: 0, how: 'of rows that point to all sides alike' },
      }),
    },
    tables: {
      ...(outlying.rows.length > 0 && { 'outlying-rows': outlyingTable(outlying, norms, rows) }),
    },
    figures: [
      histogram(norms, {
        ...{ id: 'lengths', title: 'Length of rows', x: 'Euclidean length of the row', y: 'rows' },
        caption:
          'How many rows have which length. Inner products and distances are decided by the long rows; cosines do not see lengths.',
      }),
      ...(partition ? [partitionFigure(partition.log)] : []),
    ],
    steps: [...steps, 'mean cosine of all pairs, from the sum of the rows of length one', 'float64'],
    ...(cosine !== null &&
      isoscore !== null &&
      offset !== null && { reading: readingOf(name, cosine, offset, isoscore) }),
    warnings: [
      ...rowsOfZeros(name, n - directed, n),
      ...(cosine === null ? ['There are no two rows that have a direction: their cosine is empty.'] : []),
      ...(isoscore === null ? ['IsoScore is empty: nothing varies, or there is one unit only.'] : []),
      ...(offset === null ? ['All rows are zeros: some values are empty.'] : []),
      ...(partition && partition.repeated > 0
        ? [
            `${count(partition.repeated)} of ${count(p)} eigenvectors of XᵀX share their eigenvalue with another: any directions within their span serve as well, and which are taken, and so the partition, is arbitrary.`,
          ]
        : []),
      ...(partition === null ? ['The partition function is empty: no direction has any length.'] : []),
      ...fewRows(n),
    ],
  } satisfies Outcome;
}

/** (PR - 1) / (p - 1), the participation ratio being trace² over the squares of the covariance. */
function isoscoreOf(covariance: Matrix<Float64Array>, trace: number): number | null {
  const p = covariance.columns;
  if (p < 2 || !(trace > 0)) return null;
  const squares = covariance.data.reduce((sum, value) => sum + (value / trace) ** 2, 0);
  return Math.max(0, Math.min(1, (1 / squares - 1) / (p - 1)));
}

/** ln Z(c) for c and -c, less ln n, for each eigenvector of XᵀX, the strongest first. */
async function partitionOf(
  covariance: Matrix<Float64Array>,
  means: Float64Array,
  unit: number,
  n: number,
  eachBlock: Sums['eachBlock'],
  context: Context,
) {
  const p = covariance.columns;
  const product = new Matrix(covariance.data.slice(), p, p);
  for (let i = 0; i < p; i++)
    for (let j = 0; j < p; j++)
      product.data[i * p + j] = product.at(i, j) + (n * ((means[i] as number) / unit) * (means[j] as number)) / unit;
  const { values, vectors } = await symmetricEigen(product, context);
  if (!((values[0] ?? 0) > 0)) return null;
  // Sums of exponentials over their largest so far, for both signs.
  const peak = new Float64Array(2 * p).fill(Number.NEGATIVE_INFINITY);
  const sums = new Float64Array(2 * p);
  await eachBlock(async (part) => {
    context.signal.throwIfAborted();
    const along = await multiply(part.toDouble(), vectors, context);
    for (let i = 0, k = 0; i < along.rows; i++)
      for (let c = 0; c < p; c++, k++)
        for (const [at, value] of [
          [c, along.data[k] as number],
          [p + c, -(along.data[k] as number)],
        ] as const) {
          const most = peak[at] as number;
          if (value <= most) sums[at] = (sums[at] as number) + Math.exp(value - most);
          else {
            sums[at] = (sums[at] as number) * Math.exp(most - value) + 1;
            peak[at] = value;
          }
        }
  });
  const log = sums.map((sum, at) => Math.log(sum) + (peak[at] as number) - Math.log(n));
  const least = log.reduce((low, value) => Math.min(low, value), Infinity);
  const most = log.reduce((high, value) => Math.max(high, value), -Infinity);
  return { value: Math.exp(least - most), log, repeated: repeatedOf(values) };
}

/** Eigenvectors along which rows have a length, and whose eigenvalue another has. */
function repeatedOf(values: Float64Array): number {
  const rounding = ROUNDING * values.length * Number.EPSILON * (values[0] as number);
  const alike = (a: number, b: number | undefined) => b !== undefined && Math.abs(a - b) <= rounding;
  return values.filter((value, k) => value > rounding && (alike(value, values[k - 1]) || alike(value, values[k + 1])))
    .length;
}

function partitionFigure(log: Float64Array): Line {
  const p = log.length / 2;
  const x = Array.from({ length: p }, (_, c) => c + 1);
  const values = (from: number) => x.map((_, c) => digits6(log[from + c] as number));
  return {
    ...{ id: 'partition', kind: 'line', title: 'Is any direction preferred?' },
    caption:
      'ln of the mean of exp(c · x) over rows, for the eigenvectors c of XᵀX and their opposites, the strongest first. Level curves are an even space; a peak at the left is a common offset or a dominant direction. It depends on the length of rows.',
    x: { label: 'eigenvector' },
    y: { label: 'ln mean exp(c · x)' },
    series: [
      { name: 'c', x, y: values(0) },
      { name: '−c', x, y: values(p), dashed: true },
    ],
  };
}

function readingOf(name: string, cosine: number, offset: number, isoscore: number): string {
  const cone =
    Math.abs(cosine) < 0.05
      ? 'rows point to all sides'
      : cosine > 0.5
        ? 'rows lie in a narrow cone'
        : cosine > 0
          ? 'rows lean to one side'
          : 'rows point away from one another';
  const why = offset > 0.5 && cosine > 0.05 ? ' Most of it is one common offset: centring takes it away.' : '';
  return `Two rows of ${name} have a mean cosine of ${inWords(cosine)}: ${cone}. The mean row holds ${percent(offset)} of the squared length.${why} About the mean, directions are used ${isoscore > 0.5 ? 'evenly' : isoscore > 0.1 ? 'unevenly' : 'very unevenly'} (IsoScore ${inWords(isoscore)}).`;
}
