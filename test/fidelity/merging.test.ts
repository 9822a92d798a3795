/** Iterative feature merging: published numbers, and a NumPy program (reference/merging.py) on a real network. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/engine/run';
import { Matrix } from '../../src/linalg/matrix';
import type { WeightTensor } from '../../src/linalg/units';
import { catalogue } from '../../src/methods/catalogue';
import { functionTest } from '../../src/methods/describe/merging/function-test';
import { type MergeOptions, merge, prepareMerge } from '../../src/methods/describe/merging/merge';
import { root } from '../unit/engine-files';
import { det } from './fixtures';
import reference from './reference/merging.json';

const { signal } = new AbortController();
const desk = { signal, progress: () => {} };

describe('six units, of which one is a copy and one nearly', () => {
  const [inputs, units, outputs] = [4, 6, 3];
  const w1 = det(units, inputs, 1).data;
  const b1 = det(1, units, 77).data.map((value) => 0.1 * value);
  const w2 = det(outputs, units, 300).data;
  for (const [from, to, by] of [
    [1, 4, 0],
    [2, 5, 0.05],
  ] as const) {
    for (const [j, value] of det(1, inputs, 900).data.entries())
      w1[to * inputs + j] = (w1[from * inputs + j] as number) + by * value;
    for (const [o, value] of det(1, outputs, 950).data.entries())
      w2[o * units + to] = (w2[o * units + from] as number) + by * value;
    b1[to] = b1[from] as number;
  }
  const tensors = [
    { name: 'w1', shape: [units, inputs], values: w1 },
    { name: 'b1', shape: [units], values: b1 },
    { name: 'w2', shape: [outputs, units], values: w2 },
  ];
  const layer = {
    ...{ name: 'hidden', units, homogeneous: true, incoming: { tensor: 0, axis: 0, span: 1 } },
    ...{ bias: { tensor: 1, axis: 0, span: 1 }, outgoing: [{ tensor: 2, axis: 1, span: 1 }] },
  };
  const x = det(50, inputs, 10_000);

  /** W₂ relu(W₁ x + b₁) of every row. */
  function outputsOf([first, bias, second]: readonly WeightTensor[], bend = (z: number) => Math.max(0, z)): number[] {
    const count = first?.shape[0] ?? 0;
    return Array.from({ length: x.rows }, (_, i) => {
      const hidden = Array.from({ length: count }, (_, u) =>
        bend(x.row(i).reduce((z, value, j) => z + value * (first?.values[u * inputs + j] ?? 0), bias?.values[u] ?? 0)),
      );
      return Array.from({ length: outputs }, (_, o) =>
        hidden.reduce((sum, value, u) => sum + value * (second?.values[o * count + u] ?? 0), 0),
      );
    }).flat();
  }

  const before = outputsOf(tensors);
  const prepared = prepareMerge([layer], tensors, signal);
  const mergedAt = async (beta: number, rule: MergeOptions['rule'] = 'sum-incoming') => {
    const merged = merge(await prepared, { beta, most: 1, rule }, signal);
    const after = outputsOf(merged.tensors);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + value * (b[k] as number), 0);
    const gap = after.map((value, k) => value - (before[k] as number));
    return {
      ...{ groups: merged.layers[0]?.groups, trace: merged.layers[0]?.trace ?? [], tensors: merged.tensors },
      error: Math.sqrt(dot(gap, gap) / dot(before, before)),
      cosine: dot(after, before) / Math.sqrt(dot(after, after) * dot(before, before)),
    };
  };

  test('distances are those published', async () => {
    const squares = (await prepared).first[0] ?? new Float64Array();
    expect(squares[1 * units + 4]).toBeCloseTo(0, 12);
    expect(squares[2 * units + 5]).toBeCloseTo(0.00898, 5);
    expect(Math.max(...squares)).toBeCloseTo(13.657419, 6);
  });

  test('copies merge at β = 0, and nothing changes', async () => {
    const { groups, error } = await mergedAt(0);
    expect(groups).toEqual([[0], [2], [3], [5], [1, 4]]);
    expect(error).toBeLessThan(1e-15);
  });

  test('what nearly agrees merges up to β = 0.3, the rest at 0.5', async () => {
    for (const beta of [0.01, 0.1, 0.3]) {
      const { groups, error, cosine } = await mergedAt(beta);
      expect(groups).toEqual([[0], [3], [1, 4], [2, 5]]);
      expect(error).toBeCloseTo(7.072e-4, 7);
      expect(cosine).toBeCloseTo(0.99999976, 8);
    }
    const { groups, error, cosine, trace } = await mergedAt(0.5);
    expect(groups).toEqual([[3], [1, 4], [0, 2, 5]]);
    expect(error).toBeCloseTo(0.26991, 5);
    expect(cosine).toBeCloseTo(0.96289, 5);
    const published = [
      [0, 13.657],
      [0.00898, 19.4417],
      [10.3573, 26.1354],
    ];
    for (const [i, [least, most]] of trace.entries()) {
      expect(least).toBeCloseTo(published[i]?.[0] as number, 4);
      expect(most).toBeCloseTo(published[i]?.[1] as number, 3);
    }
  });

  test('the mean of what makes copies is exact whatever the activation, their sum is not', async () => {
    const bent = outputsOf(tensors, Math.tanh);
    const gap = async (rule: MergeOptions['rule']) => {
      const after = outputsOf((await mergedAt(0, rule)).tensors, Math.tanh);
      return Math.max(...after.map((value, k) => Math.abs(value - (bent[k] as number))));
    };
    expect(await gap('mean-incoming')).toBeLessThan(1e-15);
    expect(await gap('sum-incoming')).toBeGreaterThan(0.1);
  });
});

