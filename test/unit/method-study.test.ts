import { describe, expect, test } from 'vitest';
import { Random } from '../../src/linalg/random';
import { ceiling } from '../../src/methods/study/ceiling';
import { depth } from '../../src/methods/study/depth';
import { groupSeparation, violationRate } from '../../src/methods/study/groups';
import { identification } from '../../src/methods/study/identification';
import { optimalLeafOrder } from '../../src/methods/study/leaf-order';
import { averageLinkage, copheneticDistances, type Merge } from '../../src/methods/study/linkage';
import { maps } from '../../src/methods/study/maps';
import { classicalScaling } from '../../src/methods/study/mds';
import { metricOf } from '../../src/methods/study/metric';
import { profiles } from '../../src/methods/study/profiles';
import { allOrders } from '../../src/methods/study/relabel';
import { type Run, type StudyMatrix, symmetrised } from '../../src/methods/study/runs';
import { scoreCorrelation } from '../../src/methods/study/scores';
import type { Figure } from '../../src/protocol/figures';

const { signal } = new AbortController();
const how = (count = 200) => ({ count, random: new Random(1), signal });

/** `count` runs of `deep` layers; `value` compares layer i of run a with layer j of run b. */
function studyOf(
  count: number,
  deep: number,
  value: (a: number, i: number, b: number, j: number) => number | null,
  better: 'higher' | 'lower' = 'higher',
): StudyMatrix {
  const places = Array.from({ length: count * deep }, (_, k) => [Math.floor(k / deep), k % deep] as const);
  const runs = Array.from(
    { length: count },
    (_, run): Run => ({
      name: `run${run}`,
      layers: Array.from({ length: deep }, (_, layer) => ({ name: `layer${layer + 1}`, place: run * deep + layer })),
    }),
  );
  return { runs, values: places.map(([a, i]) => places.map(([b, j]) => value(a, i, b, j))), better, title: 'value' };
}

function symmetric(n: number, value: (i: number, j: number) => number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, k) => value(Math.floor(k / n), k % n));
}

describe('layer identification', () => {
  test('all layers where each is nearest its namesake, by similarity and by distance', async () => {
    const far = (_: number, i: number, __: number, j: number) => Math.abs(i - j);
    for (const study of [studyOf(3, 5, far, 'lower'), studyOf(3, 5, (...of) => -far(...of))]) {
      const { values, chance, tables, missing, reading } = await identification(study, how());
      expect(missing).toBeNull();
      // Each of 15 layers is looked for in two other runs, among five.
      expect(values).toEqual({ accuracy: 1, right: 30, layers: 30 });
      expect(reading).toBe('30 of 30 searches for a layer in another run find its namesake; by chance 6.0.');
      expect(chance.accuracy?.level).toBeCloseTo(0.2, 12);
      expect(chance.accuracy?.p).toBeCloseTo(1 / 201, 12);
      expect(tables.accuracy?.rows[0]).toEqual(['run0', null, 1, 1]);
    }
  });

  test('the neighbour of each: what is right is counted, and where each was found is listed', async () => {
    const next = studyOf(2, 4, (_, i, __, j) => (j === i + (i < 3 ? 1 : 0) ? 1 : 0));
    const { values, tables } = await identification(next, how());
    expect(values).toMatchObject({ right: 2, layers: 8 });
    expect(tables['best-layers']?.rows[0]).toEqual(['run0', 'layer1', 'run1', 'layer2', 1, 0, 'no']);
  });

  test('needs two layers, and counts no pair without a value', async () => {
    expect(
      (
        await identification(
          studyOf(3, 1, () => 1),
          how(),
        )
      ).missing,
    ).toContain('one layer');
    expect(
      (
        await identification(
          studyOf(2, 3, () => null),
          how(),
        )
      ).missing,
    ).toContain('nothing to identify');
    const tied = await identification(
      studyOf(2, 3, () => 0.5),
      how(),
    );
    expect(tied.values.right).toBe(2);
    expect(tied.warnings.join()).toContain('the one nearer to the input was taken: 6.');
  });
});

/** Another rounding of every value. */
const rounded = (value: number, a: number, i: number, b: number, j: number) =>
  value * (1 - ((a + i + b + j) % 4) * 1e-15);

