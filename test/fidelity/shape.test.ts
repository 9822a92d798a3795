import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/engine/run';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import { viewAlignment } from '../../src/methods/compare/view-alignment';
import { anisotropy } from '../../src/methods/describe/anisotropy';
import { hubness } from '../../src/methods/describe/hubness';
import { intrinsicDimension } from '../../src/methods/describe/intrinsic-dimension';
import { manifoldEntropy } from '../../src/methods/describe/manifold-entropy';
import { spectralDecay } from '../../src/methods/describe/spectral-decay';
import { uniformity } from '../../src/methods/describe/uniformity';
import type { Outcome } from '../../src/methods/method';
import { poincare } from '../../src/methods/transform/poincare';
import type { Line } from '../../src/protocol/figures';
import { allDigits } from '../unit/all-digits';
import { rowsOf } from '../unit/labelled-rows';
import { runMethod } from '../unit/run-method';
import reference from './reference/shape.json';

/** sin((k + s)²) of the places k, row by row: rows that anybody can write down again. */
const formula = (n: number, d: number, s: number) =>
  new Matrix(
    Float64Array.from({ length: n * d }, (_, k) => Math.sin((k + s) ** 2)),
    n,
    d,
  );
const pixels = allDigits.pixels.slice(0, 300);
const classes = rowsOf(allDigits.of.slice(0, 300));
const scaled = (() => {
  const x = formula(150, 6, 3);
  const [scales, offsets] = [
    [3, 1, 1, 0.5, 0.2, 0.1],
    [0.5, 0, 0, 0, 0, 1],
  ];
  return new Matrix(
    x.data.map((value, k) => value * (scales?.[k % 6] as number) + (offsets?.[k % 6] as number)),
    150,
    6,
  );
})();
const normal = (n: number, d: number, seed: number) => {
  const random = new Random(seed);
  return new Matrix(
    Float64Array.from({ length: n * d }, () => random.normal()),
    n,
    d,
  );
};

function expectValues({ values }: Outcome, expected: Readonly<Record<string, number>>, but: readonly string[] = []) {
  for (const [key, value] of Object.entries(expected))
    if (!but.includes(key))
      expect(Math.abs((values[key] as number) - value), key).toBeLessThan(1e-9 * Math.max(1, value));
}

describe('intrinsic dimension', () => {
  test.each([
    ['digits', pixels, 20],
    ['formula', scaled, 5],
  ] as const)('by NumPy: %s', async (name, x, neighbours) => {
    const outcome = await runMethod(intrinsicDimension, [x], { neighbours });
    const { low, high, ...expected } = reference.dimension[name];
    expectValues(outcome, expected);
    expect(outcome.intervals?.likelihood?.low).toBeCloseTo(low, 9);
    expect(outcome.intervals?.likelihood?.high).toBeCloseTo(high, 9);
  });

  test('a flat square is of two dimensions, however it is turned and however many units there are', async () => {
    const random = new Random(5);
    const x = Matrix.zeros(600, 12);
    for (let i = 0; i < 600; i++) {
      const [a, b] = [random.uniform(), random.uniform()];
      for (let j = 0; j < 12; j++) x.row(i)[j] = a * Math.cos(j) + b * Math.sin(j);
    }
    const { values } = await runMethod(intrinsicDimension, [x]);
    for (const key of ['twonn', 'twonn-likelihood', 'likelihood'])
      expect(Math.abs((values[key] as number) - 2), key).toBeLessThan(0.25);
    expect(Math.abs((values['participation-ratio'] as number) - 2)).toBeLessThan(0.1);
  });

  test('copies of rows are left out, and it is said; ties are said', async () => {
    const twice = scaled.takeRows([...scaled.column(0).keys(), 3, 3, 9]);
    const once = await runMethod(intrinsicDimension, [scaled], { neighbours: 5 });
    const outcome = await runMethod(intrinsicDimension, [twice], { neighbours: 5 });
    expect(outcome.values).toEqual(once.values);
    expect(outcome.warnings?.join()).toContain('3 of 153 rows repeat an earlier one');
    const grid = new Matrix(
      Float64Array.from({ length: 200 }, (_, k) => (k % 2 === 0 ? Math.floor(k / 20) : Math.floor(k / 2) % 10)),
      100,
      2,
    );
    const tied = await runMethod(intrinsicDimension, [grid]);
    expect(tied.warnings?.join()).toContain('100 of 100 rows have their two nearest at one distance');
    expect(tied.values.twonn).toBeNull();
  });

  test('one unit is not bent, nor is what lies within the interval', async () => {
    const readingOf = async (x: Matrix) => (await runMethod(intrinsicDimension, [x])).reading;
    const one = Matrix.of(Array.from({ length: 12 }, (_, i) => [2 ** i]));
    expect(await readingOf(one)).toMatch(/of 1 unit;.*One unit is one direction: nothing can be bent/);
    const few = await runMethod(intrinsicDimension, [normal(6, 6, 41)]);
    const participation = few.values['participation-ratio'] as number;
    expect(participation).toBeGreaterThan(1.5 * (few.values.twonn as number));
    expect(participation).toBeLessThan(few.intervals?.['twonn-likelihood']?.high as number);
    expect(few.reading).toContain('nothing here asks for something bent');
  });
});

