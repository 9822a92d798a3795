import { z } from 'zod';
import type { Chance } from '../../protocol/result';
import { defineMethod, type Outcome, type Representation } from '../method';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { biased, chanceOf, uCentredProduct } from './cka';
import { componentFigures } from './components';
import { centredRoom, linearKernels } from './linear-kernel';

const TOO_FEW = 'The unbiased HSIC needs at least 4 rows.';

export const hsic = defineMethod({
  id: 'hsic',
  kind: 'compare',
  title: 'HSIC',
  summary:
    'The dependence that CKA is the normalised form of, in the units of both representations, biased and unbiased.',
  blindTo: 'grows with the scale of either side: comparable between pairs only where the scale is the same',
  takes: 'pair',
  parameters: z.object({}),
  values: [
    { key: 'hsic', title: 'HSIC, biased', range: [0, null], better: 'higher' },
    { key: 'unbiased', title: 'HSIC, unbiased', range: [null, null], better: 'higher' },
  ],
  invariances: ['permutation', 'orthogonal', 'translation', 'sign'],
  symmetric: true,
  cost: 'O(n min(p² + pq + q², n (p + q)))',
  formula: 'tr(KHLH) / (n - 1)² with K = XXᵀ, L = YYᵀ; unbiased: <U(K), U(L)> / (n (n - 3)), U-centred kernels',
  tex: String.raw`\frac{\operatorname{tr}(KHLH)}{(n-1)^2}\quad\text{and}\quad\frac{\langle U(K), U(L)\rangle}{n(n-3)},\quad K = XX^\top,\ L = YY^\top`,
  citation:
    'Gretton, Bousquet, Smola, Schölkopf (2005). Measuring statistical dependence with Hilbert-Schmidt norms. ALT; unbiased: Song, Smola, Gretton, Bedo, Borgwardt (2012). Feature selection via dependence maximization. JMLR 13',
  async run(inputs, _, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const kernels = await linearKernels([x, y], context);
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)];
    if (rows < 2) {
      const why = 'HSIC needs at least 2 rows.';
      return { values: { hsic: null, unbiased: null }, steps: kernels.steps, warnings: [...warnings, why] };
    }
    const value = kernels.cross / (rows - 1) ** 2;
    const [a, b] = [kernels.x, kernels.y];
    const scale = Math.sqrt(a.squared * b.squared);
    const { chance } = biased(kernels.cross, a, b);
    const level = chance && scaledChance(value, chance, scale / (rows - 1) ** 2);
    if (rows < 4) warnings.push(TOO_FEW);
    const size = rows * (rows - 3);
    const unbiased = rows < 4 ? null : uCentredProduct(kernels.cross, a.diagonal, b.diagonal) / size;
    const own = (side: typeof a) => Math.max(0, uCentredProduct(side.squared, side.diagonal, side.diagonal));
    const how = 'Zero by construction; the variance over all pairings of the rows is that of U-centred kernels, exact.';
    const zero =
      unbiased === null ? undefined : chanceOf(unbiased, 0, Math.sqrt((2 / size) * own(a) * own(b)) / size, how);
    return {
      values: { hsic: value, unbiased },
      chance: { ...(level && { hsic: level }), ...(zero && { unbiased: zero }) },
      figures: scale > 0 ? await componentFigures(x, y, kernels.cross / scale, context) : [],
      steps: kernels.steps,
      reading: `The dependence of the two spaces is ${inWords(value)}${level ? `, of which ${inWords(level.level)} would be there by chance` : ''}, in the product of the squared units of both; CKA divides the scale out.`,
      warnings,
    } satisfies Outcome;
  },
  room: centredRoom,
});

function scaledChance(value: number, { level, sd, how }: Chance, scale: number): Chance {
  return chanceOf(value, level * scale, sd === undefined ? undefined : sd * scale, how);
}