test('accuracy is of the rows that have a label, which say how many have none', () => {
  const outputs = (...winners: number[]) =>
    Matrix.of(winners.map((winner) => [0, 1, 2].map((k) => Number(k === winner))));
  const labels = {
    ...{ kind: 'category' as const, name: 'digit', categories: ['0', '1', '2', '(missing)'] },
    index: Int32Array.of(0, 3, 2, 1, 3),
  };
  const { before, after, agreement, left } = functionTest(outputs(0, 0, 2, 2, 1), outputs(0, 0, 1, 2, 1), { labels });
  expect([before, after, agreement]).toEqual([2 / 3, 1 / 3, 4 / 5]);
  expect(left).toBe('Accuracy: 2 rows have no "digit" and were left out.');
});

test('a digits network merges, layer by layer, to what the reference finds, and decides as it does', async () => {
  const samples = join(root, 'media/samples/digits');
  const input = {
    path: join(samples, 'digits-cnn-seed0.onnx'),
    model: { data: [{ path: join(samples, 'digits-test-images.npy') }] },
  };
  const request = {
    ...{ method: 'feature-complexity', inputs: [input], labels: { path: join(samples, 'digits-test-labels.npy') } },
    parameters: { beta: 0.1, betas: [0.2, 0.3] },
  };
  const surroundings = { base: root, memory: 1e9, threads: 0 };
  const { result, model } = await run({ kind: 'run', request, ...surroundings }, catalogue, desk);
  expect(result.values['accuracy-before']).toBeCloseTo(reference.accuracy, 10);
  const rows = result.tables.curve?.rows ?? [];
  expect(rows).toHaveLength(3);
  for (const [i, { beta, left, accuracy, agreement, relative }] of reference.steps.entries()) {
    const [at, , , same, right, error, , ...layers] = rows[i] ?? [];
    expect([at, ...layers]).toEqual([beta, ...left]);
    expect(same).toBeCloseTo(agreement, 10);
    expect(right).toBeCloseTo(accuracy, 10);
    // Weights are float32 in the model.
    expect(error).toBeCloseTo(relative, 6);
  }
  expect(model?.length).toBeGreaterThan(300_000);
  expect(result.tables['left-alone']?.rows).toEqual([['/head/Gemm', 'its units are an output of the model']]);
});