describe('layer identification of runs that lack layers', () => {
  test('chance is that of layers named anew, of which those are looked for whose name the other run has', async () => {
    const values = [
      [1, 0.5, 0.5, 0.9],
      [0.5, 1, 0.5, 0.1],
      [0.5, 0.5, 1, 0.1],
      [0.9, 0.1, 0.1, 1],
    ];
    const run = (name: string, layers: string, first: number): Run => ({
      name,
      layers: [...layers].map((layer, k) => ({ name: layer, place: first + k })),
    });
    const study = { runs: [run('deep', 'abc', 0), run('flat', 'a', 3)], values, better: 'higher', title: 'v' } as const;
    const { values: found, chance } = await identification(study, how(2000));
    expect(found).toEqual({ accuracy: 1, right: 2, layers: 2 });
    // The one layer is always found; the other way one name of three is right.
    expect(chance.accuracy?.level).toBeCloseTo(2 / 3, 12);
    expect(chance.accuracy?.sd).toBeCloseTo(Math.sqrt(2 / 9) / 2, 2);
    expect(chance.accuracy?.p).toBeCloseTo(1 / 3, 1);
  });

  test('values of very different sizes are told apart', async () => {
    const sizes = [1e12, 1, 1e-12];
    const study = studyOf(3, 3, (_, i, __, j) => (sizes[i] as number) * (sizes[j] as number) * (i === j ? 1e9 : 1));
    const { values, warnings } = await identification(study, how());
    expect([values.right, warnings]).toEqual([6, []]);
  });

  test('what differs by rounding alone is tied', async () => {
    const study = studyOf(3, 4, (a, i, b, j) => rounded(i < 2 && j < 2 ? 1 : 0.5, a, i, b, j));
    const even = studyOf(3, 4, (_, i, __, j) => (i < 2 && j < 2 ? 1 : 0.5));
    const [{ values, warnings }, other] = [await identification(study, how()), await identification(even, how())];
    expect([values, warnings]).toEqual([other.values, other.warnings]);
    const [order, same] = [(await depth(study, how())).values, (await depth(even, how())).values];
    for (const key of ['violation-rate', 'correlation']) expect(order[key]).toBe(same[key]);
  });
});

describe('groups', () => {
  const halves = ['a', 'a', 'a', 'b', 'b', 'b'];
  const same = (a: number, b: number) => Math.floor(a / 3) === Math.floor(b / 3);

  test('that are told apart: 1 and 0, with the p of all 720 orders', async () => {
    const { values, chance } = await groupSeparation(
      studyOf(6, 2, (a, _, b) => (same(a, b) ? 2 : 1)),
      halves,
      how(1000),
    );
    expect(values).toEqual({ auprc: 1, 'violation-rate': 0 });
    // Orders that keep the halves together: 3! within each, and the halves exchanged.
    for (const { p } of Object.values(chance)) expect(p).toBeCloseTo(72 / 720, 12);
  });

  test('that are inverted, and equal values', async () => {
    const inverted = await groupSeparation(
      studyOf(6, 1, (a, _, b) => (same(a, b) ? 1 : 2)),
      halves,
      how(),
    );
    expect(inverted.values['violation-rate']).toBe(1);
    const equal = await groupSeparation(
      studyOf(6, 1, () => 1),
      halves,
      how(),
    );
    expect(equal.values).toEqual({ auprc: 0.25, 'violation-rate': 1 });
    expect(violationRate([2, 1, 1, 0], [true, true, false, false])).toBe(0.25);
  });

  test('that are told apart by rounding alone are not', async () => {
    const { values } = await groupSeparation(
      studyOf(6, 2, (...of) => rounded(0.3, ...of)),
      halves,
      how(720),
    );
    expect(values).toEqual({ auprc: 0.25, 'violation-rate': 1 });
  });

  test('what cannot be told apart is said in words', async () => {
    const study = studyOf(3, 1, () => 1);
    expect((await groupSeparation(study, null, how())).missing).toContain('No groups were given');
    expect((await groupSeparation(study, ['x', 'x', 'x'], how())).missing).toContain('All 3 runs are in one group, x');
    expect((await groupSeparation(study, ['x', 'y', 'z'], how())).missing).toContain('a group of its own');
    const odd = await groupSeparation(study, ['x', 'x', 'z'], how());
    expect(odd.warnings.join()).toContain('z: groups of one run');
  });
});

