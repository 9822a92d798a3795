import { z } from 'zod';
import { centreInDouble, columnMeans, normaliseInDouble, squaresAbout } from '../../linalg/centre';
import { Matrix } from '../../linalg/matrix';
import { gram } from '../../linalg/products';
import { type Context, defineMethod, type Outcome, type Representation } from '../method';
import { type Classes, classesOf, placesByClass } from '../shared/classes';
import { type Basis, principalAngles, subspaceDistances } from '../shared/grassmann';
import { tangentMap } from '../shared/karcher';
import { percent } from '../shared/pca';
import { constantUnits, rowsOfZeros } from '../shared/warnings';
import {
  type AnglePair,
  anglesFigure,
  anglesTable,
  classTable,
  distantRows,
  energyFigure,
  mapFigure,
  treeFigure,
} from './class-subspaces-figures';
import { precisionOf } from './spectrum';
import { energies, probabilities, refine, type Subspace, subspaceOf } from './subspaces';

const parameters = z.object({
  dimensions: z.int().min(0).max(4096).default(0).meta({
    title: 'Dimensions',
    description:
      'Of the subspace of each class, at most the rank of its rows; 0: the fewest that hold 90 % of their squared length, and half of the units at most.',
  }),
  centre: z.enum(['none', 'mean']).default('none').meta({
    title: 'Centre',
    description:
      'none, as published: a subspace passes through the origin; mean: the mean of all rows is taken off first.',
  }),
  refine: z.int().min(0).max(500).default(0).meta({
    title: 'Steps of refinement',
    description: 'Steepest descent of the cross-entropy over the subspaces, all rows at once.',
  }),
  rate: z.number().positive().max(100).default(0.5).meta({ title: 'Step size', description: 'Of the refinement.' }),
});
type Choice = z.output<typeof parameters>;

const FOLDS = 5;
/** K p k² beyond which K classes of k dimensions are not drawn as a map: it takes up to 50 decompositions of each. */
const MAPPED = 400_000;
/** Subspaces whose widest angle is smaller are one. */
const SAME = 1e-6;
/** Squared lengths of parts of rows of length 1 that differ by less are equal. */
const ROUNDED = 1e-12;
/** Rounding of a row of length 1, over the root of the number of units. */
const ROUNDING = 4 * Number.EPSILON;

