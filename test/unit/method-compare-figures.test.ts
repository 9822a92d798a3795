/** What the compare measures show: figures that agree with the values, rows that are the rows of the files. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import type { Outcome, Rows } from '../../src/methods/method';
import type { Figure, Heatmap, Line, Scatter } from '../../src/protocol/figures';
import { runMethod, type Surroundings } from './run-method';

const ROWS = 30;
const X = gaussian(ROWS, 5, 1);
const Y = gaussian(ROWS, 4, 2);
const SAME_WIDTH = gaussian(ROWS, 5, 3);
const LABELLED: Rows = {
  index: Int32Array.from({ length: ROWS }, (_, i) => 100 + i),
  names: Array.from({ length: ROWS }, (_, i) => `word${i}`),
  labels: {
    kind: 'category',
    name: 'class',
    categories: ['odd', 'even'],
    index: Int32Array.from({ length: ROWS }, (_, i) => (i + 1) % 2),
  },
};

function gaussian(rows: number, columns: number, seed: number): Matrix<Float64Array> {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );
}

function run(id: string, x: Matrix, y: Matrix, parameters = {}, given: Surroundings = {}): Promise<Outcome> {
  const method = catalogue.find((candidate) => candidate.id === id);
  if (method === undefined) throw new Error(`No method ${id}.`);
  return runMethod(method, [x, y], parameters, given);
}

function figure<F extends Figure>({ figures }: Outcome, id: string): F {
  const found = figures?.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`No figure ${id}.`);
  return found as F;
}

describe('aligned planes', () => {
  test('show the rows of the files, with their names and labels', async () => {
    const scatter = figure<Scatter>(await run('procrustes', X, Y, {}, { rows: LABELLED }), 'aligned-planes');
    expect(scatter.rows).toEqual(Array.from(LABELLED.index));
    expect(scatter.names).toEqual(LABELLED.names);
    expect(scatter.labels).toMatchObject({ kind: 'category', categories: ['odd', 'even'] });
    expect(scatter.panels.map(({ xs, ys }) => [xs.length, ys.length])).toEqual([
      [ROWS, ROWS],
      [ROWS, ROWS],
    ]);
    expect(scatter.panels[0]?.x.label).toMatch(/^PC 1 \(\d+ % of variance\)$/);
  });

  test('name their axes by the share of their own variance', async () => {
    // Cross-shaped, and XᵀY is diagonal and positive: nothing is turned, the axes are the units.
    const cross = (x: number, y: number) => new Matrix(Float64Array.of(x, 0, -x, 0, 0, y, 0, -y), 4, 2);
    const { panels } = figure<Scatter>(await run('procrustes', cross(3, 1), cross(1, 2)), 'aligned-planes');
    expect(panels.map(({ x, y }) => [x.label, y.label])).toEqual([
      ['PC 1 (90 % of variance)', 'PC 2 (10 % of variance)'],
      ['along PC 1 of a (20 % of variance)', 'along PC 2 of a (80 % of variance)'],
    ]);
  });

  test('lie on each other where one space is the other, turned, scaled and shifted', async () => {
    const [c, s] = [Math.cos(1), Math.sin(1)];
    const turned = Matrix.of(
      Array.from({ length: ROWS }, (_, i) => {
        const [a, b, ...rest] = [...X.row(i)] as [number, number, ...number[]];
        return [3 * (c * a - s * b) + 7, 3 * (s * a + c * b), ...rest.map((v) => 3 * v)];
      }),
    );
    const { panels } = figure<Scatter>(await run('procrustes', X, turned), 'aligned-planes');
    for (const key of ['xs', 'ys'] as const)
      for (let i = 0; i < ROWS; i++) expect(panels[1]?.[key][i]).toBeCloseTo(panels[0]?.[key][i] as number, 5);
  });

  test('a sample is drawn of very many rows, and it is said', async () => {
    const [many, others] = [gaussian(10_050, 2, 1), gaussian(10_050, 2, 2)];
    const drawn = async (seed: number) =>
      figure<Scatter>(await run('procrustes', many, others, {}, { seed }), 'aligned-planes');
    const scatter = await drawn(3);
    expect(scatter.rows).toHaveLength(10_000);
    expect([...scatter.rows].sort((a, b) => a - b)).toEqual(scatter.rows);
    expect(new Set(scatter.rows).size).toBe(10_000);
    expect(scatter.caption).toMatch(/10,000 of 10,050 rows, chosen at random/);
    expect((await drawn(3)).rows).toEqual(scatter.rows);
    expect((await drawn(4)).rows).not.toEqual(scatter.rows);
  });

  test('the rows left farthest apart are listed first', async () => {
    const odd = new Matrix(X.data.slice(), ROWS, 5);
    odd.row(17).fill(9);
    const table = (await run('procrustes', X, odd, {}, { rows: LABELLED })).tables?.residuals;
    expect(table?.columns.slice(0, 2)).toEqual(['row', 'name']);
    expect(table?.rows[0]?.slice(0, 2)).toEqual([117, 'word17']);
    const shares = table?.rows.map((row) => Number(row.at(-1))) ?? [];
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  });
});

test('the parts of linear CKA that components make add up to the value', async () => {
  const outcome = await run('linear-cka', X, Y);
  const parts = figure<Line>(outcome, 'cka-by-components').series[0]?.y ?? [];
  expect(parts.at(-1)).toBeCloseTo(outcome.values.cka as number, 5);
  const overlap = figure<Heatmap>(outcome, 'component-overlap').panels[0];
  expect(overlap?.shape).toEqual([5, 4]);
  // The components of the wider space are orthonormal: what they take of one of the others is at most all of it.
  for (let j = 0; j < 4; j++) {
    const column = [0, 1, 2, 3, 4].map((i) => Number(overlap?.values[4 * i + j]));
    expect(column.reduce((sum, v) => sum + v, 0)).toBeLessThanOrEqual(1 + 1e-5);
  }
});

test('dissimilarity matrices are ranks from 0 to 1, rows sorted by label', async () => {
  const heatmap = figure<Heatmap>(await run('rsa', X, X, {}, { rows: LABELLED }), 'rdms');
  const [first, second] = heatmap.panels;
  expect(first?.values).toEqual(second?.values);
  expect(first?.rows.ticks?.slice(14, 16)).toEqual(['odd', 'even']);
  const drawn = first?.values.map(Number) ?? [];
  expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([0, 1]);
  for (let i = 0; i < ROWS; i++) for (let j = 0; j < ROWS; j++) expect(drawn[i * ROWS + j]).toBe(drawn[j * ROWS + i]);
  const line = figure<Line>(await run('rsa', X, X), 'rank-by-rank').series[0];
  line?.x.forEach((x, k) => {
    expect(line.y[k]).toBeCloseTo(x, 1);
  });
});

test('rows without a number come last where rows are sorted by one', async () => {
  const values = Float64Array.from({ length: ROWS }, (_, i) => (i % 3 === 1 ? Number.NaN : ROWS - i));
  const rows: Rows = { index: LABELLED.index, labels: { kind: 'number', name: 'age', values } };
  const ticks = figure<Heatmap>(await run('rsa', X, X, {}, { rows }), 'rdms').panels[0]?.rows.ticks?.map(Number);
  const known = [...values.keys()].filter((i) => !Number.isNaN(values[i])).reverse();
  const missing = [...values.keys()].filter((i) => Number.isNaN(values[i]));
  expect(ticks).toEqual([...known, ...missing].map((i) => 100 + i));
});

test('a unit and its opposite stand at 180 degrees, however they are rounded', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const x = gaussian(7, 1, seed);
    const { values } = await run('permutation-procrustes', x, x.map((value) => -3.3 * value) as Matrix);
    expect(values.distance).toBeCloseTo(Math.PI, 6);
  }
});

test('shared neighbours: the distribution has the value as its mean, chance its own', async () => {
  const outcome = await run('mutual-knn', X, Y, { neighbours: 6 }, { rows: LABELLED });
  const [rows, chance] = figure<Line>(outcome, 'shared-neighbours').series;
  const mean = (series: typeof rows) => series?.x.reduce((sum, m, k) => sum + m * Number(series.y[k]), 0) as number;
  expect(mean(rows) / 6).toBeCloseTo(outcome.values.similarity as number, 5);
  expect(mean(chance) / 6).toBeCloseTo(6 / 29, 5);
  expect(figure<Line>(outcome, 'agreement-by-size').series[0]?.y.at(-1)).toBeCloseTo(
    outcome.values.similarity as number,
    5,
  );
  const shared = outcome.tables?.['least-agreement']?.rows.map((row) => Number(row.at(-1))) ?? [];
  expect([...shared].sort((a, b) => a - b)).toEqual(shared);
});

test('figures carry at most six significant digits', async () => {
  for (const { id } of catalogue.filter(({ kind, takes }) => kind === 'compare' && takes === 'pair')) {
    // These draw what only spaces of one width have.
    const other = ['output-disagreement', 'class-subspace-similarity', 'view-alignment'].includes(id) ? SAME_WIDTH : Y;
    const outcome = await run(id, X, other, {}, { rows: LABELLED });
    expect(outcome.figures ?? [], id).not.toEqual([]);
    for (const number of JSON.stringify(outcome.figures).match(/-?\d+\.\d+(e[-+]?\d+)?/g) ?? [])
      expect(Number(Number(number).toPrecision(6)), `${id}: ${number}`).toBe(Number(number));
  }
});

test('warnings: ties at the last neighbour, repeated rows, chance that is high, few rows', async () => {
  const doubled = X.takeRows(Array.from({ length: ROWS }, (_, i) => Math.floor(i / 2)));
  const { warnings } = await run('mutual-knn', doubled, Y, { neighbours: 2 });
  expect(warnings?.join('\n')).toMatch(/15 of 30 rows of a repeat an earlier row exactly/);
  expect(warnings?.join('\n')).toMatch(/rows of a the neighbour at place 2 is tied/);
  expect((await run('mutual-knn', X, Y, { neighbours: 20 })).warnings?.join()).toMatch(/by chance alone. Use fewer/);
  const wide = await run('linear-cka', gaussian(12, 40, 1), gaussian(12, 40, 2));
  expect(wide.warnings?.join()).toMatch(/linear CKA is high for anything: rows paired at random give 0\.\d\d/);
  expect(wide.reading).toMatch(/no more alike in geometry than rows paired at random/);
  expect((await run('procrustes', gaussian(12, 40, 1), gaussian(12, 40, 2))).warnings?.join()).toMatch(
    /fits almost anything/,
  );
  expect((await run('linear-cka', X.slice(0, 6), Y.slice(0, 6))).warnings).toContain(
    'Only 6 rows: too few to tell likeness from accident.',
  );
});

test.each([
  ['the same', X.map(() => 2.5) as Matrix],
  [
    'equally far from each other',
    new Matrix(
      Float64Array.from({ length: ROWS ** 2 }, (_, k) => (k % (ROWS + 1) === 0 ? 2 : 1)),
      ROWS,
      ROWS,
    ),
  ],
])('neighbourhoods in a space whose rows are all %s are read as nothing', async (_, none) => {
  for (const id of [
    'mutual-knn',
    'jaccard-knn',
    'cycle-knn',
    'rank-similarity',
    'neighbour-order',
    'second-order-cosine',
    'cknna',
  ])
    for (const [x, y] of [
      [X, none],
      [none, X],
    ] as const) {
      const { reading, warnings } = await run(id, x, y, { neighbours: 6 });
      expect(reading, id).toBeUndefined();
      expect(warnings?.join(), id).toMatch(
        /The neighbours of all 30 rows of [ab] are tied: the lowest rows were taken/,
      );
    }
  expect((await run('mutual-knn', X, Y, { neighbours: 6 })).reading).toMatch(/^Neighbourhoods agree/);
});

test('asking for more components than there are keeps all, and says so', async () => {
  const outcome = await run('svcca', X, Y, { dimensions: 5 });
  expect(outcome.warnings).toEqual(['b has 4 directions only; all were kept instead of 5.']);
});
