/** The Poincaré ball and δ-hyperbolicity: published numbers, identities, NumPy. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { hyperbolicity } from '../../src/methods/describe/hyperbolicity';
import { gromovDelta } from '../../src/methods/shared/gromov';
import {
  conformal,
  expAt,
  expCentre,
  frechetMean,
  logAt,
  logCentre,
  midpoint,
  mobiusAdd,
  negative,
  poincareDistance,
  varianceAbout,
} from '../../src/methods/shared/poincare';
import { poincare } from '../../src/methods/transform/poincare';
import { allDigits } from '../unit/all-digits';
import { rowsOf } from '../unit/labelled-rows';
import { figureOf, runMethod } from '../unit/run-method';
import reference from './reference/entropy.json';

const at = (...values: number[]) => Float64Array.from(values);
const [a, b, c, d] = [at(0.3, 0.4), at(0, -0.5), at(0.1, 0), at(0.1, 0.7)];

describe('the ball', () => {
  test.each([
    [a, d, 1.11836709],
    [b, at(0.6, 0.1), 2.07565486],
    [c, at(-0.2, 0.3), 0.88512291],
    [at(0, 0), a, 1.09861229],
  ])('distances, in both forms', (x, y, expected) => {
    expect(poincareDistance(x, y, 1)).toBeCloseTo(expected, 8);
    expect(2 * Math.atanh(Math.hypot(...mobiusAdd(negative(x), y, 1)))).toBeCloseTo(expected, 8);
  });

  test('maps at the centre and elsewhere undo each other', () => {
    expectNear(expCentre(a, 1), [0.27727029, 0.36969373]);
    for (const curvature of [1, 0.1]) {
      expectNear(logCentre(expCentre(a, curvature), curvature), [...a], 14);
      expectNear(expAt(b, logAt(b, a, curvature), curvature), [...a], 13);
      const v = logAt(b, a, curvature);
      const length = conformal(b, curvature) * Math.hypot(...v);
      expect(length).toBeCloseTo(poincareDistance(b, a, curvature), 12);
    }
  });

  test('midpoints and the Fréchet mean', () => {
    const middle = midpoint([a, b, c], 1);
    const mean = frechetMean([a, b, c], 1);
    expectNear(middle, [0.11676125, -0.03107356]);
    expectNear(mean, [0.11664224, -0.02783457]);
    expect(varianceAbout([a, b, c], middle, 1)).toBeCloseTo(0.74674726, 8);
    expect(varianceAbout([a, b, c], mean, 1)).toBeCloseTo(0.74670273, 8);
    const two = midpoint([a, b], 1);
    expectNear(two, [0.12198401, -0.04066134]);
    for (const end of [a, b]) expect(poincareDistance(two, end, 1)).toBeCloseTo(1.05687412, 8);
    expect(poincareDistance(a, b, 1)).toBeCloseTo(2 * 1.05687412, 7);
  });

  test('a layer of half the identity is the identity, with λ over and not times 1 - c‖x‖²', () => {
    /** yₖ = wₖ / (1 + √(1 + c‖w‖²)), w = sinh(√c v) / √c, vₖ = 2‖z‖ / √c arsinh(√c λ xₖ), z half a unit vector. */
    const layer = (x: Float64Array, lambda: number, curvature: number) => {
      const root = Math.sqrt(curvature);
      const w = x.map((value) => Math.sinh(Math.asinh(root * lambda * value)) / root);
      const length = curvature * w.reduce((sum, value) => sum + value * value, 0);
      return w.map((value) => value / (1 + Math.sqrt(1 + length)));
    };
    for (const curvature of [1, 0.1])
      for (const x of [a, b, c]) expectNear(layer(x, conformal(x, curvature), curvature), [...x], 15);
    const wrong = 2 * (1 - 0.25);
    const error = layer(a, wrong, 1).map((value, k) => (a[k] as number) - value);
    expectNear(layer(a, wrong, 1), [0.2, 0.266667], 6);
    expect(Math.hypot(...error)).toBeCloseTo(0.167, 3);
    const less = layer(a, 2 * (1 - 0.1 * 0.25), 0.1).map((value, k) => (a[k] as number) - value);
    expect(Math.hypot(...less)).toBeCloseTo(0.024, 3);
  });
});

/** All distances of n points. */
const metric = (n: number, of: (i: number, j: number) => number) =>
  Float64Array.from({ length: n * n }, (_, k) => of(Math.floor(k / n), k % n));