export const classSubspaces = defineMethod({
  id: 'class-subspaces',
  kind: 'describe',
  title: 'Class subspaces',
  summary:
    'The subspace that each class of rows spans: how many dimensions, the angles between classes, and which rows lie outside of their own.',
  blindTo: 'sees directions only; classes that differ by their position along one direction share a subspace',
  takes: 'one',
  labels: 'required',
  parameters,
  values: [
    { key: 'mean-chordal', title: 'Mean chordal distance of two classes', range: [0, null] },
    { key: 'least-angle', title: 'Least angle between two classes, degrees', range: [0, 90] },
    { key: 'dimensions', title: 'Mean dimensions of a class', range: [1, null] },
    { key: 'accuracy', title: 'Rows that lie closest to their own subspace', range: [0, 1] },
    { key: 'held-out', title: 'The same, of rows that it was not fitted to', range: [0, 1] },
    { key: 'own-length', title: 'Mean length of a row in its own subspace', range: [0, 1] },
    { key: 'cross-entropy', title: 'Cross-entropy of the lengths (γ = 25)', range: [0, null] },
    { key: 'separation', title: 'Class separation R²', range: [null, 1] },
  ],
  invariances: ['permutation', 'orthogonal', 'scaling', 'sign'],
  symmetric: false,
  cost: 'O(n p min(n, p) + K² p k²) for K classes of k dimensions',
  formula:
    'S_c: leading right singular vectors of the rows of class c, of length 1 and not centred; θ between S_a and S_b from the singular values of S_aᵀS_b and of (I - S_aS_aᵀ)S_b; chordal distance √Σ sin²θ; length of x in S_c = ‖S_cᵀx‖, and closest where it is longest and in no other as long; held out: five folds of each class; cross-entropy: mean -ln softmax(γ ‖S_cᵀx‖) at the own class; R² = 1 - mean cosine distance within classes / mean of all, classes weighing the same, that of a row and itself among them',
  tex: String.raw`\cos\theta_i = \sigma_i(S_a^\top S_b), \qquad d_{\text{chordal}} = \sqrt{\textstyle\sum_i \sin^2\theta_i}, \qquad \ell_c(x) = \gamma\lVert S_c^\top x\rVert`,
  citation:
    'Wang, Wang, Li, Lu, Yan, Zhang (2023). Get the best of both worlds: improving accuracy and transferability by Grassmann class representation. ICCV; Björck, Golub (1973). Numerical methods for computing angles between linear subspaces. Mathematics of Computation 27',
  async run([input], chosen, context) {
    const { name, matrix } = input as Representation;
    const classes = classesOf(context.rows, matrix.rows, 2);
    const count = classes.names.length;
    context.reserve(
      8 * (5 * matrix.rows * matrix.columns + 3 * matrix.rows * count),
      'rows of length 1 and their projections',
    );
    const { matrix: all, zeroRows } = normaliseInDouble(chosen.centre === 'mean' ? centreInDouble(matrix) : matrix);
    const unit = all.takeRows(classes.rows);
    const of = classes.rows.map((place) => classes.of[place] as number);
    const { spaces, bases } = await fitted(unit, of, count, chosen, context);
    const energy = await energies(unit, bases, context);
    const { loss } = probabilities(energy, of);
    context.progress(0.6, 'Angles between classes');
    const pairs = await allAngles(bases, context);
    const map = await mapOf(bases, context);
    const held = await heldOut(unit, of, classes, chosen, context);
    const own = Float64Array.from(of, (c, i) => energy.at(i, c));
    const distances = pairs.map(({ distances: found }) => found);
    const closest = pairs.reduce((best, pair) => (pair.distances.least < best.distances.least ? pair : best));
    const coincide = pairs.filter(({ angles }) => (angles.at(-1) as number) < SAME).length;
    const separation = separationOf(unit, of, count, precisionOf(matrix.isDouble));
    const within = await anglesWithin(unit, of, count, context);
    const degrees = (angle: number) => (angle * 180) / Math.PI;
    const filled = classes.groups.filter(({ length }, c) => (bases[c] as Basis).columns >= length).length;
    const dead = Array.from({ length: matrix.columns }, (_, j) => j).filter((j) =>
      matrix.column(j).every((value) => value === matrix.at(0, j)),
    );
    return {
      values: {
        'mean-chordal': distances.reduce((sum, { chordal }) => sum + chordal, 0) / pairs.length,
        'least-angle': degrees(closest.distances.least),
        dimensions: bases.reduce((sum, { columns }) => sum + columns, 0) / count,
        accuracy: hits(energy, of) / of.length,
        'held-out': held,
        'own-length': own.reduce((sum, value) => sum + Math.sqrt(value) / own.length, 0),
        'cross-entropy': loss,
        separation,
      },
      tables: {
        classes: classTable(classes, spaces, bases, own, of, within),
        angles: anglesTable(classes, pairs),
        'distant-rows': distantRows(classes, energy, of, context),
      },
      figures: [
        anglesFigure(classes, pairs),
        ...(map.drawn ? [mapFigure(classes, map.drawn, map.dimensions, map.cut, context)] : []),
        ...(count > 2 ? [treeFigure(classes, pairs)] : []),
        energyFigure(classes, energy, of),
      ],
      steps: [
        ...(chosen.centre === 'mean' ? ['centred on the mean of all rows'] : ['not centred']),
        'rows of length 1',
        ...(chosen.refine > 0 ? [`${chosen.refine} steps of refinement`] : []),
        ...(map.left ? [map.left] : []),
        'float64',
      ],
      reading: `Classes span ${sizesOf(bases)} of ${matrix.columns} dimensions. ${classes.names[closest.a]} and ${classes.names[closest.b]} share most: ${degrees(closest.distances.least).toFixed(0)}° at the closest. Of rows that the subspaces were not fitted to, ${percent(held)} lie closest to that of their own class.`,
      warnings: [
        ...classes.left,
        ...constantUnits(name, dead, matrix.columns),
        ...rowsOfZeros(name, zeroRows.length, matrix.rows, 'at the origin'),
        ...(separation === null
          ? ['The directions of the rows differ by rounding only: there is no class separation. Centre.']
          : []),
        ...(coincide > 0
          ? [
              `${coincide} of ${pairs.length} pairs of classes span the same subspace: lengths cannot tell them apart. Centre, or take fewer dimensions.`,
            ]
          : []),
        ...(filled > 0
          ? [
              `${filled} ${filled === 1 ? 'class has' : 'classes have'} no more rows than dimensions: each row fits its own subspace perfectly. Read the held-out share, or take fewer dimensions.`,
            ]
          : []),
      ],
    } satisfies Outcome;
  },
});

function sizesOf(bases: readonly Basis[]): string {
  const sizes = bases.map(({ columns }) => columns);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  return least === most ? String(least) : `${least} to ${most}`;
}

async function fitted(unit: Matrix<Float64Array>, of: Int32Array, count: number, chosen: Choice, context: Context) {
  const spaces: Subspace[] = [];
  for (const places of placesByClass(of, count)) {
    context.signal.throwIfAborted();
    spaces.push(await subspaceOf(unit.takeRows(places), chosen.dimensions, context));
  }
  const first = spaces.map(({ basis }) => basis);
  const bases = await refine(unit, of, first, { steps: chosen.refine, rate: chosen.rate }, context);
  return { spaces, bases };
}

