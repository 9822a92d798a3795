import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { Random } from '../../src/linalg/random';
import { jaccardChance } from '../../src/methods/compare/agreement';
import { anchorCurve } from '../../src/methods/compare/anchor-curve';
import { relativeAgreement } from '../../src/methods/compare/relative-agreement';
import { farthestPoints } from '../../src/methods/sample/farthest';
import { kmeansRows } from '../../src/methods/sample/kmeans';
import { parseRows } from '../../src/methods/sample/rows';
import { digits6, heatmapPanel, poolingNote } from '../../src/methods/shared/image';
import { retrieve } from '../../src/methods/shared/retrieval';
import { seriate } from '../../src/methods/transform/projection';
import { relative } from '../../src/methods/transform/relative';
import { contextFor, figureOf, runMethod } from './run-method';

const given = (rows: string) => ({ 'anchor-selection': 'rows', 'anchor-rows': rows });
const all = (n: number) => Int32Array.from({ length: n }, (_, i) => i);

describe('anchor rows', () => {
  const read = (text: string, n = 10) => [...parseRows(text, all(n)).rows];

  test('are numbers and Python slices', () => {
    expect(read('0,4,8')).toEqual([0, 4, 8]);
    expect(read('0:3300:11', 30)).toEqual([0, 11, 22]);
    expect(read(' 7 , 2:4')).toEqual([7, 2, 3]);
    expect(read('::3')).toEqual([0, 3, 6, 9]);
    expect(read('-3:')).toEqual([7, 8, 9]);
    expect(read('-1,:-8')).toEqual([9, 0, 1]);
    expect(read('3,3,2:5')).toEqual([3, 2, 4]);
  });

  test('are numbered as in the file', () => {
    const index = Int32Array.of(100, 101, 103, 104);
    expect(parseRows('103,100', index)).toEqual({ rows: Int32Array.of(2, 0), left: 0 });
    expect(parseRows('100:105', index)).toEqual({ rows: Int32Array.of(0, 1, 2, 3), left: 1 });
    expect(() => parseRows('102', index)).toThrow('Row 102 cannot be an anchor');
    expect(() => parseRows('0:50', index)).toThrow('names no row in use (100 to 104)');
  });

  test.each(['x', '1.5', '0:9:0', '9:0:-1', '1,', '0:1:2:3', 'NaN'])('refuses %s', (text) => {
    expect(() => read(text)).toThrow('is not a row number or a slice');
  });

  test('refuses rows beyond the end, and an empty choice', async () => {
    expect(() => read('10')).toThrow('0 to 9');
    expect(() => read('-11')).toThrow('Row -11');
    const x = blobs(12, 3);
    await expect(runMethod(relative, [x], { 'anchor-selection': 'rows' })).rejects.toThrow('no anchor rows are given');
  });

  test('that are not used are said to be', async () => {
    const { warnings } = await runMethod(relative, [blobs(12, 3)], { 'anchor-rows': '0,4', anchors: 5 });
    expect(warnings).toContain('The anchor rows "0,4" were not used: the anchor selection is uniform. Set it to rows.');
  });

  test.each([
    [
      { 'anchor-file': 'a.anchors.json' },
      'file "a.anchors.json" was not used: the anchor selection is uniform. Set it to file.',
    ],
    [
      { 'anchor-column-file': 'often.csv' },
      'column file "often.csv" was not used: the anchor selection is uniform. Set it to top or stratified.',
    ],
    [
      { 'anchor-pool': 9, 'anchor-selection': 'kmeans' },
      'pool of 9 rows was not used: the anchor selection is kmeans. Set it to top.',
    ],
  ])('nor is what chooses anchors otherwise: %j', async (chosen, told) => {
    const { warnings } = await runMethod(relative, [blobs(12, 3)], { ...chosen, anchors: 5 });
    expect(warnings).toContain(`The anchor ${told}`);
    const untouched = await runMethod(relative, [blobs(12, 3)], { anchors: 5 });
    expect(untouched.warnings?.join()).not.toContain('not used');
  });
});

describe('k-means anchors', () => {
  test('take one row of each cluster, the one nearest to its centre', async () => {
    const x = blobs(60, 4);
    for (let seed = 0; seed < 5; seed++) {
      const rows = await kmeansRows(x, 4, new Random(seed));
      expect([...rows].map((row) => row % 4).sort()).toEqual([0, 1, 2, 3]);
      for (const row of rows) expect(row).toBe(nearestToMean(x, row % 4, 4));
    }
  });

  test('see the length of rows that are not of unit length', async () => {
    const line = Matrix.of([[0.9], [1], [1.1], [1.9], [2], [2.1], [9.9], [10], [10.1]]);
    expect([...(await kmeansRows(line, 3, new Random(1)))].sort()).toEqual([1, 4, 7]);
  });

  test('never take a row twice, even where rows coincide', async () => {
    const same = new Matrix(new Float64Array(40).fill(1), 20, 2);
    expect(new Set(await kmeansRows(same, 7, new Random(0))).size).toBe(7);
    expect(await kmeansRows(same, 50, new Random(0))).toHaveLength(20);
    expect(new Set(farthestPoints(same, 7, 3)).size).toBe(7);
  });
});

