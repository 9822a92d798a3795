import { z } from 'zod';
import { assign } from '../../linalg/assignment';
import { centreInDouble } from '../../linalg/centre';
import type { Matrix } from '../../linalg/matrix';
import { dot, frobeniusSquared } from '../../linalg/norms';
import { crossProduct } from '../../linalg/products';
import { plural } from '../../protocol/words';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { inOneRange, inRange, rangeExponent } from '../shared/centred';
import { type Contributions, contributed, partsOfRoot } from '../shared/contributions';
import { scorePairs } from '../shared/pairs';
import { inWords } from '../shared/reading';
import { sortedLine } from '../shared/sorted-line';
import { constantColumns, fewRows } from '../shared/warnings';

const parameters = z.object({
  form: z.enum(['angle', 'centred-distance', 'distance']).default('angle').meta({
    title: 'Form',
    description:
      'angle: columns centred, scale ignored, in radians. centred-distance: columns centred, units kept. distance: the data as they are.',
  }),
});
type Form = z.output<typeof parameters>['form'];

export const permutationProcrustes = defineMethod({
  id: 'permutation-procrustes',
  kind: 'compare',
  title: 'Permutation Procrustes',
  summary: 'What is left between two spaces when units may only be reordered, not rotated.',
  blindTo: 'a rotation within a layer counts as a difference, though it carries the same information',
  takes: 'pair',
  parameters,
  values: [
    { key: 'distance', title: 'Distance after the best permutation', range: [0, null], better: 'lower', self: 0 },
  ],
  invariances: ['permutation', 'scaling', 'translation'],
  symmetric: true,
  cost: 'O(npq + max(p, q)³)',
  formula:
    'arccos(max over permutations Π of tr(ΠᵀXᵀY) / (‖X‖ ‖Y‖)), columns centred; or √(‖X‖² + ‖Y‖² - 2 max tr(ΠᵀXᵀY)); the narrower padded with zeros; Π by linear assignment (the Hungarian problem)',
  tex: String.raw`\arccos \max_{\Pi} \frac{\operatorname{tr}(\Pi^\top X^\top Y)}{\lVert X\rVert_F\,\lVert Y\rVert_F}`,
  citation:
    'Williams, Kunz, Kornblith, Linderman (2021). Generalized shape metrics on neural representations. NeurIPS. arXiv:2110.14739',
  async run(inputs, { form }, context) {
    const [x, y] = inputs as [Representation, Representation];
    const rows = x.matrix.rows;
    const warnings = [...constantColumns(x), ...constantColumns(y), ...fewRows(rows)];
    const [p, q] = [x.matrix.columns, y.matrix.columns];
    if (p !== q) {
      const rest = plural(Math.abs(p - q), 'unit');
      warnings.push(
        `The widths differ (${p} and ${q}): ${rest} of ${p > q ? x.name : y.name} without a partner ${Math.abs(p - q) === 1 ? 'counts' : 'count'} as paired with zeros.`,
      );
    }
    context.reserve(8 * (2 * rows * (p + q) + 4 * p * q), 'the products of all pairs of units');
    const { x: a, y: b, unit } = inOneRange(pointsOf(x, form), pointsOf(y, form));
    const steps = [form === 'distance' ? 'not centred' : 'columns centred', 'float64'];
    const { value, pairs } = await distanceOf(a, b, form, unit, context);
    const area = unit ** 2 * (form === 'angle' ? 2 ** (rangeExponent(x.matrix) + rangeExponent(y.matrix)) : 1);
    const cosines = cosinesOf(a, b, pairs);
    if (value === null)
      return { values: { distance: null }, steps, warnings: [...warnings, `Permutation Procrustes: ${NO_ANGLE}.`] };
    const own =
      form === 'angle' ? null : contributed(contributionsOf(a, b, pairs, value), [x, y], 'the distance', context);
    return {
      values: { distance: value },
      tables: {
        ...own?.tables,
        matches: {
          title: 'Matched units',
          columns: ['unit', 'partner', 'product'],
          rows: pairs.map(([i, j, product]) => [i, j, product * area]),
        },
      },
      figures: [
        sortedLine(
          {
            id: 'matched-cosines',
            title: 'How alike matched units are',
            caption:
              'Cosine of the two columns of each matched pair, which the permutation adds up weighted by their lengths.',
            of: 'matched pairs',
            y: { label: 'cosine of the columns', domain: [Math.min(0, ...cosines), 1] },
          },
          [{ name: 'matched units', values: cosines }],
        ),
        ...(own?.figures ?? []),
      ],
      steps,
      reading: reading(value, form),
      warnings,
    } satisfies Outcome;
  },
  sweep: (rows, columns, { form }, context) =>
    scorePairs(
      rows,
      columns,
      context,
      async (input) => pointsOf(input, form),
      async (a, b) => {
        const { x, y, unit } = inOneRange(a, b);
        const { value } = await distanceOf(x, y, form, unit, context);
        return value === null ? { value, warning: NO_ANGLE } : { value };
      },
      ({ matrix }) => 8 * matrix.data.length,
    ),
});