describe('spectrum', () => {
  test.each([
    ['digits', pixels, { from: 3, to: 40 }],
    ['formula', scaled, { from: 1, to: 6 }],
  ] as const)('by NumPy: %s', async (name, x, range) => {
    expectValues(await runMethod(spectralDecay, [x], range), reference.decay[name]);
  });

  // Orthogonal columns of cosines, whose variances are k^-exponent.
  const falling = (exponent: number) => {
    const x = Matrix.zeros(240, 100);
    for (let i = 0; i < 240; i++)
      for (let j = 0; j < 100; j++)
        x.row(i)[j] = (j + 1) ** (-exponent / 2) * Math.cos((Math.PI * (j + 1) * (i + 0.5)) / 240);
    return x;
  };

  test('a power law is found again', async () => {
    const { values, warnings } = await runMethod(spectralDecay, [falling(1.7)]);
    expect(values.alpha).toBeCloseTo(1.7, 9);
    expect(values.r2).toBeCloseTo(1, 9);
    expect([values.from, values.to]).toEqual([10, 50]);
    expect(warnings?.join()).toContain('0.70 of a decade');
  });

  test.each([
    [1.47, 'The exponent is above 1'],
    [1, 'The exponent is near 1'],
    [0.75, 'The exponent is below 1'],
  ])('an exponent of %s, in words', async (exponent, said) => {
    const { values, reading } = await runMethod(spectralDecay, [falling(exponent)]);
    expect(values.alpha).toBeCloseTo(exponent, 9);
    expect(reading).toContain(said);
  });

  test('a spectrum that is level but for rounding has none', async () => {
    const level = falling(0);
    for (const x of [level, new Matrix(Float32Array.from(level.data), 240, 100)]) {
      const { values, reading } = await runMethod(spectralDecay, [x]);
      expect(values).toMatchObject({ alpha: 0, r2: 1, rank: 100 });
      expect(reading).toContain(
        'is level but for rounding: no direction has more than another, and there is no exponent',
      );
    }
    const { values } = await runMethod(spectralDecay, [falling(1e-6)]);
    expect(Number(values.alpha) / 1e-6).toBeCloseTo(1, 5);
  });
});

