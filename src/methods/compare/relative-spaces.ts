import { z } from 'zod';
import { normaliseRows } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { dot } from '../../linalg/norms';
import { UserError } from '../../protocol/errors';
import type { Heatmap } from '../../protocol/figures';
import { count } from '../../protocol/words';
import { defineMethod, type Outcome, type Representation } from '../method';
import { anchorParameters, chooseAnchors } from '../sample/anchors';
import { lostBeyond } from '../sample/span';
import { digits6 } from '../shared/image';
import { plane } from '../shared/plane';
import { inWords } from '../shared/reading';
import { mean } from '../shared/retrieval';
import { rowTable } from '../shared/row-table';
import { sortedLine } from '../shared/sorted-line';
import { project, projectionParameters, projectionSteps } from '../transform/projections';
import { anchorTable, made, zeroRowWarnings } from '../transform/relative';
import { ANCHORS_PAIRED, reciprocalRank, reciprocalRankChance } from './agreement';
import { relativeMatrices } from './agreement-figures';

/** Panels of a figure beyond which each is too small to read. */
const PANELS = 6;
const OPTIONS = { k: 1, variant: 'own-spaces' } as const;

const parameters = z.object({
  ...anchorParameters,
  ...projectionParameters,
  queries: z.int().min(3).max(1_000_000).default(2000).meta({
    title: 'Rows',
    description: 'At most so many rows, drawn at random where there are more, are looked up among one another.',
  }),
  listed: z.int().min(1).max(100_000).default(500).meta({
    title: 'Rows listed',
    description: 'How many of the rows on which the spaces agree least are listed.',
  }),
});

