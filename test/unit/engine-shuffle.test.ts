import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeNpy } from '../../src/data/npy-writer';
import { readRepresentation } from '../../src/data/representation';
import { compare } from '../../src/engine/compare';
import { run } from '../../src/engine/run';
import { byGeometry, byValue } from '../../src/engine/shuffle';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import { root, temporaryFolder } from './engine-files';

const samples = join(root, 'media/samples');
const read = async (path: string, tensor?: string) =>
  (await readRepresentation({ path, ...(tensor && { tensor }) }, samples, { limit: 1e9 })).matrix;
const random = (rows: number, columns: number, draw: () => number) =>
  new Matrix(Float64Array.from({ length: rows * columns }, draw), rows, columns);
const shuffle = (x: Matrix, seed: number) => x.takeRows(new Random(seed).permutation(x.rows));
let a: Matrix;
let b: Matrix;
beforeAll(async () => {
  [a, b] = await Promise.all([read('words/kjv-word2vec-a.npy'), read('words/kjv-word2vec-b.npy')]);
});

describe('by geometry', () => {
  test('two trainings on the same words, one shuffled, are recognised', async () => {
    expect(await byGeometry(a, shuffle(b, 1), {})).toMatch(/z = -?\d\.\d on 400 rows\), .* in 9\d % of comparisons/);
    for (const seed of [1, 2, 4]) {
      const rows = new Random(seed).sample(a.rows, 1000);
      expect(await byGeometry(a.takeRows(rows), shuffle(b.takeRows(rows), seed), {})).not.toBeNull();
    }
  });

  test('what agrees by position is let be, and so are different words of the same text', async () => {
    expect(await byGeometry(a, b, {})).toBeNull();
    const rows = new Random(5).permutation(a.rows);
    const [one, other] = [rows.subarray(0, 1780), rows.subarray(1780)];
    expect(await byGeometry(a.takeRows(one), b.takeRows(other), {})).toBeNull();
    expect(await byGeometry(a.takeRows(one), a.takeRows(other), {})).toBeNull();
  });

  test.each(['layer1', 'layer8'])('different digits seen by one network in %s are different samples', async (layer) => {
    const x = await read('digits/digits-cnn-seed0-activations.npz', layer);
    for (let seed = 0; seed < 4; seed++) {
      const rows = new Random(seed).permutation(x.rows);
      expect(await byGeometry(x.takeRows(rows.subarray(0, 225)), x.takeRows(rows.subarray(225)), {})).toBeNull();
    }
  });

  test('independent data of many shapes are not taken for each other', async () => {
    const draws: Record<string, (r: Random) => number> = {
      normal: (r) => r.normal(),
      lognormal: (r) => Math.exp(1.5 * r.normal()),
      heavy: (r) => r.normal() / Math.abs(r.normal()),
      grid: (r) => r.integer(4),
    };
    for (const draw of Object.values(draws)) {
      for (const columns of [1, 2, 20]) {
        for (let seed = 0; seed < 4; seed++) {
          const r = new Random(seed);
          const [x, y] = [random(150, columns, () => draw(r)), random(150, columns, () => draw(r))];
          expect(await byGeometry(x, y, {})).toBeNull();
        }
      }
    }
  });

  test('constant and overflowing data pass without a word', async () => {
    expect(await byGeometry(Matrix.zeros(200, 3), Matrix.zeros(200, 3), {})).toBeNull();
    const r = new Random(1);
    const huge = random(200, 3, () => 1e300 * r.normal());
    expect(await byGeometry(huge, shuffle(huge, 2), {})).toBeNull();
  });
});

describe('by value', () => {
  test('the same rows elsewhere are counted, to the digits of float32', () => {
    expect(byValue(a, shuffle(a, 1))).toMatch(
      /^(399|400) of 400 sampled rows have the same values at another position$/,
    );
    const double = a.toDouble();
    const finer = new Matrix(
      double.data.map((value) => value * (1 + 1e-12)),
      a.rows,
      a.columns,
    );
    expect(byValue(shuffle(finer, 1), a)).not.toBeNull();
    expect(byValue(a, b)).toBeNull();
    expect(byValue(a, a.takeRows(Int32Array.from({ length: a.rows }, (_, i) => i)))).toBeNull();
  });

  test('codes and counts that repeat tell nothing', () => {
    const r = new Random(3);
    const codes = (): Matrix => random(300, 4, () => r.integer(2));
    expect(byValue(codes(), codes())).toBeNull();
    expect(byValue(Matrix.zeros(50, 4), Matrix.zeros(50, 4))).toBeNull();
  });

  test('rows that are the same many times over take no longer, and rows that begin with many zeros are told apart', () => {
    const n = 30_000;
    expect(byValue(Matrix.zeros(n, 4), Matrix.zeros(n, 4))).toBeNull();
    const sparse = Matrix.zeros(n, 40);
    for (let i = 0; i < n; i++) sparse.data.set([-0, 1 + (i % 7), i], 40 * i + 37 - (i % 20));
    const moved = shuffle(sparse, 2).map((value) => value + 0);
    expect(byValue(sparse, moved)).toMatch(/^400 of 400 sampled rows/);
  });
});