describe('retrieval', () => {
  const unit = Matrix.of([
    [1, 0],
    [1, 0],
    [0, 1],
    [1, 0],
  ]);

  test('gives tied rows the middle rank and the lowest indices first, and counts ties', async () => {
    const found = await retrieve(unit, unit, all(4), { k: 1, withoutSelf: true });
    expect([...found.ranks]).toEqual([2, 2, 1, 2]);
    expect([...found.neighbours]).toEqual([1, 0, 0, 0]);
    expect(found.tied).toBe(4);
    expect(found.shared).toBe(3);
    const more = await retrieve(unit, unit, all(4), { k: 2, withoutSelf: true });
    expect([...more.neighbours]).toEqual([1, 3, 0, 3, 0, 1, 0, 1]);
    expect(more.tied).toBe(1);
  });

  test('what ties but for rounding goes by index: rows at right angles to one another have the same neighbours', async () => {
    const n = 14;
    const mirror = Float64Array.from({ length: n }, (_, i) => Math.sin(i * i + 1));
    const squared = mirror.reduce((sum, value) => sum + value * value, 0);
    const entry = (i: number, j: number) =>
      Number(i === j) - (2 * (mirror[i] as number) * (mirror[j] as number)) / squared;
    const turned = Matrix.of(Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => entry(i, j))));
    const own = Int32Array.from({ length: n }, (_, i) => i);
    const { neighbours, tied } = await retrieve(turned, turned, own, { k: 3, withoutSelf: true });
    expect(tied).toBe(n);
    for (const i of own)
      expect([...neighbours.subarray(3 * i, 3 * i + 3)]).toEqual([...own].filter((j) => j !== i).slice(0, 3));
  });

  test('agrees with sorting everything', async () => {
    const x = blobs(300, 7);
    const queries = Int32Array.from({ length: 50 }, (_, i) => 6 * i);
    const found = await retrieve(x.takeRows(queries), x, queries, { k: 9, withoutSelf: true });
    const gram = await multiply(x, x, { transposeB: true });
    for (const [i, row] of queries.entries()) {
      const order = [...all(300)].filter((j) => j !== row).sort((a, b) => gram.at(row, b) - gram.at(row, a) || a - b);
      expect([...found.neighbours.subarray(9 * i, 9 * i + 9)]).toEqual(order.slice(0, 9));
    }
  });

  test('expects of random neighbours the hypergeometric mean', () => {
    // From the published table: G0 with 10 of 29, T with 2 of 5.
    expect(jaccardChance(29, 10)).toBeCloseTo(0.2152515532, 10);
    expect(jaccardChance(5, 2)).toBeCloseTo(0.3, 12);
    expect(jaccardChance(7, 7)).toBeCloseTo(1, 12);
  });
});

