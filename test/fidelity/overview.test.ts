import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { overview } from '../../src/methods/describe/overview';
import { g0, t } from '../../src/methods/golden/inputs';
import { runMethod, sampleMatrix } from '../unit/run-method';
import reference from './reference/overview.json';

const digits = 'digits/digits-cnn-seed0-activations.npz';
const images = sampleMatrix('digits/digits-test-images.npy');
const inputs = {
  'digits layer1': sampleMatrix(digits, 'layer1'),
  'digits layer8': sampleMatrix(digits, 'layer8'),
  images,
  'images, doubled': doubled(images),
  'words a': sampleMatrix('words/kjv-word2vec-a.npy'),
};

describe('against NumPy', () => {
  test.each(Object.entries(inputs))('%s', async (name, matrix) => {
    const { values } = await runMethod(overview, [matrix]);
    const expected: Record<string, number> = reference[name as keyof typeof inputs];
    for (const [key, value] of Object.entries(expected)) expect(values[key], key).toBeCloseTo(value, 9);
    expect(Object.keys(values)).toEqual(Object.keys(expected));
  });
});

test('published participation ratios', async () => {
  const ratio = async (matrix = g0().x) => (await runMethod(overview, [matrix])).values['participation-ratio'];
  expect(await ratio(g0().x)).toBeCloseTo(13.578341, 6);
  // tr(C)² / ‖C‖² with 6 C of T in whole numbers.
  expect(await ratio(t().x)).toBeCloseTo(122 ** 2 / 5764, 12);
  expect(await ratio(t().y)).toBeCloseTo(203 ** 2 / 19129, 12);
});

/** Every unit twice. */
function doubled(x: Matrix): Matrix {
  const data = new Float32Array(2 * x.data.length);
  for (let i = 0; i < x.rows; i++) data.set([...x.row(i), ...x.row(i)], 2 * i * x.columns);
  return new Matrix(data, x.rows, 2 * x.columns);
}
