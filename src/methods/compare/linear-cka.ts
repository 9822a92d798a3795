import { z } from 'zod';
import type { Chance } from '../../protocol/result';
import { defineMethod, type Outcome, type Representation, type Streamed } from '../method';
import { contributed } from '../shared/contributions';
import { scoreWith } from '../shared/pairs';
import { grade, inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { biased, biasedOf } from './cka';
import { componentFigures } from './components';
import { linearContributions } from './linear-contributions';
import { centredRoom, linearKernels, linearSweep, scoreOfMoments } from './linear-kernel';
import { streamedScore } from './streamed-score';

export const linearCka = defineMethod({
  id: 'linear-cka',
  kind: 'compare',
  title: 'Linear CKA',
  summary:
    'Compares the inner products of all pairs of rows (centred kernel alignment): 1 where one space is a rotation and scaling of the other.',
  blindTo: 'blind to low-variance directions; high for anything where rows are few and units many',
  takes: 'pair',
  recommended: 1,
  parameters: z.object({}),
  values: [{ key: 'cka', title: 'Linear CKA', range: [0, 1], better: 'higher', self: 1 }],
  invariances: ['permutation', 'orthogonal', 'scaling', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n min(p² + pq + q², n (p + q)))',
  formula: '‖XᵀY‖² / (‖XᵀX‖ ‖YᵀY‖), columns centred; the biased estimate, equal to the RV coefficient',
  tex: String.raw`\frac{\lVert X^\top Y\rVert_F^2}{\lVert X^\top X\rVert_F\,\lVert Y^\top Y\rVert_F}`,
  citation:
    'Kornblith, Norouzi, Lee, Hinton (2019). Similarity of neural network representations revisited. ICML. arXiv:1905.00414',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const kernels = await linearKernels([x, y], context);
    const { value, chance, warning } = biased(kernels.cross, kernels.x, kernels.y);
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(x.matrix.rows)];
    if (value === null || chance === undefined) {
      return { values: { cka: null }, steps: kernels.steps, warnings: [...warnings, `Linear CKA: ${warning}.`] };
    }
    if (chance.level > 0.25) warnings.push(inflated(x.matrix.rows, [x.matrix, y.matrix], chance.level));
    const figures = await componentFigures(x, y, value, context);
    context.progress(0.9, 'Contributions of rows and units');
    const norm = Math.sqrt(kernels.x.squared * kernels.y.squared);
    const parts = await linearContributions(...kernels.layers, norm, context);
    const own = contributed(parts, [x, y], 'linear CKA', context);
    return {
      values: { cka: value },
      chance: { cka: chance },
      tables: own.tables,
      figures: [...figures, ...own.figures],
      steps: [...kernels.steps, ...own.steps],
      reading: reading(value, chance),
      warnings,
    } satisfies Outcome;
  },
  sweep: (rows, columns, _, context) => linearSweep(rows, columns, biased, context),
  room: centredRoom,
  async stream(stream, _, context) {
    const { score, rows, steps, warnings } = await streamedScore(stream, { whole: biased, sums: biasedOf }, context);
    const [x, y] = stream.inputs as [Streamed, Streamed];
    const { value, chance, warning } = score;
    if (value === null || chance === undefined)
      return { values: { cka: null }, steps, warnings: [...warnings, `Linear CKA: ${warning}.`] };
    if (chance.level > 0.25) warnings.push(inflated(rows, [x, y], chance.level));
    return { values: { cka: value }, chance: { cka: chance }, steps, reading: reading(value, chance), warnings };
  },
  fromMoments: {
    double: false,
    async score(moments, x, y) {
      return scoreWith(scoreOfMoments(moments, x, y, biasedOf));
    },
  },
});

type Wide = Pick<Streamed, 'columns'>;

function inflated(rows: number, [x, y]: readonly [Wide, Wide], level: number): string {
  const units = `${x.columns} and ${y.columns} units`;
  return `With ${rows} rows for ${units}, linear CKA is high for anything: rows paired at random give ${inWords(level)}. Read the debiased value, or use more rows.`;
}

function reading(value: number, chance: Chance): string {
  const numbers = `(linear CKA ${inWords(value)}; ${inWords(chance.level)} by chance)`;
  if (value > 1 - 1e-9)
    return `Linear CKA cannot tell the two spaces apart ${numbers}: a rotation and a scale relate them, but for directions of very low variance.`;
  switch (grade(value, chance)) {
    case 'chance':
      return `The two spaces are no more alike in geometry than rows paired at random ${numbers}.`;
    case 'little':
      return `The two spaces share little of their geometry ${numbers}.`;
    case 'part':
      return `The two spaces share a part of their geometry ${numbers}.`;
    case 'much':
      return `The two spaces share much of their geometry ${numbers}.`;
    case 'most':
      return `The two spaces hold nearly the same geometry ${numbers}.`;
  }
}