describe('relative agreement', () => {
  const x = blobs(40, 5);

  test('finds a rotated and rescaled space entirely', async () => {
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const turn = Matrix.of([
      [c, -s, 0],
      [s, c, 0],
      [0, 0, -1],
    ]);
    const y = await multiply(x, turn);
    const { values } = await runMethod(relativeAgreement, [
      x,
      new Matrix(
        y.data.map((v) => 3 * v),
        40,
        3,
      ),
    ]);
    expect(values.mrr).toBe(1);
    expect(values.cosine).toBeCloseTo(1, 12);
    expect(values.jaccard).toBe(1);
    expect(values['absolute-cosine']).toBeLessThan(0.9);
  });

  test('says where rounding does not tell the own row from others', async () => {
    const random = new Random(2);
    const x = new Matrix(
      Float64Array.from({ length: 120 }, () => 1e4 + random.normal()),
      30,
      4,
    );
    const told = async (centre: string) => {
      const { values, warnings } = await runMethod(relativeAgreement, [x, x], { centre });
      return { mrr: values.mrr as number, told: warnings?.some((text) => text.includes('others tie for the place')) };
    };
    expect(await told('mean')).toEqual({ mrr: 1, told: false });
    const { mrr, told: said } = await told('none');
    expect(mrr).toBeLessThan(0.5);
    expect(said).toBe(true);
  });

  test('says when it looks up a sample, and draws the same one again', async () => {
    const y = blobs(40, 4);
    const chosen = { queries: 12, anchors: 6 };
    const { steps, tables } = await runMethod(relativeAgreement, [x, y], chosen);
    expect(steps).toContain('12 of 40 rows, drawn at random, looked up');
    expect(tables?.disagreements?.rows).toHaveLength(12);
    const other = await runMethod(relativeAgreement, [x, y], chosen, { seed: 1 });
    expect(other.tables?.anchors).not.toEqual(tables?.anchors);
  });

  test('draws the same anchors and queries in a sweep as for one pair', async () => {
    const inputs = [x, blobs(40, 4), blobs(40, 7)].map((matrix, i) => ({ name: `layer${i}`, matrix }));
    for (const selection of ['uniform', 'farthest', 'kmeans']) {
      const chosen = { anchors: 4, queries: 15, 'anchor-selection': selection };
      const parameters = relativeAgreement.parameters.parse(chosen);
      const swept = await relativeAgreement.sweep?.(inputs.slice(0, 2), inputs.slice(1), parameters, contextFor(40));
      const expected: unknown[] = [];
      for (const a of inputs.slice(0, 2)) {
        for (const b of inputs.slice(1)) {
          expected.push((await runMethod(relativeAgreement, [a.matrix, b.matrix], chosen)).values.mrr);
        }
      }
      expect(swept?.values).toEqual(expected);
    }
  });

  test('names rows and lists the worst first', async () => {
    const index = Int32Array.from({ length: 40 }, (_, i) => 2 * i);
    const names = Array.from(index, (row) => `word${row}`);
    const broken = x.takeRows(all(40));
    broken.data.set([-broken.at(7, 0), -broken.at(7, 1), -broken.at(7, 2)], 21);
    const { tables, figures } = await runMethod(relativeAgreement, [x, broken], given('0,2,4,10,20'), {
      rows: { index, names },
    });
    const table = tables?.disagreements;
    expect(table?.columns).toEqual(['row', 'name', 'rank', 'cosine', 'jaccard']);
    expect(table?.rows[0]?.slice(0, 2)).toEqual([14, 'word14']);
    expect(tables?.anchors?.rows).toEqual([0, 2, 4, 10, 20].map((row) => [row, `word${row}`]));
    const matrices = figureOf({ figures }, 'heatmap', 'relative-matrices');
    const curve = figureOf({ figures }, 'line', 'agreement-by-anchors');
    expect(matrices.panels.map(({ shape }) => shape)).toEqual([
      [40, 5],
      [40, 5],
    ]);
    expect(matrices.panels[0]?.rows.ticks).toEqual(matrices.panels[1]?.rows.ticks);
    expect(curve.series[0]?.x).toEqual([2, 4, 5]);
  });

  test('the last point of the curve is the value itself', async () => {
    const { values, figures } = await runMethod(relativeAgreement, [x, blobs(40, 4)], { anchors: 10 });
    const curve = figureOf({ figures }, 'line', 'agreement-by-anchors');
    expect(curve.series.map(({ y }) => y.at(-1))).toEqual(
      [values.mrr, values.cosine, values.jaccard].map((value) => Number(Number(value).toPrecision(6))),
    );
  });

  test('says by numbers of anchors too when neighbours are fewer than asked for', async () => {
    const x = Matrix.of([
      [1, 2],
      [2, -1],
      [-3, 1],
      [0, 4],
    ]);
    const { warnings } = await runMethod(anchorCurve, [x, x], { neighbours: 5 });
    expect(warnings).toContain('A row has only 3 other rows: 3 neighbours were compared, not 5.');
  });

  test('needs three rows, and says when neighbours are fewer than asked for', async () => {
    await expect(runMethod(relativeAgreement, [x.slice(0, 2), x.slice(0, 2)])).rejects.toThrow('3 rows');
    const { warnings } = await runMethod(relativeAgreement, [x.slice(0, 6), x.slice(0, 6)], given('0:6'));
    expect(warnings).toContain('A row has only 5 other rows: 5 neighbours were compared, not 10.');
  });
});

test.each([
  [{ standardise: 'similarities' }, /^Similarities that are standardised .* choose standardise none or units\.$/],
  [{ projection: 'l1', standardise: 'similarities' }, /^Distances that are standardised .* choose standardise none/],
  [{ projection: 'basis' }, /^Coordinates in the basis .* choose another projection\.$/],
  [{ projection: 'basis', standardise: 'similarities' }, /choose another projection and standardise none or units\.$/],
])('with %j there is no largest distance to an anchor, and what to choose for it is said', async (choice, why) => {
  const random = new Random(1);
  const x = new Matrix(
    Float64Array.from({ length: 120 }, () => random.normal()),
    30,
    4,
  );
  const outcome = await runMethod(relative, [x], choice);
  expect(outcome.values['covering-radius']).toBeNull();
  expect(outcome.warnings).toContainEqual(expect.stringMatching(why));
});

