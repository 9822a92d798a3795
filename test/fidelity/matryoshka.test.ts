/** The Matryoshka map: published numbers, an independent program (reference/matryoshka.py), and two real encoders. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRepresentation } from '../../src/data/representation';
import { readTextRows } from '../../src/data/texts';
import { extract } from '../../src/engine/extract';
import { Matrix } from '../../src/linalg/matrix';
import {
  prefix,
  retrievalScore,
  similarityScore,
  softmaxDivergence,
} from '../../src/methods/describe/matryoshka/tasks';
import { matryoshkaMap } from '../../src/methods/describe/matryoshka-map';
import type { Outcome, Rows } from '../../src/methods/method';
import { TextTokenizer } from '../../src/models/tokens';
import { header, npy } from '../unit/data-files';
import { root, temporaryFolder } from '../unit/engine-files';
import { runMethod } from '../unit/run-method';
import { det, Z } from './fixtures';
import reference from './reference/matryoshka.json';

const widths = [2, 4, 8, 16, 32];
const quick = { orders: 0, bootstrap: 0 };
const scoresOf = ({ tables }: Outcome) => (tables?.cells?.rows ?? []).map((row) => Number(row[2]));
const everyRow = (n: number) => Int32Array.from({ length: n }, (_, i) => i);
const scored = (values: Float64Array): Rows => ({
  index: everyRow(values.length),
  labels: { kind: 'number', name: 'score', values },
});
function expectDigits(found: readonly number[], expected: readonly number[], digits: number): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i] as number, digits);
}

/** Four layers that hold more and more of one signal, most of it in the first columns. */
function layersOf(n: number, d: number): Matrix<Float64Array>[] {
  const signal = Z(n, d);
  for (const k of signal.data.keys()) signal.data[k] = (signal.data[k] as number) * Math.exp(-(k % d) / 8);
  return [1, 2, 3, 4].map((layer) => {
    const noise = Z(n, d, 10_000 * layer);
    const mixed = signal.data.map(
      (value, k) => (layer / 4) * value + (1 - layer / 4) * 0.5 * (noise.data[k] as number),
    );
    return new Matrix(mixed, n, d);
  });
}

const cosine = (a: Float64Array, b: Float64Array) => {
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, j) => sum + value * (y[j] as number), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe('layers of a growing signal', () => {
  const layers = layersOf(80, 32);
  const last = layers[3] as Matrix<Float64Array>;

  test('Spearman’s correlation of pairs of rows with rounded scores', async () => {
    // The score of both rows of a pair.
    const gold = Float64Array.from({ length: 80 }, (_, i) => {
      const pair = i - (i % 2);
      return Math.round(10 * ((5 * (cosine(last.row(pair), last.row(pair + 1)) + 1)) / 2)) / 10;
    });
    const parameters = { task: 'similarity', pairs: 'rows', dimensions: widths, ...quick };
    const outcome = await runMethod(matryoshkaMap, layers, parameters, { rows: scored(gold) });
    const expected = [
      ...[-0.050988, -0.331422, 0.059737, 0.177235, 0.006679, 0.497744, 0.544969, 0.520228, 0.461432, 0.419381],
      ...[0.732552, 0.843277, 0.972158, 0.976862, 0.970089, 0.699532, 0.872346, 0.981471, 0.996429, 0.997182],
    ];
    expectDigits(scoresOf(outcome), expected, 6);
    // Within 5 % of 0.997182 are five cells; of these 3 × 8 is the least.
    expect(outcome.values).toMatchObject({ layer: 3, dimensions: 8, cost: (3 / 4) * (8 / 32) });
  });

  test('shared neighbours with the last layer, and the divergence from it', async () => {
    const overlap = await runMethod(matryoshkaMap, layers, { task: 'neighbours', dimensions: widths, ...quick });
    const expected = [
      ...[0.14375, 0.2075, 0.19875, 0.205, 0.2, 0.32375, 0.41125, 0.43625, 0.44625, 0.41125],
      ...[0.385, 0.6625, 0.7875, 0.78625, 0.7725, 0.43625, 0.695, 0.89, 0.985, 1],
    ];
    expectDigits(scoresOf(overlap), expected, 10);
    const divergence = (overlap.tables?.layers?.rows ?? []).map((row) => Number(row[3]));
    expectDigits(divergence, [0.054865084, 0.025121672, 0.006324063, 0], 9);
    const cold = layers.map((layer) => softmaxDivergence(last, layer, 0.3));
    expectDigits(cold, [0.657698977, 0.323826219, 0.082985023, 0], 9);
  });

  test('classes by nearest neighbours and CKA are those of the reference', async () => {
    const classes = everyRow(80).map((i) => Math.floor((4 * (Math.sin(i) + 1)) / 2.0000001));
    const categories = ['a', 'b', 'c', 'd'];
    const rows: Rows = { index: everyRow(80), labels: { kind: 'category', name: 'class', categories, index: classes } };
    const parameters = { task: 'classes', neighbours: 5, dimensions: widths, ...quick };
    const found = await runMethod(matryoshkaMap, layers, parameters, { rows });
    expectDigits(scoresOf(found), reference.classes.flat(), 12);
    const similar = await runMethod(matryoshkaMap, layers, { dimensions: widths, ...quick });
    expectDigits(scoresOf(similar), reference.cka.flat(), 10);
  });
});