describe('δ', () => {
  test('of a tree, of a cycle, of a square', () => {
    // A binary tree of 31 nodes.
    const depth = (i: number) => Math.floor(Math.log2(i + 1));
    const apart = (i: number, j: number): number => {
      if (i === j) return 0;
      return depth(i) >= depth(j) ? 1 + apart((i - 1) >> 1, j) : 1 + apart(i, (j - 1) >> 1);
    };
    for (const base of [0, 7, 30]) expect(gromovDelta(metric(31, apart), 31, base)).toBe(0);
    const cycle = metric(8, (i, j) => Math.min((i - j + 8) % 8, (j - i + 8) % 8));
    expect(gromovDelta(cycle, 8, 0)).toBe(2);
    const corner = (i: number) => [i & 1, i >> 1] as const;
    const square = metric(4, (i, j) => Math.hypot(corner(i)[0] - corner(j)[0], corner(i)[1] - corner(j)[1]));
    expect(gromovDelta(square, 4, 0)).toBeCloseTo(0.41421356, 8);
  });

  test('is the largest of all quadruples with the base point', () => {
    const random = new Random(9);
    const points = Array.from({ length: 14 }, () => [random.normal(), random.normal(), random.normal()]);
    const distances = metric(14, (i, j) =>
      Math.hypot(...[0, 1, 2].map((k) => (points[i]?.[k] as number) - (points[j]?.[k] as number))),
    );
    const d = (i: number, j: number) => distances[14 * i + j] as number;
    let most = 0;
    for (let x = 0; x < 14; x++)
      for (let y = 0; y < 14; y++)
        for (let z = 0; z < 14; z++) {
          const sums = [d(x, y) + d(z, 5), d(x, z) + d(y, 5), d(y, z) + d(x, 5)].sort((a, b) => b - a);
          most = Math.max(most, ((sums[0] as number) - (sums[1] as number)) / 2);
        }
    expect(gromovDelta(distances, 14, 5)).toBeCloseTo(most, 12);
  });

  test('of a flat disc and of a hyperbolic one', async () => {
    const random = new Random(3);
    const directions = Array.from({ length: 300 }, () => 2 * Math.PI * random.uniform());
    const flat = Matrix.of(
      directions.map((t) => {
        const radius = Math.sqrt(random.uniform());
        return [radius * Math.cos(t), radius * Math.sin(t)];
      }),
    );
    // From one base point δ is between half of, and all of, that of the inscribed square: (√2 - 1) √2 of a diameter of 2.
    const { values } = await runMethod(hyperbolicity, [flat], { draws: 2 });
    expect(values.relative as number).toBeGreaterThan((2 - Math.SQRT2) / 2);
    expect(values.relative as number).toBeLessThan(2 - Math.SQRT2);
    // Uniform within hyperbolic radius 8: the area grows with cosh r - 1.
    const deep = directions.map((t) => {
      const r = Math.acosh(1 + random.uniform() * (Math.cosh(8) - 1));
      return [Math.tanh(r / 2) * Math.cos(t), Math.tanh(r / 2) * Math.sin(t)];
    });
    const points = deep.map((point) => Float64Array.from(point));
    const distances = metric(300, (i, j) => poincareDistance(points[i] as Float64Array, points[j] as Float64Array, 1));
    const delta = gromovDelta(distances, 300, 0);
    expect(delta).toBeLessThan(Math.log(1 + Math.SQRT2));
    expect(Math.abs(delta - Math.LN2)).toBeLessThan(0.002);
    expect(Math.abs((2 * delta) / distances.reduce((m, v) => Math.max(m, v)) - 0.087)).toBeLessThan(0.002);
  });
});

describe('the disc', () => {
  test('by NumPy: lifted, centred, projected, judged', async () => {
    const rows = rowsOf(allDigits.of.slice(0, 200));
    const outcome = await runMethod(poincare, [allDigits.pixels.slice(0, 200)], {}, { rows });
    for (const [key, value] of Object.entries(reference.poincare))
      expect(outcome.values[key], key).toBeCloseTo(value, 9);
    const [panel] = figureOf(outcome, 'scatter', 'disc').panels;
    expect(panel?.disc?.length).toBeGreaterThan(0);
    expect(panel?.xs.every((x, i) => Math.hypot(x, panel.ys[i] as number) < 1)).toBe(true);
    expect(outcome.tables?.classes?.rows).toHaveLength(11);
  });

  test('a regular polygon is on the disc what it is in the ball: of two equally near rows the lower', async () => {
    const turn = (i: number) => [0.5 * Math.cos((Math.PI * i) / 12), 0.5 * Math.sin((Math.PI * i) / 12)];
    const x = Matrix.of(Array.from({ length: 24 }, (_, i) => turn((7 * i) % 24)));
    const { values } = await runMethod(poincare, [x], { input: 'ball', normalise: 'none' });
    for (const key of ['kept-neighbours', 'distance-preservation', 'shepard'])
      expect(values[key], key).toBeCloseTo(1, 12);
  });

  test('few rows: neighbours are fewer than all others, by which chance goes too', async () => {
    const { values, chance, warnings } = await runMethod(poincare, [allDigits.pixels.slice(0, 5)]);
    expect(values['kept-neighbours']).toBeLessThan(1);
    expect(chance?.['kept-neighbours']?.level).toBe(3 / 4);
    expect(warnings?.join(' ')).toContain('3 neighbours of each row are judged');
  });

  test('points of the ball are taken as they are; what is outside is refused', async () => {
    const x = Matrix.of([
      [0.3, 0.4],
      [0, -0.5],
      [0.1, 0],
      [-0.6, 0.2],
    ]);
    const { representations } = await runMethod(poincare, [x], { input: 'ball', normalise: 'none' });
    expect(representations?.[1]?.matrix).toEqual(x);
    await expect(
      runMethod(
        poincare,
        [
          Matrix.of([
            [0.3, 0.4],
            [0.9, 0.5],
          ]),
        ],
        { input: 'ball' },
      ),
    ).rejects.toThrow('Row 1 of a has length 1.030');
  });
});

function expectNear(found: Float64Array, expected: readonly number[], digits = 8): void {
  expect(found).toHaveLength(expected.length);
  for (const [k, value] of expected.entries()) expect(found[k]).toBeCloseTo(value, digits);
}
