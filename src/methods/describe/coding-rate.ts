import { z } from 'zod';
import { normaliseInDouble } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import type { Figure } from '../../protocol/figures';
import type { Cell } from '../../protocol/result';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { type Classes, classesOf } from '../shared/classes';
import { type Part, partOf } from '../shared/coding-rate';
import { classAfterClass, cosineBlocks } from '../shared/cosine-blocks';
import { DRAWN } from '../shared/drawn';
import { digits6, heatmapPanel, poolingNote } from '../shared/image';
import { inWords } from '../shared/reading';
import { rowsOfZeros } from '../shared/warnings';

const parameters = z.object({
  precision: z.number().min(1e-6).max(100).default(0.1).meta({
    title: 'Precision ε²',
    description:
      'Squared error up to which rows are coded: smaller counts finer directions. Compare at equal values only.',
  }),
});

/** A direction counts until so much of the squared length is left out. */
const LEFT = 0.05;
/** A curve ends where so much is held. */
const DRAWN_SHARE = 0.999;
/** Classes whose spectra are drawn. */
const LINES = 10;

export const codingRate = defineMethod({
  id: 'coding-rate',
  kind: 'describe',
  title: 'Coding rate reduction',
  summary:
    'How much room all rows take, and how much less each class takes by itself: large where classes are flat and stand orthogonal to one another.',
  blindTo:
    'depends on the precision and on the number of units: compare spaces of the same width at the same precision',
  takes: 'one',
  labels: 'required',
  parameters,
  values: [
    { key: 'reduction', title: 'Rate reduction ΔR', range: [null, null] },
    { key: 'rate', title: 'Coding rate R of all rows', range: [0, null] },
    { key: 'class-rate', title: 'Coding rate R_c within classes', range: [0, null] },
    { key: 'rank', title: 'Directions that hold 95 % of all rows', range: [0, null] },
    { key: 'class-rank', title: 'Directions that hold 95 % of a class, mean', range: [0, null] },
    { key: 'within-cosine', title: 'Mean |cosine| of two rows of one class', range: [0, 1] },
    { key: 'between-cosine', title: 'Mean |cosine| of two rows of two classes', range: [0, 1] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(n p min(n, p))',
  formula:
    'Z: rows of length 1, n x d, not centred; ε² the precision. R = ln det(I + d / (n ε²) ZᵀZ), R_c = Σ (n_j / n) ln det(I + d / (n_j ε²) Z_jᵀZ_j), ΔR = R - R_c; natural logarithms, not halved',
  tex: String.raw`\Delta R = \ln\det\Big(I + \tfrac{d}{n\varepsilon^2} Z^\top Z\Big) - \sum_j \tfrac{n_j}{n} \ln\det\Big(I + \tfrac{d}{n_j\varepsilon^2} Z_j^\top Z_j\Big)`,
  citation:
    'Yu, Chan, You, Song, Ma (2020). Learning diverse and discriminative representations via the principle of maximal coding rate reduction. NeurIPS. arXiv:2006.08558; Ding, Tong, Chan, Dai, Ma, Haeffele (2023). Unsupervised manifold linearizing and clustering. ICCV. arXiv:2301.01805',
  async run([input], { precision }, context) {
    const { name, matrix } = input as Representation;
    const classes = classesOf(context.rows, matrix.rows, 1);
    context.reserve(8 * (4 * matrix.rows * matrix.columns + DRAWN ** 2), 'rows of length 1 and their products');
    const { matrix: unit, zeroRows } = normaliseInDouble(matrix);
    const all = await partOf('all rows', unit.takeRows(classes.rows), precision, context);
    const parts: Part[] = [];
    for (const [c, group] of classes.groups.entries()) {
      context.progress(0.2 + (0.6 * c) / classes.groups.length, `Class ${classes.names[c]}`);
      parts.push(await partOf(classes.names[c] as string, unit.takeRows(group), precision, context));
    }
    const within = parts.reduce((sum, { rate, rows }) => sum + (rate * rows) / all.rows, 0);
    const blocks = await cosines(unit, classes, context);
    const few = parts.filter(({ rows }) => rows < matrix.columns).length;
    const classRank = parts.reduce((sum, { rank }) => sum + rank, 0) / parts.length;
    return {
      values: {
        reduction: all.rate - within,
        rate: all.rate,
        'class-rate': within,
        rank: all.rank,
        'class-rank': classRank,
        'within-cosine': blocks.within,
        'between-cosine': blocks.between,
      },
      tables: {
        classes: {
          title: 'Classes',
          columns: [classes.label, 'rows', 'coding rate', 'directions that hold 95 %'],
          rows: parts.map(({ name: of, rows, rate, rank }): Cell[] => [of, rows, rate, rank]),
        },
      },
      figures: [blocks.figure, spectra([all, ...parts])],
      steps: [
        'rows of length 1, not centred',
        `ε² = ${precision}`,
        ...(blocks.note ? [blocks.note.trim()] : []),
        'float64',
      ],
      reading: `All rows fill ${all.rank} of ${matrix.columns} directions (95 % of their squared length), a class ${inWords(classRank)} on average. Coding each class by itself saves ${inWords(all.rate - within)} of ${inWords(all.rate)} nats; rows of two classes have |cosine| ${blocks.between === null ? '–' : inWords(blocks.between)}, of one ${blocks.within === null ? '–' : inWords(blocks.within)}.`,
      warnings: [
        ...classes.left,
        ...rowsOfZeros(name, zeroRows.length, matrix.rows, 'at the origin'),
        ...(few > 0
          ? [
              `${few} of ${parts.length} classes ${few === 1 ? 'has' : 'have'} fewer rows than there are units (${matrix.columns}): ${few === 1 ? 'its rank is at most its' : 'their rank is at most their'} number of rows.`,
            ]
          : []),
        ...(blocks.within === null || blocks.between === null
          ? [
              'A mean cosine is empty: no class has two rows among those that were compared, or there is one class only.',
            ]
          : []),
      ],
    } satisfies Outcome;
  },
});

/** |cosine| of all pairs, of 1,000 rows at most, class after class. */
async function cosines(unit: Matrix<Float64Array>, { rows, of, names, label }: Classes, context: Context) {
  const { order, note } = classAfterClass(rows, of, context);
  const { entries, within, between } = await cosineBlocks(unit, order, of, context);
  const side = { label: `rows by ${label}`, name: (i: number) => names[of[order[i] as number] as number] ?? '' };
  const figure: Figure = {
    ...{ id: 'cosines', kind: 'heatmap', title: 'Cosines of rows, class by class' },
    caption: `Absolute cosine of every two rows. Blocks on the diagonal that stand out are classes with few directions of their own.${note}${poolingNote(order.length, order.length, 'mean')}`,
    panels: [heatmapPanel('', entries, side, side, 'mean')],
    scale: { label: '|cosine|', kind: 'sequential', domain: [0, 1] },
  };
  return { figure, note, within, between };
}

/** How much so many directions leave out, of all rows and of each class. */
function spectra(parts: readonly Part[]): Figure {
  const shown = parts.slice(0, LINES + 1);
  return {
    ...{ id: 'directions', kind: 'line', title: 'How many directions a class needs' },
    caption: `Share of the squared length of the rows that the first directions leave out, down to 0.1 %: the sooner a class falls, the flatter it is.${shown.length < parts.length ? ` The first ${LINES} classes are drawn.` : ''}`,
    x: { label: 'directions' },
    y: { label: 'share left out', log: true },
    series: shown.map(({ name, singular }, k) => {
      // From the least up: what is left keeps its digits.
      const left = new Float64Array(singular.length);
      for (let i = singular.length - 2; i >= 0; i--)
        left[i] = (left[i + 1] as number) + (singular[i + 1] as number) ** 2;
      const total = (left[0] ?? 0) + (singular[0] ?? 0) ** 2;
      const shares = Array.from(left, (value) => (total > 0 ? value / total : 0));
      const end = shares.findIndex((share) => share <= 1 - DRAWN_SHARE);
      const drawn = end < 0 ? shares : shares.slice(0, end + 1);
      const y = drawn.map((share) => (share > 0 ? digits6(share) : null));
      return { name, x: drawn.map((_, i) => i + 1), y, ...(k === 0 && { dashed: true }) };
    }),
    references: [{ y: LEFT, label: '5 %' }],
  };
}
