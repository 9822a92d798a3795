/** Manifold entropy and collapse: published numbers, identities, NumPy. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { multiply } from '../../src/linalg/products';
import { collapse } from '../../src/methods/compare/collapse';
import { viewAlignment } from '../../src/methods/compare/view-alignment';
import { manifoldEntropy } from '../../src/methods/describe/manifold-entropy';
import type { Outcome } from '../../src/methods/method';
import { digamma, logGamma } from '../../src/methods/shared/gamma';
import { allDigits } from '../unit/all-digits';
import { rowsOf } from '../unit/labelled-rows';
import { runMethod } from '../unit/run-method';
import { RandomState } from './random-state';
import reference from './reference/entropy.json';

/** sin((k + 1 + s)²) */
const formula = (n: number, d: number, s = 0) =>
  new Matrix(
    Float64Array.from({ length: n * d }, (_, k) => Math.sin((k + 1 + s) ** 2)),
    n,
    d,
  );
const z = formula(200, 4);
const plain = { neighbours: 1, share: 1 };

function expectValues({ values }: Outcome, expected: Readonly<Record<string, number>>) {
  for (const [key, value] of Object.entries(expected))
    expect(Math.abs((values[key] as number) - value), key).toBeLessThan(1e-9 * Math.max(1, Math.abs(value)));
}

describe('the index', () => {
  test('of a formula, and of twice it', async () => {
    const once = (await runMethod(manifoldEntropy, [z], plain)).values;
    expect(once.index).toBeCloseTo(-3.8193253743, 10);
    expect(once['mean-log']).toBeCloseTo(-4.4110892761, 10);
    expect(once.entropy).toBeCloseTo(1.4197537092, 10);
    const doubled = (
      await runMethod(
        manifoldEntropy,
        [
          new Matrix(
            z.data.map((v) => 2 * v),
            200,
            4,
          ),
        ],
        plain,
      )
    ).values;
    expect((doubled.index as number) - (once.index as number)).toBeCloseTo(1.3862943611, 10);
    expect((doubled.entropy as number) - (once.entropy as number)).toBeCloseTo(2.7725887222, 10);
    expect(doubled.relative).toBeCloseTo(once.relative as number, 12);
  });

  test('of two rows is that of chance: each is the nearest of the other', async () => {
    const { values, chance } = await runMethod(manifoldEntropy, [z.slice(0, 2)], plain);
    expect(values.relative).toBeCloseTo(0, 12);
    expect(chance?.relative?.level).toBeCloseTo(0, 12);
  });

  test('of copies: the mean logarithm is minus infinity, so that it is empty', async () => {
    const copies = z.takeRows(Array.from({ length: 36 }, (_, i) => i % 30));
    const { values, warnings } = await runMethod(manifoldEntropy, [copies], plain);
    expect(values['mean-log']).toBeNull();
    expect(values.index).not.toBeNull();
    expect(warnings?.join(' ')).toContain('mean ln δ is empty');
  });

  test('of rows that one near step after another joins there is one mode', async () => {
    const line = Matrix.of(Array.from({ length: 40 }, (_, i) => [i]));
    const { values, reading } = await runMethod(manifoldEntropy, [line]);
    expect(values.modes).toBeCloseTo(1, 12);
    expect(reading).toContain('they count as 1 mode of 40.');
  });

  test('of a lattice', async () => {
    const lattice = Matrix.of(Array.from({ length: 25 }, (_, i) => [0.5 * (i % 5), 0.5 * Math.floor(i / 5)]));
    expect((await runMethod(manifoldEntropy, [lattice], plain)).values.index).toBeCloseTo(-2.0794415417, 10);
  });

  test.each([
    [200, -3.819652],
    [100, -13.908833],
    [50, -14.426772],
    [20, -15.039906],
  ])('falls off a cliff where %i rows repeat', async (m, index) => {
    const [few, noise] = [formula(m, 4), formula(200, 4, 5000)];
    const x = new Matrix(
      Float64Array.from(
        { length: 800 },
        (_, k) => (few.data[k % (4 * m)] as number) + 1e-3 * (noise.data[k] as number),
      ),
      200,
      4,
    );
    const { values } = await runMethod(manifoldEntropy, [x], plain);
    expect(values.index).toBeCloseTo(index, 6);
    if (m === 200) expect(values.entropy).toBeCloseTo(1.417, 3);
    if (m === 100) expect(values.entropy).toBeCloseTo(-17.94, 2);
    if (m === 20) expect(values.modes).toBeCloseTo(20, 9);
  });

  test('differential entropy of what is known, of the rows that were published from', async () => {
    const made = (of: (random: RandomState) => number) => {
      const random = new RandomState(0);
      return new Matrix(
        Float64Array.from({ length: 4000 }, () => of(random)),
        2000,
        2,
      );
    };
    const entropy = async (x: Matrix) => (await runMethod(manifoldEntropy, [x], { share: 1 })).values.entropy as number;
    // Of the square 0, of the normal distribution ln 2πe = 2.8379.
    expect(await entropy(made((random) => random.uniform()))).toBeCloseTo(0.0377, 4);
    expect(await entropy(made((random) => random.normal()))).toBeCloseTo(2.7975, 4);
  });

  test('of digits, by NumPy and SciPy', async () => {
    const x = allDigits.pixels.slice(0, 300);
    const outcome = await runMethod(manifoldEntropy, [x], { near: 0.4 }, { rows: rowsOf(allDigits.of.slice(0, 300)) });
    expectValues(outcome, reference.entropy);
    expect(outcome.tables?.classes?.rows).toHaveLength(10);
  });
});