describe('scores', () => {
  const scores = [0.9, 0.91, 0.94, 0.99, 0.7];
  const gap = (a: number, b: number) => Math.abs((scores[a] as number) - (scores[b] as number));

  test('distances that are the differences correlate perfectly, whichever end is alike', async () => {
    for (const study of [studyOf(5, 2, (a, _, b) => gap(a, b), 'lower'), studyOf(5, 2, (a, _, b) => -gap(a, b))]) {
      const { values, chance, missing } = await scoreCorrelation(study, scores, 'accuracy', how(120));
      expect(missing).toBeNull();
      for (const key of ['spearman', 'pearson', 'kendall']) expect(values[key]).toBeCloseTo(1, 12);
      expect(chance.pearson?.p).toBeCloseTo(1 / 120, 12);
    }
  });

  test('differences that are equal but in binary are ties, whatever the unit', async () => {
    const study = studyOf(4, 1, (a, _, b) => (3 * a * a + 5 * b * b + a * b) % 7, 'lower');
    const of = async (scores: number[]) => (await scoreCorrelation(study, scores, 'accuracy', how())).values;
    const [small, large] = [await of([0.7, 0.8, 0.9, 0.95]), await of([70, 80, 90, 95])];
    for (const key of ['spearman', 'pearson', 'kendall']) expect(small[key]).toBeCloseTo(large[key] as number, 12);
  });

  test('constant scores, two runs and no scores are said in words', async () => {
    const study = studyOf(3, 1, (a, _, b) => a + b);
    expect((await scoreCorrelation(study, [1, 1, 1], 'accuracy', how())).missing).toBe(
      'accuracy is 1 for every run, so nothing can go with it. Give numbers that differ.',
    );
    expect((await scoreCorrelation(study, null, '', how())).missing).toContain('No scores were given');
    expect(
      (
        await scoreCorrelation(
          studyOf(2, 1, () => 1),
          [1, 2],
          'x',
          how(),
        )
      ).missing,
    ).toContain('one pair');
    const flat = await scoreCorrelation(
      studyOf(3, 1, () => 1),
      [1, 2, 3],
      'x',
      how(),
    );
    expect(flat.values).toEqual({ spearman: null, pearson: null, kendall: null });
    expect(flat.warnings).toHaveLength(1);
  });
});

describe('along the layers', () => {
  test('no violation where likeness falls with distance, all where it grows', async () => {
    const falling = await depth(
      studyOf(2, 5, (_, i, __, j) => -Math.abs(i - j)),
      how(),
    );
    // On a straight slope, no step of two is beyond those of one and three.
    expect(falling.values).toEqual({ 'violation-rate': 0, correlation: 1, grid: 0 });
    expect(falling.chance['violation-rate']?.p).toBeLessThan(0.05);
    const growing = await depth(
      studyOf(2, 5, (_, i, __, j) => Math.abs(i - j)),
      how(),
    );
    expect(growing.values).toEqual({ 'violation-rate': 1, correlation: -1, grid: 0 });
    const even = await depth(
      studyOf(2, 6, (_, i, __, j) => ((i - j) % 2 === 0 ? 1 : 0.5)),
      how(),
    );
    expect(even.values.grid).toBeCloseTo(0.5, 12);
    expect(even.chance.grid?.p).toBeLessThan(0.2);
  });

  test('profiles: the layer before, both ends, what comes in and the labels; of runs of other lengths what there is', async () => {
    const three = studyOf(2, 3, (a, i, b, j) => (a === b ? 1 - Math.abs(i - j) / 4 : 0));
    const { figures, tables, reading, missing } = await profiles(three, {
      inputs: [{ name: 'the input', values: [0.9, 0.6, 0.3, 0.7, 0.6, 0.5] }],
      labels: [0.1, 0.2, 0.8, 0.1, 0.2, null],
      ...{ notes: ["the input: 'x', every value"], warnings: [] },
    });
    expect(missing).toBeNull();
    const [figure] = figures as [Figure & { kind: 'line' }];
    expect(figure.series.map(({ name, x, y }) => [name, x, y])).toEqual([
      ['the layer before', [1, 2], [0.75, 0.75]],
      ['the first layer', [1, 2], [0.75, 0.5]],
      ['the last layer', [0, 1], [0.5, 0.75]],
      ['the input', [0, 1, 2], [0.8, 0.6, 0.4]],
      ['the labels', [0, 1, 2], [0.1, 0.2, 0.8]],
    ]);
    expect(figure.caption).toMatch(/\. The input: 'x', every value\.$/);
    expect(figure.series[3]).toMatchObject({ low: [0.7, 0.6, 0.3], high: [0.9, 0.6, 0.5] });
    expect(tables.layers?.rows[2]?.slice(2)).toEqual([0.75, 0.5, null, 0.3, 0.8]);
    expect(reading).toMatch(
      /likeness to the input goes from 0\.9.* to 0\.3.*, likeness to the labels goes from 0\.1.* to 0\.8/,
    );
    expect(
      (
        await profiles(
          studyOf(3, 1, () => 1),
          { inputs: [], notes: [], warnings: [] },
        )
      ).missing,
    ).toContain('two layers or more');
  });

  test('runs of two layers have no order', async () => {
    expect(
      (
        await depth(
          studyOf(3, 2, () => 1),
          how(),
        )
      ).missing,
    ).toContain('three layers or more');
  });
});

