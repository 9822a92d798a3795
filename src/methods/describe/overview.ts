import { z } from 'zod';
import { rowNorms } from '../../linalg/centre';
import { singularValues } from '../../linalg/svd';
import { UserError } from '../../protocol/errors';
import { count } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { centred } from '../shared/centred';
import { countRepeated } from '../shared/distinct';
import { principalAxes } from '../shared/pca';
import { health } from './health';
import { outlyingLengths, outlyingTable } from './lengths';
import { normDistribution, principalPlane, spectrumLine } from './overview-figures';
import { streamOverview } from './overview-stream';
import { reading } from './overview-words';
import { repeatedUnits } from './repeats';
import { precisionOf, spectrumOf } from './spectrum';
import { summariseUnits, unitTable } from './units';

/** A decomposition of a side beyond this takes minutes: then rows are sampled, and it is said. */
const LARGEST = 2048;

export const overview = defineMethod({
  id: 'overview',
  kind: 'describe',
  title: 'Overview',
  summary:
    'Shows one representation: its size, how many directions it uses, how long its rows are, and what is odd about it.',
  blindTo: 'blind to what the rows mean, and to structure that no principal direction shows',
  takes: 'one',
  labels: 'optional',
  recommended: 1,
  parameters: z.object({}),
  values: [
    { key: 'rows', title: 'Rows', range: [1, null] },
    { key: 'units', title: 'Units', range: [1, null] },
    { key: 'rank', title: 'Rank', range: [0, null] },
    { key: 'participation-ratio', title: 'Participation ratio', range: [1, null] },
    { key: 'effective-rank', title: 'Effective rank (entropy)', range: [1, null] },
    { key: 'leading-share', title: 'Share of variance of the first component', range: [0, 1] },
    { key: 'directions-99', title: 'Directions that hold 99 % of the variance', range: [0, null] },
    { key: 'mean-norm', title: 'Mean length of a row', range: [0, null] },
    { key: 'constant-units', title: 'Constant units', range: [0, null] },
    { key: 'repeated-units', title: 'Units that vary and repeat an earlier one', range: [0, null] },
    { key: 'repeated-rows', title: 'Rows that repeat an earlier one', range: [0, null] },
    { key: 'zero-rows', title: 'Rows of zeros', range: [0, null] },
    { key: 'outlying-rows', title: 'Rows of outlying length', range: [0, null] },
  ],
  resampled: 'participation-ratio',
  invariances: ['permutation'],
  symmetric: false,
  cost: 'O(np min(n, p))',
  formula:
    'singular values σ of the centred representation: rank = number of σ > max(n, p) eps σ_1 (eps of the stored precision), participation ratio = (Σσ²)² / Σσ⁴, effective rank = exp(-Σ s ln s) with s = σ / Σσ, both of the σ that rank counts; constant units are not counted as repeated; a row is outlying where | ‖x‖ - median | > 10 max(1.4826 MAD, median / 1000)',
  tex: String.raw`\mathrm{PR} = \frac{(\sum_k \sigma_k^2)^2}{\sum_k \sigma_k^4}, \qquad \text{effective rank} = \exp\Big(-\sum_k s_k \ln s_k\Big),\; s_k = \frac{\sigma_k}{\sum_l \sigma_l}`,
  citation: 'Roy, Vetterli (2007). The effective rank: a measure of effective dimensionality. EUSIPCO',
  async run([given], _, context) {
    const input = given as Representation;
    const { name, matrix, unitNames } = input;
    if (matrix.rows === 0 || matrix.columns === 0)
      throw new UserError(`${name} is empty: there is nothing to describe.`);
    context.progress(0, 'Units and rows');
    const units = summariseUnits(matrix);
    const norms = rowNorms(matrix);
    context.signal.throwIfAborted();
    const repeated = countRepeated(matrix);
    const twins = repeatedUnits(matrix, units.deviations);
    const outlying = outlyingLengths(norms);
    const { spectrum, plane, sampled } = await decompose(input, context);
    const constant = [...units.deviations.keys()].filter((j) => units.deviations[j] === 0);
    const zeros = norms.filter((norm) => norm === 0).length;
    const facts = { name, rows: matrix.rows, columns: matrix.columns, unitNames, constant, zeroRows: zeros, repeated };
    return {
      values: {
        rows: matrix.rows,
        units: matrix.columns,
        rank: sampled === '' ? spectrum.rank : null,
        'participation-ratio': spectrum.participation,
        'effective-rank': spectrum.effective,
        'leading-share': spectrum.leading,
        'directions-99': spectrum.nearlyAll,
        'mean-norm': norms.reduce((sum, norm) => sum + norm / norms.length, 0),
        'constant-units': constant.length,
        'repeated-units': twins.length,
        'repeated-rows': repeated,
        'zero-rows': zeros,
        'outlying-rows': outlying.rows.length,
      },
      tables: {
        units: unitTable(units),
        ...(outlying.rows.length > 0 && { 'outlying-rows': outlyingTable(outlying, norms, context.rows) }),
      },
      figures: [plane, spectrumLine(spectrum, sampled), normDistribution(norms)],
      steps: ['columns centred for rank and components', 'computed in float64'],
      reading: reading(facts, spectrum),
      warnings: [
        ...(sampled === '' ? [] : [`${sampled.trim()} The rank is left empty: it would be that of the sample.`]),
        ...(spectrum.rank === 0 ? ['Nothing varies, so the dimensions are left empty.'] : []),
        ...health(facts, { spectrum: sampled === '' ? spectrum : null, units, twins, norms, outlying }, context.rows),
      ],
    } satisfies Outcome;
  },
  room: (inputs) => inputs.reduce((sum, { rows, columns }) => sum + 24 * rows * columns, 0),
  stream: (stream, _, context) => streamOverview(stream, context),
});

/** Singular values and the principal plane; from a sample of rows where both sides are long. */
async function decompose({ name, matrix }: Representation, context: Context) {
  const { rows, columns, isDouble } = matrix;
  const large = Math.min(rows, columns) > LARGEST;
  const sampled = large
    ? ` Components and dimensions are from ${count(LARGEST)} of ${count(rows)} rows, drawn at random.`
    : '';
  const side = Math.min(rows, columns, LARGEST);
  context.reserve(8 * (2 * rows * columns + 3 * side * side), 'the centred rows and their products');
  const all = centred(matrix, true);
  const used = large ? centred(matrix.takeRows(context.random.sample(rows, LARGEST)), true) : all;
  context.progress(0.2, 'Principal components');
  const principal = await principalAxes(used, 2, context);
  context.progress(0.5, 'Singular values');
  // Their squares lose half of the digits of a double, but none of a float.
  const singular = isDouble ? await singularValues(used, context) : principal.squares.map(Math.sqrt);
  const spectrum = spectrumOf(singular, Math.max(used.rows, used.columns), precisionOf(isDouble));
  return { spectrum, sampled, plane: await principalPlane(name, all, principal, sampled, context) };
}