describe('collapse', () => {
  test('by NumPy and SciPy', async () => {
    const x = allDigits.pixels.slice(0, 300);
    const y = new Matrix(
      Float64Array.from({ length: 300 * 64 }, (_, k) => {
        const i = Math.floor(k / 64);
        return i < 60 ? x.at(i, k % 64) : x.at(i - 60, k % 64) + 0.01 * (i - 60);
      }),
      300,
      64,
    );
    expectValues(await runMethod(collapse, [x, y]), reference.collapse);
  });

  test('missing modes raise the coverage index and leave fidelity', async () => {
    const x = formula(200, 4);
    const few = new Matrix(
      Float64Array.from({ length: 800 }, (_, k) => (x.data[k % 80] as number) + 1e-3 * Math.cos(k)),
      200,
      4,
    );
    const { values, reading } = await runMethod(collapse, [x, few]);
    expect(values.difference as number).toBeLessThan(-5);
    expect(values.coverage as number).toBeGreaterThan((values.fidelity as number) + 5);
    expect(values['second-modes'] as number).toBeLessThan(30);
    expect(reading).toContain('less diverse');
  });
});

/** Error of isometric mixing (Liu et al. 2023, DIsoMap): what an encoder makes of mixtures against the mixtures of what it makes. */
describe('mixtures of rows, encoded before and after', async () => {
  const [x, y, w] = [z.slice(0, 100), z.slice(100, 200), formula(4, 3)];
  const share = (k: number, d: number) => Math.sin((Math.floor(k / d) + 1) ** 2);
  const mixture = (a: Matrix, b: Matrix) =>
    new Matrix(
      Float64Array.from(a.data, (value, k) => {
        const alpha = share(k, a.columns);
        return alpha * value + (1 - alpha) * (b.data[k] as number);
      }),
      a.rows,
      a.columns,
    );
  const linear = (rows: Matrix<Float64Array>) => multiply(rows, w);
  const bent = async (rows: Matrix<Float64Array>) => {
    const out = await linear(rows);
    return new Matrix(
      out.data.map((value) => Math.tanh(2 * value)),
      out.rows,
      3,
    );
  };
  const mixed = mixture(x, y);

  test.each([
    ['a linear map', linear, 0, 0],
    ['one that bends', bent, 0.2741771035, 0.4353114298],
  ] as const)('%s, as published', async (_, encode, error, relative) => {
    const [before, after] = [await encode(mixed), mixture(await encode(x), await encode(y))];
    const { values, chance } = await runMethod(viewAlignment, [before, after], { normalise: false });
    const all = (await encode(z)).data;
    const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
    const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
    // Of a row; published of a unit.
    expect((values.alignment as number) / 3).toBeCloseTo(error, 10);
    expect((values.alignment as number) / 3 / variance).toBeCloseTo(relative, 10);
    expect(values.alignment as number).toBeLessThan(chance?.alignment?.level as number);
  });
});

/** Error of local smoothness (Liu et al. 2023, DLLE): how far a row moves when it is changed a little, over how far rows are apart. */
test('rows that are moved a little, encoded before and after', async () => {
  const w = formula(4, 3);
  const shift = [0.02, -0.05, 0.01, 0.03];
  const moved = new Matrix(
    z.data.map((value, k) => value + (shift[k % 4] as number)),
    200,
    4,
  );
  const [before, after] = [await multiply(z, w), await multiply(moved, w)];
  const { values, chance } = await runMethod(viewAlignment, [before, after], { normalise: false });
  // A linear encoder moves all rows alike; rows that do not belong together are farther apart by as much.
  const step = [0, 1, 2].map((c) => shift.reduce((sum, value, j) => sum + value * w.at(j, c), 0));
  const own = step.reduce((sum, value) => sum + value * value, 0);
  let apart = 0;
  for (let i = 0; i < 200; i++)
    for (let j = 0; j < i; j++) for (let c = 0; c < 3; c++) apart += (before.at(i, c) - before.at(j, c)) ** 2 / 19_900;
  expect(values.alignment as number).toBeCloseTo(own, 12);
  const error = (values.alignment as number) / ((chance?.alignment?.level as number) - own);
  expect(error).toBeCloseTo(own / apart, 12);
  expect(error).toBeLessThan(0.01);
});

test('ψ and ln Γ', () => {
  expect(digamma(1)).toBeCloseTo(-0.5772156649015329, 13);
  expect(digamma(0.5)).toBeCloseTo(-0.5772156649015329 - 2 * Math.LN2, 13);
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
  expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 12);
});