const NO_ANGLE = 'one of them has the same value in every row and so no direction';

function pointsOf({ matrix }: Representation, form: Form): Matrix<Float64Array> {
  if (form === 'distance') return matrix.toDouble();
  return centreInDouble(form === 'angle' ? inRange(matrix) : matrix);
}

/** @param unit what distances are in units of */
async function distanceOf(
  x: Matrix<Float64Array>,
  y: Matrix<Float64Array>,
  form: Form,
  unit: number,
  context: Context,
) {
  const { signal } = context;
  const products = await crossProduct(x, y, { signal });
  const partners = assign(products, { maximise: true, signal });
  // What would be matched against its sign is better left to the zeros of the padding, where there are any.
  const pairs = [...partners.keys()].flatMap((unit) => {
    const partner = partners[unit] as number;
    return partner < 0 ? [] : [[unit, partner, products.at(unit, partner)] as const];
  });
  const trace = pairs.reduce((sum, [, , product]) => sum + product, 0);
  const [xx, yy] = [frobeniusSquared(x), frobeniusSquared(y)];
  if (form !== 'angle') return { value: unit * Math.sqrt(residual(x, y, pairs)), pairs };
  if (!(xx > 0 && yy > 0)) return { value: null, pairs };
  const cosine = trace / Math.sqrt(xx * yy);
  // Rounding alone can carry it past -1.
  if (cosine <= 0.9) return { value: Math.acos(Math.max(-1, cosine)), pairs };
  // Near zero the arc cosine loses half of its digits: the chord of the two unit vectors does not.
  const chord = residual(x, y, pairs, Math.sqrt(xx), Math.sqrt(yy));
  return { value: 2 * Math.asin(Math.min(1, Math.sqrt(chord) / 2)), pairs };
}

type Pairs = readonly (readonly [number, number, number])[];

/** ‖X / a - YΠ / b‖², summed entry by entry; a unit without a partner counts whole. */
function residual(x: Matrix, y: Matrix, pairs: Pairs, a = 1, b = 1): number {
  let sum = 0;
  eachResidual(x, y, pairs, a, b, (_, __, ___, square) => {
    sum += square;
  });
  return sum;
}

/** @param take the row, the unit of X and that of Y, -1 where there is none, and the square of their difference */
function eachResidual(
  x: Matrix,
  y: Matrix,
  pairs: Pairs,
  a: number,
  b: number,
  take: (row: number, unit: number, partner: number, square: number) => void,
): void {
  const free = new Set(Array.from({ length: y.columns }, (_, j) => j));
  const partner = new Map(pairs.map(([unit, other]) => [unit, other]));
  for (const other of partner.values()) free.delete(other);
  for (let i = 0; i < x.rows; i++) {
    for (let j = 0; j < x.columns; j++) {
      const other = partner.get(j) ?? -1;
      take(i, j, other, (x.at(i, j) / a - (other < 0 ? 0 : y.at(i, other) / b)) ** 2);
    }
    for (const j of free) take(i, -1, j, (y.at(i, j) / b) ** 2);
  }
}

/**
 * What rows and matched units add to the distance, the root of a sum of squares: in proportion to theirs. A side has parts for its
 * units where each unit of the other side is matched to one of them. An angle is no sum of the kind.
 */
function contributionsOf(x: Matrix, y: Matrix, pairs: Pairs, distance: number): Contributions {
  const lists = [x.rows, x.columns, y.columns].map((size) => new Float64Array(size)) as Lists;
  const [left, right] = [pairs.length === y.columns, pairs.length === x.columns];
  const add = (list: Float64Array, i: number, square: number) => {
    if (i >= 0) list[i] = (list[i] as number) + square;
  };
  eachResidual(x, y, pairs, 1, 1, (row, unit, partner, square) => {
    add(lists[0], row, square);
    add(lists[1], unit, square);
    add(lists[2], partner, square);
  });
  const [rows, ofX, ofY] = lists.map((list) => partsOfRoot(list, distance)) as Lists;
  return { rows, units: [left ? ofX : undefined, right ? ofY : undefined] };
}

type Lists = [Float64Array, Float64Array, Float64Array];

/** Of each pair of columns; 0 where one of them is all zeros. */
function cosinesOf(x: Matrix, y: Matrix, pairs: Pairs): number[] {
  const lengths = (m: Matrix) => Array.from({ length: m.columns }, (_, j) => dot(m.column(j), m.column(j)));
  const [a, b] = [lengths(x), lengths(y)];
  return pairs.map(([unit, partner, product]) => {
    const norm = Math.sqrt((a[unit] as number) * (b[partner] as number));
    return norm > 0 ? product / norm : 0;
  });
}

function reading(value: number, form: Form): string {
  if (form === 'angle')
    return `With units only reordered the two spaces stand at ${inWords((value * 180) / Math.PI)} degrees to each other, of 0 for the same units and 90 for units that have nothing in common.`;
  return `With units only reordered, ${inWords(value)} is left between the two spaces, in the units of the data; a difference of scale counts as a difference.`;
}
