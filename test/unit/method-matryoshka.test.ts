import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { type Cell, type Choice, choose, widthsOf } from '../../src/methods/describe/matryoshka/grid';
import { intervals } from '../../src/methods/describe/matryoshka/resample';
import { matryoshkaMap } from '../../src/methods/describe/matryoshka-map';
import type { Rows } from '../../src/methods/method';
import { UserError } from '../../src/protocol/errors';
import { shortNames } from '../../src/protocol/names';
import { contextFor, figureOf, runMethod } from './run-method';

const quick = { orders: 0, bootstrap: 0 };

/** Columns that shrink from the first to the last, or the other way round. */
function sloped(rows: number, columns: number, seed: number, reversed = false): Matrix<Float64Array> {
  const random = new Random(seed);
  const scale = (j: number) => 2 ** -(reversed ? columns - 1 - j : j);
  const data = Float64Array.from({ length: rows * columns }, (_, k) => random.normal() * scale(k % columns));
  return new Matrix(data, rows, columns);
}

function noisy(x: Matrix, seed: number, scale: number): Matrix<Float64Array> {
  const noise = sloped(x.rows, x.columns, seed);
  return new Matrix(
    Float64Array.from(x.data, (value, k) => value + scale * (noise.data[k] as number)),
    x.rows,
    x.columns,
  );
}

const classes = (names: readonly string[], of: (i: number) => number, rows = 40): Rows => ({
  index: Int32Array.from({ length: rows }, (_, i) => i),
  labels: {
    kind: 'category',
    name: 'kind',
    categories: names,
    index: Int32Array.from({ length: rows }, (_, i) => of(i)),
  },
});

test('two halves are two sides: what is in the wrong place is said', async () => {
  const x = sloped(40, 8, 1);
  const run = (...inputs: Matrix[]) => runMethod(matryoshkaMap, inputs, { task: 'retrieval', ...quick });
  expect((await run(x, x)).values.recommended).toBe(1);
  await expect(run(x)).rejects.toThrow('1 input was given, which have no two halves');
  await expect(run(x, x, x)).rejects.toThrow(/then the same layers of the other/);
  await expect(run(x, sloped(40, 6, 2))).rejects.toThrow('a has 8 units and its other side, b, has 6');
  await expect(run(x.slice(0, 2), x.slice(0, 2))).rejects.toThrow('needs 3 pairs or more; there are 2');
});

test('pairs of rows go by their places in the file, and a row alone is left out', async () => {
  const x = sloped(20, 8, 1);
  for (let i = 0; i < 20; i += 2) x.row(i + 1).set(x.row(i));
  // Rows 0 and 7 of the file are not in use: 1 and 6 are alone.
  const index = Int32Array.from([1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13]);
  const parameters = { task: 'retrieval', pairs: 'rows', ...quick };
  const outcome = await runMethod(matryoshkaMap, [x.takeRows(index)], parameters, { rows: { index } });
  expect(outcome.values.full).toBe(1);
  expect(outcome.warnings).toContain('2 rows have no partner and were left out.');
  expect(outcome.steps).toContain('each of 5 rows looks up its partner among all by cosine');
});

test('scores of few levels are numbers all the same; classes are none, and numbers are no classes', async () => {
  const inputs = [sloped(40, 8, 1), sloped(40, 8, 2)];
  const run = (task: string, rows: Rows) => runMethod(matryoshkaMap, inputs, { task, ...quick }, { rows });
  const levels = classes(['0.5', '1', '2'], (i) => i % 3);
  const numbers = {
    ...levels,
    labels: {
      kind: 'number' as const,
      name: 'score',
      values: Float64Array.from({ length: 40 }, (_, i) => [0.5, 1, 2][i % 3] as number),
    },
  };
  expect((await run('similarity', levels)).values).toEqual((await run('similarity', numbers)).values);
  await expect(
    run(
      'similarity',
      classes(['cat', 'dog'], (i) => i % 2),
    ),
  ).rejects.toThrow(/column of numbers; kind is text/);
  await expect(run('similarity', { index: levels.index })).rejects.toThrow(/--labels/);
  await expect(run('classes', numbers)).rejects.toThrow(UserError);
  const gaps = {
    ...numbers,
    labels: { ...numbers.labels, values: numbers.labels.values.map((value, i) => (i < 4 ? Number.NaN : value)) },
  };
  expect((await run('similarity', gaps)).warnings).toContain('4 pairs have no score and were left out.');
});

