import { expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { classGeometry, welchBound } from '../../src/methods/describe/class-geometry';
import { regularSimplex } from '../../src/methods/shared/simplex';
import { allDigits } from '../unit/all-digits';
import { rowsOf } from '../unit/labelled-rows';
import { runMethod } from '../unit/run-method';
import reference from './reference/geometry.json';

test('pixels of the digits: against NumPy, and as known before', async () => {
  const { values } = await runMethod(classGeometry, [allDigits.pixels], {}, { rows: rowsOf(allDigits.of) });
  for (const [key, value] of Object.entries(reference)) expect(values[key], key).toBeCloseTo(value, 9);
  expect(values['mean-cosine']).toBeCloseTo(-0.106, 3);
  expect(values.coherence).toBeCloseTo(0.677, 3);
  expect(values['cosine-sd']).toBeCloseTo(0.251, 3);
  expect(values.simplex).toBeCloseTo(-1 / 9, 12);
});

test('a regular simplex has collapsed, and is as far from coherence as it can be', async () => {
  const of = Int32Array.from({ length: 20 }, (_, i) => i % 5);
  const { values, reading } = await runMethod(
    classGeometry,
    [regularSimplex(5).takeRows(of)],
    {},
    { rows: rowsOf(of) },
  );
  expect(values['mean-cosine']).toBeCloseTo(-0.25, 12);
  for (const key of ['cosine-sd', 'equinorm', 'collapse']) expect(values[key], key).toBeCloseTo(0, 12);
  expect(values.coherence).toBeCloseTo(values.welch as number, 12);
  expect(reading).toContain('classes have collapsed');
});

test.each([
  [100, 0.09492],
  [200, 0.06328],
  [500, 0.03164],
  [1000, 0],
])('no thousand vectors in %i dimensions are less coherent', (d, bound) => {
  expect(welchBound(1000, d)).toBeCloseTo(bound, 5);
});

test('Welch bounds of ten vectors in five dimensions', async () => {
  const of = Int32Array.from({ length: 20 }, (_, i) => i % 10);
  const x = new Matrix(
    Float64Array.from({ length: 100 }, (_, k) => Math.sin(k * k)),
    20,
    5,
  );
  const { values } = await runMethod(classGeometry, [x], {}, { rows: rowsOf(of) });
  expect(values.welch).toBeCloseTo(0.3333, 4);
  expect(values.coherence).toBeGreaterThan(values.welch as number);
});
