import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { clusters } from '../../src/methods/describe/clusters';
import { runMethod } from '../unit/run-method';
import reference from './reference/clusters.json';

/** sin((i d + j + s)²): rows that anybody can write down again; three groups, two apart. */
const groups = new Matrix(
  Float64Array.from({ length: 90 * 3 }, (_, k) => Math.sin((k + 9) ** 2) + (k % 3 === Math.floor(k / 90) ? 2 : 0)),
  90,
  3,
);
const rows = {
  index: Int32Array.from({ length: 90 }, (_, i) => i),
  labels: {
    ...{ kind: 'category' as const, name: 'group', categories: ['a', 'b', 'c'] },
    index: Int32Array.from({ length: 90 }, (_, i) => Math.floor(i / 30)),
  },
};

test.each(['kmeans', 'spherical'] as const)('clusters as scikit-learn has them: %s', async (how) => {
  const { values, tables } = await runMethod(clusters, [groups], { clusters: 3, how, restarts: 20 }, { rows });
  const { silhouette, explained, rand, information } = reference[how];
  expect(values.silhouette).toBeCloseTo(silhouette, 10);
  expect(values.explained).toBeCloseTo(explained, 10);
  const [first, second] = tables?.agreement?.rows.map(([, value]) => value as number) ?? [];
  expect(first).toBeCloseTo(rand, 10);
  expect(second).toBeCloseTo(information, 10);
  // Groups that are apart are found again from a part of the rows.
  expect(values.stability as number).toBeGreaterThan(0.5);
});