test('the recommended cell is framed, written about, and made', async () => {
  const x = sloped(60, 16, 3);
  const layers = [noisy(x, 4, 1), noisy(x, 5, 0.02), x];
  const outcome = await runMethod(matryoshkaMap, layers, { task: 'neighbours', tolerance: 20 });
  const { layer, dimensions, recommended, best } = outcome.values;
  expect(recommended).toBeGreaterThanOrEqual(0.8 * Number(best));
  const { panels } = figureOf(outcome, 'heatmap', 'matryoshka-map');
  const column = panels[0]?.columns.ticks?.indexOf(String(dimensions));
  expect(panels[0]?.marks).toEqual([{ row: Number(layer) - 1, column, label: 'recommended' }]);
  expect(panels[0]?.values[(Number(layer) - 1) * (panels[0]?.shape[1] ?? 0) + Number(column)]).toBeCloseTo(
    Number(recommended),
    5,
  );
  expect(outcome.reading).toContain(`the first ${dimensions} of 16 dimensions of layer ${layer}`);
  const [made] = outcome.representations ?? [];
  const chosen = layers[Number(layer) - 1] as Matrix;
  expect(made?.matrix.columns).toBe(dimensions);
  expect([...(made?.matrix.row(7) ?? [])]).toEqual([...chosen.row(7)].slice(0, Number(dimensions)));
  const interval = outcome.intervals?.recommended;
  expect(interval?.low).toBeLessThan(Number(recommended));
  expect(interval?.high).toBeGreaterThan(Number(recommended));
});

test('of equal cells the interval of the best lies below it, by as much as choosing adds', async () => {
  // Of 40 rows one cell has the first 20 right and the other the rest: a draw with s of the first 20 gives max(s, 40 - s) / 40.
  // s is binomial: s is 20 with p = 0.125, and from 13 to 27 with 0.983, from 14 to 26 with 0.961.
  const cells = [0, 1].map((half): Cell => {
    const each = Float64Array.from({ length: 40 }, (_, i) => Number(Math.floor(i / 20) === half));
    return { layer: 0, width: half + 1, score: { value: 0.5, each }, cost: (half + 1) / 2 };
  });
  const by = { tolerance: 0, cost: 'product', draws: 10_000 } as const;
  const found = intervals(cells, choose(cells, 0, 'product') as Choice, by, contextFor(40));
  expect([found?.best?.low, found?.best?.high]).toEqual([expect.closeTo(1 - 27 / 40, 12), 0.5]);
  expect([found?.full?.low, found?.full?.high]).toEqual([14 / 40, 26 / 40]);
});

test('the best of many cells of noise is not told from chance, and it is said', async () => {
  const random = new Random(5);
  const x = new Matrix(
    Float64Array.from({ length: 40 * 64 }, () => random.normal()),
    40,
    64,
  );
  const rows = classes(['p', 'q', 'r', 's'], () => random.integer(4));
  const {
    values,
    chance,
    intervals: found,
    reading,
  } = await runMethod(matryoshkaMap, [x], { task: 'classes' }, { rows });
  const level = chance?.best?.level as number;
  expect(values.best).toBeGreaterThan(level);
  expect(found?.best?.low).toBeLessThan(level);
  expect(reading).toContain(`The best of 5 cells is not told from chance (0.300; 95 % interval from 0.250).`);
  expect(chance?.best?.how).toContain('Of one cell chosen beforehand: the best of 5 is higher by chance.');
  expect(chance?.full?.how).not.toContain('beforehand');
});

test('rows without a class are none of a class, neighbours of nobody, and counted', async () => {
  const x = sloped(60, 8, 3);
  const known = Array.from({ length: 60 }, (_, i) => i).filter((i) => i % 3 !== 0);
  const of = (m: Matrix, classOf: (i: number) => number) =>
    runMethod(matryoshkaMap, [m], { task: 'classes' }, { rows: classes(['(missing)', 'p', 'q'], classOf, m.rows) });
  const given = await of(x, (i) => i % 3);
  const alone = await of(x.takeRows(known), (i) => (known[i] as number) % 3);
  expect([given.values, given.chance?.full?.level]).toEqual([alone.values, 0.5]);
  expect(given.warnings).toContain('20 rows have no "kind" and were left out.');
});