describe('in a run', () => {
  const folder = temporaryFolder();
  const desk = { signal: new AbortController().signal, progress: () => {} };
  const common = { base: folder, memory: 1e9, threads: 0 };
  const words = ['the', 'of', 'and', 'to', 'ark', 'oil', 'lord', 'king'];
  const table = (name: string, order: readonly number[]) =>
    writeFileSync(
      join(folder, name),
      ['word,x,y', ...order.map((i) => `${words[i]},${Math.sin(i)},${Math.cos(i * i)}`)].join('\n'),
    );
  beforeAll(() => {
    table('a.csv', [0, 1, 2, 3, 4, 5, 6, 7]);
    table('b.csv', [5, 3, 0, 2, 1, 7, 6, 4]);
    writeFileSync(join(folder, 'a.npy'), encodeNpy(a.slice(0, 1000)));
    writeFileSync(join(folder, 'b.npy'), encodeNpy(shuffle(b.slice(0, 1000), 4)));
    writeFileSync(join(folder, 'right.npy'), encodeNpy(b.slice(0, 1000)));
  });
  const warned = async (
    method: string,
    ...inputs: { path: string; rows?: [number, number]; ids?: { path: string; column: string } }[]
  ) =>
    (await run({ kind: 'run', request: { method, inputs }, ...common }, catalogue, desk)).result.warnings.filter(
      (text) => text.startsWith('Rows of'),
    );

  test('names in another order are told, with what to do; paired by them, nothing is', async () => {
    expect(await warned('linear-cka', { path: 'a.csv' }, { path: 'b.csv' })).toEqual([
      'Rows of a.csv and b.csv look like the same samples in another order: 7 of 8 names of rows are in both files at other ' +
        'positions. They were paired by position, so the values here say little. Pair them by identifiers: in the menu Rows, ' +
        'or with --ids on the command line.',
    ]);
    expect(await warned('linear-cka', { path: 'a.csv' }, { path: 'a.csv', rows: [0, 8] })).toEqual([]);
    const ids = ['a.csv', 'b.csv'].map((path) => ({ path, ids: { path, column: 'word' } }));
    expect(await warned('linear-cka', ...ids)).toEqual([]);
  });

  test('numbers that name the rows are names too', async () => {
    const numbered = (name: string, order: readonly number[]) =>
      writeFileSync(join(folder, name), ['id,x', ...order.map((i) => `${1000 + i},${Math.sin(i)}`)].join('\n'));
    numbered('up.csv', [0, 1, 2, 3, 4, 5]);
    numbered('mixed.csv', [3, 4, 5, 0, 1, 2]);
    const told = await warned('linear-cka', { path: 'up.csv' }, { path: 'mixed.csv' });
    expect(told).toEqual([expect.stringContaining('6 of 6 names of rows')]);
  });

  test('names follow the ranges of rows', async () => {
    const parts = (x: [number, number], y: [number, number]) => [
      { path: 'a.csv', rows: x },
      { path: 'b.csv', rows: y },
    ];
    // the of and to, to the and of
    const [told] = await warned('linear-cka', ...parts([0, 4], [1, 5]));
    expect(told).toContain('3 of 4 names of rows are in both files at other positions');
    // ark oil lord king, of king lord ark
    expect(await warned('linear-cka', ...parts([4, 8], [4, 8]))).toEqual([]);
  });

  test('a comparison of several files names each that is shuffled', async () => {
    const inputs = ['a.npy', 'right.npy', 'b.npy'].map((path) => ({ path }));
    const request = { inputs, measures: ['linear-cka'] };
    const { warnings } = await compare({ kind: 'compare', request, ...common }, catalogue, desk);
    expect(warnings.filter((text) => text.startsWith('Rows of'))).toEqual([
      expect.stringMatching(/^Rows of a\.npy and b\.npy look like the same samples in another order: by position/),
    ]);
  });
});