async function allAngles(bases: readonly Basis[], context: Context): Promise<AnglePair[]> {
  const pairs: AnglePair[] = [];
  for (const [a, first] of bases.entries()) {
    context.signal.throwIfAborted();
    for (let b = a + 1; b < bases.length; b++) {
      const angles = await principalAngles(first, bases[b] as Basis, context);
      pairs.push({ a, b, angles, distances: subspaceDistances(angles) });
    }
  }
  return pairs;
}

/** The map of all classes by as many leading directions as each has; or why there is none. */
async function mapOf(bases: readonly Basis[], context: Context) {
  const sizes = bases.map(({ columns }) => columns);
  const dimensions = Math.min(...sizes);
  const cut = sizes.some((size) => size > dimensions);
  const work = bases.length * (bases[0]?.rows ?? 0) * dimensions ** 2;
  if (bases.length < 3) return { dimensions, cut, drawn: null, left: null };
  if (work > MAPPED) return { dimensions, cut, drawn: null, left: 'no map of so many classes and dimensions' };
  const leading = Array.from({ length: dimensions }, (_, k) => k);
  const drawn = await tangentMap(
    bases.map((basis) => basis.takeColumns(leading)),
    context,
  );
  return { dimensions, cut, drawn, left: drawn ? null : 'no map: a class is at a right angle to the mean of all' };
}

function hits(energy: Matrix<Float64Array>, of: Int32Array): number {
  return of.reduce((sum, c, i) => {
    const row = energy.row(i);
    return sum + (row.every((value, other) => other === c || value < (row[c] as number) - ROUNDED) ? 1 : 0);
  }, 0);
}

async function heldOut(unit: Matrix<Float64Array>, of: Int32Array, classes: Classes, chosen: Choice, context: Context) {
  const count = classes.names.length;
  const fold = new Int8Array(of.length);
  const seen = new Int32Array(count);
  const order = context.random.permutation(of.length);
  const folds = Math.min(FOLDS, ...classes.groups.map(({ length }) => length));
  for (const i of order) {
    const c = of[i] as number;
    fold[i] = (seen[c] as number) % folds;
    seen[c] = (seen[c] as number) + 1;
  }
  let right = 0;
  for (let held = 0; held < folds; held++) {
    context.progress(0.7 + (0.3 * held) / folds, `Fold ${held + 1} of ${folds}`);
    const places = Int32Array.from(of.keys());
    const [train, test] = [places.filter((i) => fold[i] !== held), places.filter((i) => fold[i] === held)];
    const pick = (chosenRows: Int32Array) => chosenRows.map((i) => of[i] as number);
    const { bases } = await fitted(unit.takeRows(train), pick(train), count, chosen, context);
    right += hits(await energies(unit.takeRows(test), bases, context), pick(test));
  }
  return right / of.length;
}

/**
 * 1 - mean cosine distance within classes / mean over all, classes weighing the same. Of rows of length 1 these are mean squared
 * distances, from the mean of the class and from the mean of all classes: in a narrow cone 1 - cosine would leave no digits.
 * @param precision spacing of the stored numbers at 1
 * @returns null where rows differ by rounding only
 */
function separationOf(unit: Matrix<Float64Array>, of: Int32Array, count: number, precision: number) {
  const centred = centreInDouble(unit);
  const means = Matrix.zeros(count, unit.columns);
  let inside = 0;
  for (const [c, places] of placesByClass(of, count).entries()) {
    const own = centred.takeRows(places);
    means.row(c).set(columnMeans(own));
    // A row of zeros has distance 1 from every row, itself among them.
    const zeros = places.filter((i) => unit.row(i).every((value) => value === 0)).length;
    inside += (meanOf(squaresAbout(own, means.row(c))) + zeros / places.length) / count;
  }
  const between = meanOf(squaresAbout(means, columnMeans(means)));
  const rounding = Math.max(precision, ROUNDING * Math.sqrt(unit.columns)) ** 2;
  return inside + between > rounding ? between / (inside + between) : null;
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Rows of a class whose angles are all taken. */
const COMPARED = 1000;

/** Mean angle in degrees of two rows of each class, of its first 1,000 rows. */
async function anglesWithin(
  unit: Matrix<Float64Array>,
  of: Int32Array,
  count: number,
  context: Context,
): Promise<number[]> {
  const angles: number[] = [];
  for (const places of placesByClass(of, count)) {
    const products = await gram(unit.takeRows(places.subarray(0, COMPARED)), context);
    let sum = 0;
    for (let i = 0; i < products.rows; i++)
      for (let j = i + 1; j < products.rows; j++) sum += Math.acos(Math.max(-1, Math.min(1, products.at(i, j))));
    angles.push((sum * 360) / Math.PI / (products.rows * (products.rows - 1)));
  }
  return angles;
}
