/** The shape metric of feature maps against reference/convolution.py. */
import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { catalogue } from '../../src/methods/catalogue';
import type { Method } from '../../src/methods/method';
import { runMethod, sampleMatrix } from '../unit/run-method';
import reference from './reference/convolution.json';

const method = catalogue.find(({ id }) => id === 'shape-metric') as Method;
const sample = (seed: number) => sampleMatrix(`digits/digits-cnn-seed${seed}-activations.npz`, 'layer8').slice(0, 60);

test.each(Object.entries(reference))('height, width, channels, alpha: %s', async (name, expected) => {
  const [height, width, channels, alpha] = name.split(' ');
  const chosen = { height: Number(height), width: Number(width), channels, alpha: Number(alpha) };
  const { values, steps } = await runMethod(method, [sample(0), sample(1)], chosen);
  expect(values.distance).toBeCloseTo(expected, 9);
  expect(steps?.at(-1)).toMatch(/the best of 16 circular shifts/);
});

test('maps that are shifted, their channels turned, are the same', async () => {
  const x = sample(0).toDouble();
  const y = Matrix.zeros(x.rows, x.columns);
  // One down and three right; two of the four channels exchanged, one with another sign.
  for (let i = 0; i < x.rows; i++)
    for (let c = 0; c < 4; c++)
      for (let place = 0; place < 16; place++) {
        const moved = ((Math.floor(place / 4) + 1) % 4) * 4 + ((place + 3) % 4);
        y.row(i)[c * 16 + moved] = (c === 0 ? -1 : 1) * x.at(i, (c < 2 ? 1 - c : c) * 16 + place);
      }
  const found = await runMethod(method, [x, y], { height: 4, width: 4 });
  expect(found.values.distance).toBeLessThan(1e-7);
  expect(found.steps?.at(-1)).toMatch(/1 down and 3 right/);
  const { values } = await runMethod(method, [x, y], { height: 1, width: 16 });
  expect(values.distance).toBeGreaterThan(0.01);
  await expect(runMethod(method, [x, y], { height: 3, width: 5 })).rejects.toThrow(/a: 64 columns are no feature maps/);
});