export const relativeSpaces = defineMethod({
  id: 'relative-spaces',
  kind: 'compare',
  title: 'Relative spaces',
  summary:
    'Describes two or more spaces by the same anchors and shows them side by side: how well each pair agrees, and on which rows.',
  blindTo:
    'sees only what the anchors span; a row on which all spaces err alike agrees; spaces that share nothing come out above chance, as their anchors are paired',
  takes: 'many',
  labels: 'optional',
  exports: true,
  parameters,
  values: [
    { key: 'mrr', title: 'Mean reciprocal rank over pairs', range: [0, 1], better: 'higher', self: 1 },
    { key: 'mrr-least', title: 'That of the pair that agrees least', range: [0, 1], better: 'higher', self: 1 },
    { key: 'cosine', title: 'Mean cosine over pairs', range: [-1, 1], better: 'higher', self: 1 },
    { key: 'cosine-least', title: 'That of the row that agrees least', range: [-1, 1], better: 'higher', self: 1 },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(k n m p + k² q² m) for k spaces, m anchors and q rows looked up',
  formula:
    'R_s = projection of space s on the anchors; cosine of row i = mean over pairs s < t of cos(R_s[i], R_t[i]); mrr = mean over ordered pairs of the mean reciprocal rank of R_t[i] among all R_t by cosine with R_s[i]',
  tex: String.raw`c_i = \binom{k}{2}^{-1} \sum_{s<t} \cos\big(R_s(i), R_t(i)\big), \qquad \mathrm{MRR} = \frac{1}{k(k-1)} \sum_{s \ne t} \frac1q \sum_i \frac{1}{\operatorname{rank}_{st}(i)}`,
  citation:
    'Moschella et al. (2023). Relative representations enable zero-shot latent space communication. ICLR. arXiv:2209.15430',
  async run(inputs, chosen, context) {
    const spaces = inputs as readonly Representation[];
    const first = (spaces[0] as Representation).matrix;
    const n = first.rows;
    if (n < 3)
      throw new UserError(`Relative spaces looks rows up among one another and needs 3 or more; there are ${n}.`);
    const anchors = await chooseAnchors(first, chosen, context);
    const { signal } = context;
    context.reserve(8 * 3 * spaces.length * n * anchors.rows.length, 'the relative representations');
    const warnings = [...anchors.warnings];
    const relative: Matrix<Float64Array>[] = [];
    for (const [i, { name, matrix }] of spaces.entries()) {
      context.progress((0.3 * i) / spaces.length, `Relative representation of ${name}`);
      const projected = await project(matrix, anchors.rows, chosen, signal);
      relative.push(projected.matrix);
      warnings.push(
        ...zeroRowWarnings(name, projected.zeroRows.length),
        ...(await lostBeyond(name, matrix, anchors.rows, chosen, signal)),
      );
    }
    const unit = relative.map((matrix) => normaliseRows(matrix).matrix);
    const asked = context.random.atMost(n, chosen.queries);
    const own = Int32Array.from(asked.keys());
    const looked = unit.map((matrix) => matrix.takeRows(asked));
    const ranks: number[][] = [];
    for (const [s, from] of looked.entries()) {
      context.progress(0.3 + (0.6 * s) / looked.length, `Rows of ${spaces[s]?.name} in the other spaces`);
      const line: number[] = [];
      for (const to of looked) line.push(await reciprocalRank(from, to, own, OPTIONS, { signal }));
      ranks.push(line);
    }
    const cosines = rowCosines(unit);
    const pairs = ranks.flatMap((line, s) => line.filter((_, t) => t !== s));
    const worst = [...cosines.keys()].sort((i, j) => (cosines[i] as number) - (cosines[j] as number) || i - j);
    const names = spaces.map(({ name }) => name);
    const shown = spaces.slice(0, PANELS);
    const left = spaces.length - shown.length;
    const level = reciprocalRankChance(asked.length, OPTIONS);
    const sampled = asked.length < n ? ` ${count(asked.length)} of ${count(n)} rows, drawn at random.` : '';
    return {
      values: {
        mrr: mean(Float64Array.from(pairs)),
        'mrr-least': Math.min(...pairs),
        cosine: mean(cosines),
        'cosine-least': cosines[worst[0] as number] as number,
      },
      chance: {
        mrr: {
          level,
          how: `Exact mean over all pairings of the rows: (1 + 1/2 + ... + 1/${asked.length}) / ${asked.length}. ${ANCHORS_PAIRED}`,
        },
      },
      tables: {
        pairs: {
          title: 'Mean reciprocal rank from each space into each',
          columns: ['from', ...names],
          rows: ranks.map((line, s) => [names[s] ?? '', ...line]),
        },
        disagreements: rowTable(
          `Rows on which the spaces agree least: ${Math.min(chosen.listed, n)} of ${n}`,
          context,
          worst.slice(0, chosen.listed),
          { cosine: (row) => cosines[row] as number },
        ),
        anchors: anchorTable(anchors.rows, context),
      },
      figures: [
        await plane(
          {
            id: 'who-disagrees',
            title: 'Who disagrees',
            caption: `Each point is a row along the two directions that vary most in its space, coloured by how alike its descriptions by the anchors are, on the mean over pairs of spaces.${left > 0 ? ` The first ${PANELS} of ${spaces.length} spaces are shown.` : ''}`,
          },
          shown,
          { name: 'mean cosine', values: cosines },
          context,
        ),
        relativeMatrices(names.slice(0, PANELS), relative.slice(0, PANELS), anchors.rows, chosen, context),
        pairFigure(names, ranks, level, sampled),
        sortedLine(
          {
            id: 'row-agreement',
            title: 'Agreement by row',
            caption: 'Mean cosine of the descriptions of a row over all pairs of spaces.',
            of: 'rows',
            y: { label: 'mean cosine' },
          },
          [{ name: 'all pairs of spaces', values: cosines }],
        ),
      ],
      representations: spaces.map((space, s) => made(space, relative[s] as Matrix)),
      steps: [
        anchors.step,
        ...projectionSteps(chosen),
        ...(sampled ? [`${count(asked.length)} of ${count(n)} rows, drawn at random, looked up`] : []),
        'products in float64',
      ],
      reading: `By ${anchors.rows.length} anchors, rows find themselves in another of the ${spaces.length} spaces with a mean reciprocal rank of ${inWords(mean(Float64Array.from(pairs)))} (${inWords(level)} by chance); the pair that agrees least has ${inWords(Math.min(...pairs))}.`,
      warnings,
    } satisfies Outcome;
  },
});

/** Of each row, the mean over pairs of spaces. */
function rowCosines(unit: readonly Matrix<Float64Array>[]): Float64Array {
  const n = unit[0]?.rows ?? 0;
  const pairs = (unit.length * (unit.length - 1)) / 2;
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let s = 0; s < unit.length; s++)
      for (let t = s + 1; t < unit.length; t++) sum += dot((unit[s] as Matrix).row(i), (unit[t] as Matrix).row(i));
    return Math.max(-1, Math.min(1, sum / pairs));
  });
}

function pairFigure(names: readonly string[], ranks: readonly number[][], chance: number, sampled: string): Heatmap {
  return {
    id: 'pairs',
    kind: 'heatmap',
    title: 'Agreement of each pair',
    caption: `Mean reciprocal rank of rows of a row's space in a column's, by their descriptions.${sampled}`,
    panels: [
      {
        title: '',
        rows: { label: 'from', ticks: names },
        columns: { label: 'into', ticks: names },
        shape: [names.length, names.length],
        values: ranks.flat().map(digits6),
      },
    ],
    scale: { label: 'mean reciprocal rank', kind: 'sequential', domain: [0, 1], chance },
  };
}