describe('anisotropy', () => {
  test('rows that point away from one another do not lean to one side', async () => {
    const third = (2 * Math.PI) / 3;
    const x = Matrix.of([0, 1, 2].map((i) => [Math.cos(i * third), Math.sin(i * third)]));
    const { values, reading } = await runMethod(anisotropy, [x]);
    expect(values['mean-cosine']).toBeCloseTo(-0.5, 12);
    expect(reading).toContain('rows point away from one another');
  });

  test('where eigenvalues repeat the partition is said to be arbitrary', async () => {
    const scales = [1, 1, 2, 3];
    const x = Matrix.of(
      [1, -1].flatMap((sign) => scales.map((s, i) => scales.map((_, j) => (i === j ? sign * s : 0)))),
    );
    expect((await runMethod(anisotropy, [x])).warnings?.join()).toContain('2 of 4 eigenvectors of XᵀX share their');
    // Directions in which no row has a length are no matter.
    const flat = Matrix.of([
      [1, 0, 0, 0],
      [0, 2, 0, 0],
    ]);
    expect((await runMethod(anisotropy, [flat])).warnings?.join()).not.toContain('share their');
  });

  test('by NumPy', async () => {
    const small = new Matrix(
      pixels.data.map((value) => value / 16),
      300,
      64,
    );
    expectValues(await runMethod(anisotropy, [small]), reference.anisotropy.digits);
    expectValues(await runMethod(anisotropy, [scaled]), reference.anisotropy.formula);
  });

  test('a cone that is one offset', async () => {
    const x = normal(400, 8, 1);
    const even = await runMethod(anisotropy, [x]);
    expect(Math.abs(even.values['mean-cosine'] as number)).toBeLessThan(0.02);
    expect(even.values.isoscore as number).toBeGreaterThan(0.9);
    const moved = await runMethod(anisotropy, [
      new Matrix(
        x.data.map((value) => value + 3),
        400,
        8,
      ),
    ]);
    expect(moved.values['mean-cosine'] as number).toBeGreaterThan(0.85);
    expect(moved.values.isoscore).toBeCloseTo(even.values.isoscore as number, 9);
    expect(moved.reading).toContain('centring takes it away');
  });
});

describe('hubness', () => {
  test.each([
    ['formula', scaled, 5],
    ['wide', formula(200, 30, 1), 10],
  ] as const)('by SciPy: %s', async (name, x, neighbours) => {
    const outcome = await runMethod(hubness, [x], { neighbours, metric: 'euclidean' });
    expectValues(outcome, reference.hubness[name], ['hub']);
    expect(outcome.tables?.hubs?.rows[0]?.[0]).toBe(reference.hubness[name].hub);
  });

  test('where no row is a hub none is spoken of', async () => {
    // Each of 8 rows can be a neighbour 7 times at most, where a hub would be one 8 times.
    const { values, reading } = await runMethod(hubness, [normal(8, 4, 45)], { neighbours: 4 });
    expect(values.hubs).toBe(0);
    expect(values.skewness as number).toBeGreaterThan(0.7);
    expect(reading).toMatch(/^There are no hubs in a: no row is among the 4 nearest of 8 or more, the most being 6 /);
  });

  test('of as many neighbours as there are others, every row is one of every other, by chance too', async () => {
    const { figures, chance } = await runMethod(hubness, [normal(12, 4, 45)], { neighbours: 11 });
    const [{ y, series }] = figures as readonly [Line];
    expect(series.map(({ y: rows }) => rows)).toEqual([
      [...new Array(11).fill(0), 12],
      [...new Array(11).fill(null), 12],
    ]);
    expect(y.domain).toEqual([0.5, 15.6]);
    expect(chance).toEqual({});
  });

  test('grows with the dimension', async () => {
    const [low, high] = await Promise.all(
      [2, 60].map((d) => runMethod(hubness, [normal(400, d, 3)], { metric: 'euclidean' })),
    );
    expect(Math.abs(low?.values.skewness as number)).toBeLessThan(0.6);
    expect(high?.values.skewness as number).toBeGreaterThan(1.4);
  });
});

test('labels that are names of rows make no classes, and no method stumbles over them', async () => {
  const rows = rowsOf(Int32Array.from({ length: 150 }, (_, i) => i));
  for (const method of [hubness, uniformity, manifoldEntropy, poincare]) {
    const { tables } = await runMethod(method, [scaled], {}, { rows });
    expect(Object.keys(tables ?? {}), method.id).not.toContain('classes');
    expect(Object.keys(tables ?? {}), method.id).not.toContain('labels');
  }
});

