import { z } from 'zod';
import { columnSums, normaliseInDouble } from '../../linalg/centre';
import { frobeniusSquared } from '../../linalg/norms';
import { crossProduct } from '../../linalg/products';
import { UserError } from '../../protocol/errors';
import type { Figure } from '../../protocol/figures';
import type { Cell } from '../../protocol/result';
import { subspacesOf } from '../describe/subspaces';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { type Classes, classesOf } from '../shared/classes';
import type { Basis } from '../shared/grassmann';
import { heatmapPanel, poolingNote } from '../shared/image';
import { inWords } from '../shared/reading';
import { zeroRows } from '../shared/warnings';

const parameters = z.object({
  dimensions: z.int().min(0).max(4096).default(0).meta({
    title: 'Dimensions',
    description:
      'Of each class, at most the rank of its rows; 0: the fewest that hold 90 % of their squared length, and half as many as its rows at most.',
  }),
});

export const classSubspaceSimilarity = defineMethod({
  id: 'class-subspace-similarity',
  kind: 'compare',
  title: 'Class subspace similarity',
  summary:
    'Whether the rows of each class span the same in two spaces: the angles between their subspaces, over the rows.',
  blindTo:
    'needs labels; blind to where classes lie, and to how much they vary along each direction; rows are not centred, so those that lie far to one side of the origin span nearly the same direction however they are paired, and the level of chance is high',
  takes: 'pair',
  labels: 'optional',
  parameters,
  values: [
    { key: 'similarity', title: 'Mean cos² of the angles of a class', range: [0, 1], better: 'higher', self: 1 },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: true,
  cost: 'O(n (p + q) min(n, p + q)) at most',
  formula:
    'mean over classes of the mean cos²θ of the principal angles between the leading left singular vectors of their rows, of length 1 and not centred, in one space and in the other; by chance, over all pairings of the n_c rows of a class, (c c′ + (k - c)(l - c′) / (n_c - 1)) / min(k, l), where k and l are the dimensions, c and c′ the squared lengths that 1 / √n_c, the same for every row, has in the two subspaces',
  tex: String.raw`\frac1K \sum_c \frac{1}{\min(k_c, l_c)} \lVert U_c^\top V_c \rVert_F^2`,
  citation:
    'Wang, Wang, Li, Lu, Yan, Zhang (2023). Get the best of both worlds: improving accuracy and transferability by Grassmann class representation. ICCV; the comparison over rows is ours',
  async run(inputs, { dimensions }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const classes = classesIn(context, x.matrix.rows);
    if (typeof classes === 'string')
      return { values: { similarity: null }, warnings: [`Class subspace similarity: ${classes}`] };
    const { rows, columns } = x.matrix;
    context.reserve(8 * 4 * rows * (columns + y.matrix.columns), 'rows of length 1 and their subspaces');
    const [a, b] = [normaliseInDouble(x.matrix).matrix, normaliseInDouble(y.matrix).matrix];
    const found: { value: number; level: number; sizes: readonly [number, number]; units: readonly [Basis, Basis] }[] =
      [];
    for (const [c, group] of classes.groups.entries()) {
      context.signal.throwIfAborted();
      context.progress((0.7 * c) / classes.groups.length, `Class ${classes.names[c]}`);
      for (const space of [x, y]) requireDirection(space, group, classes.names[c] as string);
      const both = [
        await subspacesOf(a.takeRows(group), dimensions, context),
        await subspacesOf(b.takeRows(group), dimensions, context),
      ] as const;
      const [u, v] = [await both[0].rows(), await both[1].rows()];
      found.push({
        value: await meanSquaredCosine(u, v, context),
        level: chanceLevel(u, v),
        sizes: [u.columns, v.columns],
        units: [await both[0].units(), await both[1].units()],
      });
    }
    const mean = (of: (one: (typeof found)[number]) => number) =>
      found.reduce((sum, one) => sum + of(one) / found.length, 0);
    const [value, level] = [mean((one) => one.value), mean((one) => one.level)];
    return {
      values: { similarity: value },
      chance: {
        similarity: {
          level,
          of: 'rows within classes',
          how: 'Mean over all pairings of the rows within each class, in closed form: (c c′ + (k - c)(l - c′) / (n - 1)) / min(k, l), c and c′ the squared lengths that the direction of equal entries has in the subspaces; the mean over classes.',
        },
      },
      tables: {
        classes: {
          title: 'Classes',
          columns: [
            classes.label,
            'rows',
            `dimensions in ${x.name}`,
            `dimensions in ${y.name}`,
            'mean cos²',
            'by chance',
          ],
          rows: found.map((one, c): Cell[] => [
            ...[classes.names[c] ?? '', classes.groups[c]?.length ?? 0, ...one.sizes],
            ...[one.value, one.level],
          ]),
        },
      },
      figures:
        columns === y.matrix.columns
          ? [
              await acrossUnits(
                [x, y],
                found.map(({ units }) => units),
                classes,
                context,
              ),
            ]
          : [],
      steps: ['rows of length 1, not centred', `${classes.names.length} classes of "${classes.label}"`, 'float64'],
      reading: `Within a class the two spaces share ${inWords(value)} of the directions that its rows span; paired at random within the class, ${inWords(level)}.`,
      warnings: [...classes.left, ...zeroRows(x), ...zeroRows(y)],
    } satisfies Outcome;
  },
});

/** Classes, or why there are none. */
function classesIn({ rows }: Context, count: number): Classes | string {
  try {
    return classesOf(rows, count, 2);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** @throws UserError where a class has zeros only */
function requireDirection({ name, matrix }: Representation, group: Int32Array, of: string): void {
  if (group.some((i) => matrix.row(i).some((value) => value !== 0))) return;
  throw new UserError(
    `In ${name} all ${group.length} rows of class "${of}" are zeros, so they span nothing to compare. Leave these rows out, or choose another layer.`,
  );
}

/** Mean cos² of the principal angles of two subspaces: ‖UᵀV‖² over the fewer dimensions. */
async function meanSquaredCosine(u: Basis, v: Basis, context: Context): Promise<number> {
  return Math.min(1, frobeniusSquared(await crossProduct(u, v, context)) / Math.min(u.columns, v.columns));
}

/**
 * The mean of {@link meanSquaredCosine} over all pairings P of n rows: the mean of P V VᵀPᵀ has one value on its diagonal and one
 * beside it, so E‖UᵀPV‖² = c c' + (k - c)(l - c') / (n - 1) with c = ‖Uᵀ1‖² / n and c' = ‖Vᵀ1‖² / n.
 */
function chanceLevel(u: Basis, v: Basis): number {
  const n = u.rows;
  const [c, d] = [u, v].map((basis) => columnSums(basis).reduce((sum, value) => sum + value ** 2 / n, 0)) as [
    number,
    number,
  ];
  return Math.min(1, (c * d + ((u.columns - c) * (v.columns - d)) / (n - 1)) / Math.min(u.columns, v.columns));
}

/** Of spaces with the same units: every class of one against every class of the other. */
async function acrossUnits(
  [x, y]: readonly [Representation, Representation],
  bases: readonly (readonly [Basis, Basis])[],
  { names, label }: Classes,
  context: Context,
): Promise<Figure> {
  context.progress(0.8, 'Classes across the two spaces');
  const size = names.length;
  const shared = new Float64Array(size * size);
  for (const [i, [u]] of bases.entries())
    for (const [j, [, v]] of bases.entries()) {
      context.signal.throwIfAborted();
      shared[i * size + j] = await meanSquaredCosine(u, v, context);
    }
  const side = (name: string) => ({ label: `${label} in ${name}`, name: (c: number) => names[c] ?? '' });
  const at = (i: number, j: number) => shared[i * size + j] as number;
  return {
    ...{ id: 'across', kind: 'heatmap', title: 'Classes of one space in the other, unit by unit' },
    caption: `Mean squared cosine of the angles between the subspace of a class in ${x.name} and that of a class in ${y.name}, as they lie: bright on the diagonal only where units mean the same in both, as in versions of one encoder.${poolingNote(size, size, 'mean')}`,
    panels: [heatmapPanel('', { rows: size, columns: size, at }, side(x.name), side(y.name), 'mean')],
    scale: { label: 'mean cos²', kind: 'sequential', domain: [0, 1] },
  };
}