describe('maps', () => {
  const points = Array.from({ length: 7 }, (_, i) => [Math.sin(i * i), Math.cos(3 * i) / 2] as const);
  const plane = symmetric(7, (i, j) =>
    Math.hypot((points[i]?.[0] ?? 0) - (points[j]?.[0] ?? 0), (points[i]?.[1] ?? 0) - (points[j]?.[1] ?? 0)),
  );

  test('points of a plane keep all of their distances', async () => {
    const { kept, negative, correlation, points: drawn } = await classicalScaling(plane, 7, { signal });
    expect(kept).toBeCloseTo(1, 12);
    expect(negative).toBeLessThan(1e-12);
    expect(correlation).toBeCloseTo(1, 12);
    const back = symmetric(7, (i, j) => Math.hypot(drawn.at(i, 0) - drawn.at(j, 0), drawn.at(i, 1) - drawn.at(j, 1)));
    for (const [k, value] of back.entries()) expect(value).toBeCloseTo(plane[k] as number, 12);
  });

  test('distances that no flat space has are told by their negative eigenvalues', async () => {
    // A star: three ends, each 1 from the middle and 2 from one another.
    const star = symmetric(4, (i, j) => (i === j ? 0 : i === 0 || j === 0 ? 1 : 2));
    expect((await classicalScaling(star, 4, { signal })).negative).toBeGreaterThan(0.05);
  });

  test('the heights of a tree come back from its own distances', () => {
    const merges: Merge[] = [
      { left: 0, right: 3, height: 1 },
      { left: 1, right: 2, height: 2 },
      { left: 4, right: 6, height: 3 },
      { left: 5, right: 7, height: 5 },
    ];
    const found = averageLinkage(copheneticDistances(merges, 5), 5);
    expect(found.map(({ height }) => height)).toEqual([1, 2, 3, 5]);
    expect(copheneticDistances(found, 5)).toEqual(copheneticDistances(merges, 5));
  });

  test('no order that the tree allows is shorter', () => {
    const random = new Random(4);
    for (let n = 2; n <= 8; n++) {
      const d = new Float64Array(n * n);
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) d[i * n + j] = d[j * n + i] = random.uniform();
      const merges = averageLinkage(d, n);
      const length = (order: readonly number[]) =>
        order.slice(1).reduce((sum, leaf, k) => sum + (d[(order[k] as number) * n + leaf] as number), 0);
      const orders = (cluster: number): number[][] => {
        const merge = merges[cluster - n];
        if (!merge) return [[cluster]];
        const [a, b] = [orders(merge.left), orders(merge.right)];
        return a.flatMap((x) =>
          b.flatMap((y) => [
            [...x, ...y],
            [...y, ...x],
          ]),
        );
      };
      const all = orders(2 * n - 2);
      const found = optimalLeafOrder(merges, d, n);
      expect(all).toContainEqual(found);
      expect(length(found)).toBeCloseTo(Math.min(...all.map(length)), 12);
    }
  });

  test('runs that are the same but for rounding have none', async () => {
    const { missing } = await maps(
      studyOf(4, 2, (...of) => rounded(1, ...of)),
      'linear-cka',
      {},
      null,
      { signal },
    );
    expect(missing).toBe('All 4 runs are the same: there is no map.');
  });

  test('need a metric, and every distance', async () => {
    const study = studyOf(4, 1, (a, _, b) => Math.abs(a - b), 'lower');
    expect((await maps(study, 'pwcca', {}, null, { signal })).missing).toContain('pwcca is no metric');
    expect((await maps(study, 'procrustes', {}, null, { signal })).values['runs-kept']).toBeCloseTo(1, 12);
    const holes = studyOf(4, 1, (a, _, b) => (a + b === 3 ? null : 1), 'lower');
    expect((await maps(holes, 'procrustes', {}, null, { signal })).missing).toContain(
      'no distance between run0 and run3',
    );
    expect(
      (
        await maps(
          studyOf(3, 1, () => 0),
          'procrustes',
          {},
          null,
          { signal },
        )
      ).missing,
    ).toContain('are the same');
    expect(
      (
        await maps(
          studyOf(2, 1, () => 0),
          'procrustes',
          {},
          null,
          { signal },
        )
      ).missing,
    ).toContain('three runs');
    const bent = studyOf(3, 1, (a, _, b) => (a === b ? 0 : a + b === 2 ? 5 : 1), 'lower');
    expect((await maps(bent, 'procrustes', {}, null, { signal })).warnings.join()).toContain('triangle inequality');
    expect(metricOf('gulp', { squared: true }).of(4)).toBe(2);
    expect(metricOf('soft-matching-transport', {}).of(0.5)).toBeCloseTo(1, 12);
    expect(() => metricOf('soft-matching-transport', { sign: 'absolute' })).toThrow('no metric');
    expect(metricOf('linear-cka', {}).of(1 + 1e-12)).toBe(0);
    expect(metricOf('rsa', {}).of(-1 - 1e-12)).toBe(Math.PI);
    expect(metricOf('rsa', {}).of(-1.1)).toBeNaN();
    expect(metricOf('linear-cka', {}).of(1.5)).toBeNaN();
  });
});

