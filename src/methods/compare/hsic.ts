import { z } from 'zod';
import type { Chance } from '../../protocol/result';
import { defineMethod, type Outcome, type PairScores, type Representation } from '../method';
import { rangeExponent } from '../shared/centred';
import { contributed } from '../shared/contributions';
import { inWords } from '../shared/reading';
import { constantColumns, fewRows } from '../shared/warnings';
import { biased, type CkaScore, isLeft, type Side, uCentredProduct } from './cka';
import { componentFigures } from './components';
import { linearContributions } from './linear-contributions';
import { centredRoom, linearKernels, linearSweep } from './linear-kernel';

const TOO_FEW = 'The unbiased HSIC needs at least 4 rows.';
const NO_ROWS = 'HSIC needs at least 2 rows.';
const BEYOND =
  'HSIC has no value: products of the values are too large or too small for a double. Change the units of the data.';

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
      return { values: { hsic: null, unbiased: null }, steps: kernels.steps, warnings: [...warnings, NO_ROWS] };
    }
    const unit = unitOf(x, y);
    const { value: own, chance } = hsicOf(kernels.cross, kernels.x, kernels.y);
    const value = (own as number) * unit;
    if (!Number.isFinite(value) || (value === 0 && own !== 0))
      return { values: { hsic: null, unbiased: null }, steps: kernels.steps, warnings: [...warnings, BEYOND] };
    const [a, b] = [kernels.x, kernels.y];
    const scale = Math.sqrt(a.squared * b.squared);
    const level = chance && scaledChance(chance, unit);
    if (rows < 4) warnings.push(TOO_FEW);
    const size = rows * (rows - 3);
    const unbiased = rows < 4 ? null : (unit * uCentredProduct(kernels.cross, a.diagonal, b.diagonal)) / size;
    const left = (side: typeof a) => {
      const rest = uCentredProduct(side.squared, side.diagonal, side.diagonal);
      return isLeft(rest, side.squared) ? rest : 0;
    };
    const sd = (unit * Math.sqrt((2 / size) * left(a) * left(b))) / size;
    const how = 'Zero by construction; the variance over all pairings of the rows is that of U-centred kernels, exact.';
    const zero = unbiased === null ? undefined : { level: 0, sd, ...(sd > 0 && { z: unbiased / sd }), how };
    const figures = scale > 0 ? await componentFigures(x, y, kernels.cross / scale, context) : [];
    const parts = await linearContributions(...kernels.layers, (rows - 1) ** 2 / unit, context);
    const adds = contributed(parts, [x, y], 'HSIC, biased', context);
    return {
      values: { hsic: value, unbiased },
      chance: { ...(level && { hsic: level }), ...(zero && { unbiased: zero }) },
      tables: adds.tables,
      figures: [...figures, ...adds.figures],
      steps: [...kernels.steps, ...adds.steps],
      reading: `The dependence of the two spaces is ${inWords(value)}${level ? `, of which ${inWords(level.level)} would be there by chance` : ''}, in the product of the squared units of both; CKA divides the scale out.`,
      warnings,
    } satisfies Outcome;
  },
  sweep: async (rows, columns, _, context) => inUnits(await linearSweep(rows, columns, hsicOf, context), rows, columns),
  room: centredRoom,
});

/** Of kernels in the units that they are computed in. */
function hsicOf(cross: number, x: Side, y: Side): CkaScore {
  const rows = x.diagonal.length;
  if (rows < 2) return { value: null, warning: NO_ROWS };
  const value = cross / (rows - 1) ** 2;
  const { chance } = biased(cross, x, y);
  if (!chance) return { value };
  return { value, chance: scaledChance(chance, Math.sqrt(x.squared * y.squared) / (rows - 1) ** 2) };
}

/** What extremely large or small data were divided by, in the value. */
function unitOf(x: Representation, y: Representation): number {
  return 2 ** (2 * (rangeExponent(x.matrix) + rangeExponent(y.matrix)));
}

function inUnits(
  { values, chance, sd, warnings = [] }: PairScores,
  rows: readonly Representation[],
  columns: readonly Representation[],
): PairScores {
  const units = rows.flatMap((row) => columns.map((column) => unitOf(row, column)));
  const scaled = (list: readonly (number | null)[]) =>
    list.map((one, k) => {
      const value = one === null ? null : one * (units[k] as number);
      return value === null || !Number.isFinite(value) || (value === 0 && one !== 0) ? null : value;
    });
  const found = scaled(values);
  const lost = found.some((value, k) => value === null && values[k] !== null);
  return {
    values: found,
    ...(chance && { chance: scaled(chance) }),
    ...(sd && { sd: scaled(sd) }),
    warnings: [...warnings, ...(lost ? [BEYOND] : [])],
  };
}

/** In other units: z has none. */
function scaledChance({ level, sd, ...rest }: Chance, scale: number): Chance {
  return { ...rest, level: level * scale, ...(sd !== undefined && { sd: sd * scale }) };
}