test('without anchors rows are compared as they are, whatever is done before and after the projection', async () => {
  // Turned by 60° about the origin, which is not the mean.
  const x = Matrix.of([
    [3, 0],
    [0, 2],
    [-1, 0],
    [4, 0],
  ]);
  const [cos, sin] = [Math.cos(Math.PI / 3), Math.sin(Math.PI / 3)];
  const y = await multiply(
    x,
    Matrix.of([
      [cos, sin],
      [-sin, cos],
    ]),
  );
  for (const choice of [{}, { centre: 'mean', standardise: 'units' }, { standardise: 'similarities' }]) {
    const { values } = await runMethod(relativeAgreement, [x, y], choice);
    expect(values['absolute-cosine']).toBeCloseTo(0.5, 12);
  }
});

test('what is alike is drawn side by side', () => {
  // Two groups of rows, taken in turn; rows 0 to 3 are the anchors.
  const close = (i: number, j: number) => (i % 2 === j % 2 ? 0.9 - Math.abs(i - j) / 100 : 0.1);
  const matrix = Matrix.of([0, 1, 2, 3, 4, 5].map((i) => [0, 1, 2, 3].map((a) => close(i, a))));
  const { anchors, rows } = seriate(matrix, Int32Array.of(0, 1, 2, 3));
  expect([...anchors]).toEqual([0, 2, 1, 3]);
  expect([...rows]).toEqual([0, 2, 4, 1, 3, 5]);
});

describe('drawn matrices', () => {
  const m = new Matrix(
    Float64Array.from({ length: 600 * 2 }, (_, k) => (k === 7 ? -9 : (k % 2) / 3)),
    600,
    2,
  );
  const side = { label: 'row' };

  test('are pooled to 256 cells, by the largest entry or the mean, and say so', () => {
    const largest = heatmapPanel('', m, side, side, 'largest');
    expect(largest.shape).toEqual([256, 2]);
    expect(largest.values.slice(0, 4)).toEqual([0, 0.333333, 0, -9]);
    expect(largest.rows.ticks?.slice(0, 2)).toEqual(['0 … 1', '2 … 3']);
    expect(heatmapPanel('', m, side, side, 'mean').values[3]).toBeCloseTo((-9 + 1 / 3) / 2, 5);
    expect(poolingNote(600, 2, 'largest')).toContain('256 x 2 cells for 600 x 2 entries');
    expect(poolingNote(256, 256, 'mean')).toBe('');
  });

  test('have values of six digits, as decimals are written', () => {
    const decimal = fc.tuple(fc.integer({ min: -9_999_999, max: 9_999_999 }), fc.integer({ min: -30, max: 20 }));
    const one = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      decimal.map(([digits, power]) => Number(`${digits}e${power}`)),
    );
    fc.assert(
      fc.property(one, (value) => {
        expect(digits6(value)).toBe(Number(value.toPrecision(6)));
      }),
      { numRuns: 20_000 },
    );
    expect([Number.NaN, Number.POSITIVE_INFINITY].map(digits6)).toEqual([null, null]);
  });

  test('follow the order given', () => {
    const panel = heatmapPanel('', m, { label: 'row', order: [3, 0], name: (i) => `r${i}` }, side, 'largest');
    expect(panel.values).toEqual([0, -9, 0, 0.333333]);
    expect(panel.rows.ticks).toEqual(['r3', 'r0']);
  });
});

/** n unit rows around `count` directions in three dimensions; row i belongs to direction i mod count. */
function blobs(n: number, count: number): Matrix<Float64Array> {
  const random = new Random(5);
  const out = Matrix.zeros(n, 3);
  for (let i = 0; i < n; i++) {
    const angle = (2 * Math.PI * (i % count)) / count;
    const row = out.row(i);
    row.set([Math.cos(angle), Math.sin(angle), 0.3]);
    row.forEach((value, j) => {
      row[j] = value + 0.05 * random.normal();
    });
    const length = Math.hypot(...row);
    row.forEach((value, j) => {
      row[j] = value / length;
    });
  }
  return out;
}

function nearestToMean(x: Matrix, cluster: number, clusters: number): number {
  const members = [...all(x.rows)].filter((i) => i % clusters === cluster);
  const mean = [0, 1, 2].map((j) => members.reduce((sum, i) => sum + x.at(i, j), 0) / members.length);
  const distance = (i: number) => Math.hypot(...mean.map((value, j) => x.at(i, j) - value));
  return members.reduce((best, i) => (distance(i) < distance(best) ? i : best));
}