test('a layer that does not vary is said to have no likeness, and that none has where it is the last', async () => {
  const [x, same] = [sloped(20, 4, 1), new Matrix(new Float64Array(80).fill(1), 20, 4)];
  const constant = (name: string) => `Every unit of ${name} is constant: its rows are all the same.`;
  const first = await runMethod(matryoshkaMap, [same, x], quick);
  expect(first.values.full).toBe(1);
  expect(first.warnings).toEqual([constant('a')]);
  const last = await runMethod(matryoshkaMap, [x, same], quick);
  expect(Object.values(last.values).every((value) => value === null)).toBe(true);
  expect(last.warnings).toEqual([
    constant('b'),
    'There is no score: every cell is likeness to the last layer, b, which does not vary; give one that does last. The values are left empty.',
  ]);
});

test('whether the order of the columns carries anything is said', async () => {
  const ordered = await runMethod(matryoshkaMap, [sloped(60, 16, 6)], { task: 'neighbours' });
  expect(ordered.reading).toContain('beat 5 random choices of columns at every width');
  const reversed = await runMethod(matryoshkaMap, [sloped(60, 16, 6, true)], { task: 'neighbours' });
  expect(reversed.reading).toContain('no better than random choices');
  const [own, , principal] = figureOf(reversed, 'line', 'column-orders').series;
  // Turned to its principal axes the largest comes first, and no distance changes.
  expect(Number(principal?.y[0])).toBeGreaterThan(Number(own?.y[0]));
  expect(principal?.y.at(-1)).toBe(own?.y.at(-1));
});

test('what is cheap is what the person says', () => {
  const cell = (layer: number, width: number, value: number): Cell => ({
    ...{ layer, width, score: { value }, cost: ((layer + 1) * width) / 16 },
  });
  const cells = [cell(0, 4, 0.5), cell(0, 8, 0.96), cell(1, 2, 0.97), cell(1, 4, 0.95), cell(1, 8, 1)];
  const chosen = (by: 'product' | 'dimensions' | 'layers', tolerance = 0.05) => {
    const { layer, width } = choose(cells, tolerance, by)?.chosen ?? {};
    return [layer, width];
  };
  expect([chosen('product'), chosen('dimensions'), chosen('layers')]).toEqual([
    [1, 2],
    [1, 2],
    [0, 8],
  ]);
  expect(chosen('product', 0)).toEqual([1, 8]);
  expect(choose([cell(0, 1, Number.NaN)], 0.05, 'product')).toBeUndefined();
});

test('widths are powers of two and the layers’ own, or those given', () => {
  const layer = (columns: number) => ({ name: '', matrix: Matrix.zeros(1, columns) });
  expect(widthsOf([layer(64)], [])).toEqual([4, 8, 16, 32, 64]);
  expect(widthsOf([layer(6), layer(10)], [])).toEqual([1, 2, 4, 6, 8, 10]);
  expect(widthsOf([layer(64)], [10, 100])).toEqual([10, 64]);
  expect(widthsOf([layer(6), layer(9), layer(9)], [2, 4])).toEqual([2, 4, 6, 9]);
});

test('names are cut to what tells them apart', () => {
  expect(shortNames(['/layers.0/n2/Add', '/layers.1/n2/Add'])).toEqual(['layers.0', 'layers.1']);
  expect(shortNames(['net /a/Relu_output_0', 'net logits'])).toEqual(['a/Relu', 'logits']);
  expect(shortNames(['x_output_0', 'x_output_1'])).toEqual(['x_output_0', 'x_output_1']);
  expect(shortNames(['acts layer1', 'acts layer2'])).toEqual(['layer1', 'layer2']);
  const blocks = ['encoder.blocks.00.norm.out', 'encoder.blocks.11.norm.out'];
  expect(shortNames(blocks)).toEqual(['blocks.00', 'blocks.11']);
  expect(shortNames(['net.alpha=0.1', 'net.alpha=0.2'])).toEqual(['alpha=0.1', 'alpha=0.2']);
  expect(shortNames(['one'])).toEqual(['one']);
  expect(shortNames(['a', 'a'])).toEqual(['a', 'a']);
});