describe('two sides that grow alike', () => {
  const mix = Float64Array.from({ length: 40 }, (_, i) => i / 39);
  const base = det(40, 8, 3);
  const scaled = (x: Float64Array) =>
    new Matrix(
      x.map((value, k) => value * 2 ** (-(k % 8) / 2)),
      40,
      8,
    );
  const others = [100, 2000, 30_000].map((shift) => {
    const noise = det(40, 8, shift).data;
    const part = (k: number) => mix[Math.floor(k / 8)] as number;
    return scaled(base.data.map((value, k) => part(k) * value + (1 - part(k)) * (noise[k] as number)));
  });
  const firsts = others.map(() => scaled(base.data));

  test('Spearman’s correlation of cosines, layers by dimensions', async () => {
    const parameters = { task: 'similarity', dimensions: [1, 2, 4, 8], ...quick };
    const outcome = await runMethod(matryoshkaMap, [...firsts, ...others], parameters, { rows: scored(mix) });
    const found = scoresOf(outcome);
    const wide = [0.677111, 0.732833, 0.812008, 0.818949, 0.884803, 0.899437, 0.694934, 0.818199, 0.83152];
    expectDigits(
      found.filter((_, i) => i % 4 > 0),
      wide,
      6,
    );
    // Cosines of one dimension are signs, and ties share their rank.
    expectDigits(
      found.filter((_, i) => i % 4 === 0),
      reference.signs,
      12,
    );
  });

  test('the loss of training, and the divergence of four dimensions', async () => {
    const [x, y] = [firsts[0], others[0]] as [Matrix, Matrix];
    const losses: number[] = [];
    for (const width of [1, 2, 4, 8])
      losses.push((await retrievalScore(prefix(x, width), prefix(y, width), {})).more[2]);
    expectDigits(losses, [15.007025, 7.790936, 4.449335, 4.244908], 5);
    expect(softmaxDivergence(prefix(others[2] as Matrix, 4), prefix(x, 4), 1)).toBeCloseTo(0.057233, 6);
  });
});

/** Layers 1 to 4 by 4, 8, 16, 32 and 64 dimensions, in thousandths, as the encoders' own evaluation gives them. */
test.each([
  ['matryoshka-encoder', [30, 54, 82, 109, 116, 46, 71, 98, 111, 121, 52, 80, 106, 121, 127, 53, 88, 110, 127, 131]],
  ['plain-encoder', [21, 34, 62, 90, 117, 22, 41, 71, 98, 127, 23, 48, 95, 120, 138, 34, 56, 100, 145, 161]],
])('%s finds the next verse among 500 as well as it should, from every layer and prefix', async (name, expected) => {
  const [folder, encoder] = [temporaryFolder(), join(root, 'test/fidelity/fixtures/text', name)];
  const column = async (tensor: string) =>
    (await readTextRows({ path: join(root, 'media/samples/text/verses.csv'), tensor }, folder, { limit: 1e9 })).texts;
  const tokenizer = await TextTokenizer.open(encoder);
  const { rows, length, inputIds, attentionMask } = tokenizer.encode([
    ...(await column('text')),
    ...(await column('next')),
  ]);
  const data = Object.entries({ input_ids: inputIds, attention_mask: attentionMask }).map(([input, values]) => {
    const path = join(folder, `${input}.npy`);
    writeFileSync(
      path,
      npy(header("'<i8'", `(${rows}, ${length})`), Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
    );
    return { input, path };
  });
  const draft = join(folder, 'layers.safetensors');
  const layers = ['/layers.*/n2/Add_1*'];
  const request = { path: join(encoder, 'onnx/model.onnx'), data, layers, reduce: 'mean' as const, out: draft };
  const desk = { signal: new AbortController().signal, progress: () => {} };
  const { layers: made } = await extract(
    { kind: 'extract', request, draft, base: folder, memory: 1e9, threads: 0 },
    desk,
  );
  expect(made).toHaveLength(4);
  const sides: Matrix[] = [];
  for (const range of [
    [0, 500],
    [500, 1000],
  ] as const)
    for (const { name: tensor } of made)
      sides.push((await readRepresentation({ path: draft, tensor, rows: range }, folder, { limit: 1e9 })).matrix);
  const outcome = await runMethod(matryoshkaMap, sides, { task: 'retrieval', ...quick });
  expect(scoresOf(outcome).map((value) => Math.round(1000 * value))).toEqual(expected);
});

test('cosines of rows with themselves do not vary, whatever rounding leaves of them', () => {
  const x = det(40, 6, 0);
  expect(
    similarityScore(
      x,
      x,
      Float64Array.from({ length: 40 }, (_, i) => i),
    ).value,
  ).toBeNaN();
});