describe('noise ceiling', () => {
  test('runs that are the same reach it', async () => {
    const { values } = await ceiling(
      studyOf(4, 1, () => 1),
      'rsa',
      { comparison: 'pearson' },
    );
    expect(values.upper).toBeCloseTo(1, 12);
    expect(values.lower).toBeCloseTo(1, 12);
  });

  test('two runs: their correlation is the lower bound, half their angle the upper', async () => {
    const { values } = await ceiling(
      studyOf(2, 1, (a, _, b) => (a === b ? 1 : 0.28)),
      'linear-cka',
      {},
    );
    expect(values.lower).toBeCloseTo(0.28, 12);
    expect(values.upper).toBeCloseTo(Math.cos(Math.acos(0.28) / 2), 12);
  });

  test('of ranks, no order of six pairs does better on average, nor does the mean ranked again', async () => {
    const runs = [
      [1, 2, 3, 4, 5, 6],
      [2, 1, 3, 6, 4, 5],
      [1, 4, 2, 3, 6, 5],
    ];
    const spearman = (a: readonly number[], b: readonly number[]) =>
      1 - (6 * a.reduce((sum, rank, i) => sum + (rank - (b[i] as number)) ** 2, 0)) / (6 * 35);
    const study = studyOf(3, 1, (a, _, b) => spearman(runs[a] as number[], runs[b] as number[]));
    const { values, about } = await ceiling(study, 'rsa', { comparison: 'spearman' });
    const means = (allOrders(6, 720) ?? []).map((order) => {
      const ranks = Array.from(order, (place) => place + 1);
      return runs.reduce((sum, run) => sum + spearman(run, ranks) / 3, 0);
    });
    expect(means).toHaveLength(720);
    // The mean ranks, 4/3, 7/3, 8/3, 13/3, 5 and 16/3, are in the order of the first run: ranked again they are one of these.
    expect(Math.max(...means)).toBeLessThanOrEqual(Number(values.upper));
    expect(about).toContain('is not ranked again');
    expect((await ceiling(study, 'rsa', { comparison: 'pearson' })).about).not.toContain('ranked');
  });

  test('only of a correlation', async () => {
    const missing = async (id: string, parameters = {}) =>
      (
        await ceiling(
          studyOf(2, 1, () => 1),
          id,
          parameters,
        )
      ).missing;
    expect(await missing('procrustes')).toContain('A noise ceiling needs');
    expect(await missing('rsa', { comparison: 'kendall' })).toContain('A noise ceiling needs');
  });
});

test('runs that share no layer are named, with what each has', async () => {
  const study = studyOf(3, 2, () => 1);
  const strange = {
    name: 'other',
    layers: [
      { name: 'conv1', place: 2 },
      { name: 'conv2', place: 3 },
    ],
  };
  const runs = [study.runs[0] as Run, strange, study.runs[2] as Run];
  const { missing } = await groupSeparation({ ...study, runs }, ['a', 'a', 'b'], how());
  expect(missing).toContain('run0 has layer1, layer2, other has conv1, conv2');
  expect((await identification({ ...study, runs }, how())).missing).toBeNull();
});

test('both directions are averaged, and every order of few things is tried', () => {
  expect(
    symmetrised([
      [1, 2],
      [4, null],
    ]),
  ).toEqual([
    [1, 3],
    [3, null],
  ]);
  expect(allOrders(4, 24)).toHaveLength(24);
  expect(new Set(allOrders(4, 24)?.map(String)).size).toBe(24);
  expect(allOrders(5, 24)).toBeNull();
});