describe('uniformity and alignment', () => {
  test('of classes, by SciPy', async () => {
    expectValues(await runMethod(uniformity, [pixels], {}, { rows: classes }), reference.uniformity.digits);
    const rows = rowsOf(Int32Array.from({ length: 150 }, (_, i) => i % 3));
    expectValues(await runMethod(uniformity, [scaled], { t: 3, alpha: 1 }, { rows }), reference.uniformity.formula);
  });

  test('of two views, by SciPy', async () => {
    const noise = formula(150, 6, 77);
    const other = new Matrix(
      scaled.data.map((value, k) => value + 0.3 * (noise.data[k] as number)),
      150,
      6,
    );
    const outcome = await runMethod(viewAlignment, [scaled, other]);
    const { level, ...expected } = reference.views;
    expectValues(outcome, expected);
    expect(outcome.chance?.alignment?.level).toBeCloseTo(level, 9);
  });

  test('of potentials below the least double, by hand: the nearest pairs are what is left', async () => {
    // On a line, 1, 1.001, 1.999, 2.001, 3 and 4 apart: all but the first two are nothing beside them.
    const line = new Matrix(new Float64Array([4, 2.001, 0, 1]), 4, 1);
    for (const t of [600, 1000]) {
      const wanted = -t + Math.log((1 + Math.exp(-0.002001 * t)) / 6);
      const chosen = { t, normalise: false };
      const one = await runMethod(uniformity, [line], chosen);
      expect(one.values.uniformity, `${t}`).toBeCloseTo(wanted, 9);
      expect(one.tables?.crowded?.rows.map(([row]) => row)).toEqual([3, 2, 1, 0]);
      const { values, warnings } = await runMethod(viewAlignment, [line, line.map((value) => -value)], chosen);
      for (const key of ['uniformity', 'first', 'second']) expect(values[key], key).toBeCloseTo(wanted, 9);
      expect([...(one.warnings ?? []), ...(warnings ?? [])].join()).not.toContain('Uniformity is empty');
    }
    // Three directions at right angles, in the units of the sphere.
    const corners = new Matrix(new Float64Array([1, 0, 0, 0, 1, 0, 0, 0, 1]), 3, 3);
    for (const method of [uniformity, viewAlignment]) {
      const inputs = method === uniformity ? [corners] : [corners, corners];
      expect((await runMethod(method, inputs, { t: 1000 })).values.uniformity, method.id).toBeCloseTo(-2000, 9);
    }
  });

  test('what is spread evenly is as uniform as an even spread', async () => {
    const { values } = await runMethod(uniformity, [normal(800, 10, 4)]);
    expect(Math.abs((values.uniformity as number) - (values.even as number))).toBeLessThan(0.02);
  });
});

test('read in blocks, the spectrum and anisotropy are what they are in memory', async () => {
  const base = fileURLToPath(new URL('../../media/samples', import.meta.url));
  const desk = { signal: new AbortController().signal, progress: () => {} };
  const inputs = [{ path: 'digits/digits-cnn-seed0-activations.npz', tensor: 'layer8' }];
  for (const method of ['spectral-decay', 'anisotropy']) {
    const task = { kind: 'run', request: { method, inputs }, base, threads: 0 } as const;
    const whole = (await run({ ...task, memory: 1e9 }, catalogue, desk)).result;
    const { steps, values } = (await run({ ...task, memory: 340_000 }, catalogue, desk)).result;
    expect(steps.join(), method).toMatch(/read in blocks of \d+ rows/);
    expect(whole.steps.join(), method).not.toMatch(/read in blocks/);
    for (const [key, value] of Object.entries(whole.values))
      expect(Math.abs(Number(values[key]) - Number(value)), `${method} ${key}`).toBeLessThan(1e-7);
  }
});
