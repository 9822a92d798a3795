/** Stochastic shape distances of the digits against their definition, minimised by SciPy: reference/stochastic.py. */
import { expect, test } from 'vitest';
import { stochasticShape } from '../../src/methods/compare/stochastic-shape';
import { digitRows, digits, rowsOf } from '../unit/labelled-rows';
import { runMethod } from '../unit/run-method';
import reference from './reference/stochastic.json';

const ROWS = 60;
const layers = [digits(0, 'layer8'), digits(1, 'layer8')].map((layer) => layer.slice(0, ROWS));
const { labels } = digitRows;
const rows = rowsOf(labels?.kind === 'category' ? labels.index.slice(0, ROWS) : new Int32Array());

test.each(Object.entries(reference))('%s', async (_, { columns, alpha, distance }) => {
  const inputs = layers.map((layer, side) => layer.takeColumns(columns[side] as number[]));
  const { values } = await runMethod(stochasticShape, inputs, { alpha, restarts: 4 }, { rows });
  expect(values.distance).toBeCloseTo(distance, 7);
});
