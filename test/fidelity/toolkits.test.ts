/** What tools compute under names of the table of variants, where it has to say how they differ: reference/toolkits.py. */
import { describe, expect, test } from 'vitest';
import { Matrix } from '../../src/linalg/matrix';
import { catalogue } from '../../src/methods/catalogue';
import type { Method } from '../../src/methods/method';
import { runMethod } from '../unit/run-method';
import reference from './reference/toolkits.json';

const method = catalogue.find(({ id }) => id === 'variants') as Method;

function matrix([rows, columns, first]: readonly number[]): Matrix<Float64Array> {
  const [n = 0, p = 0] = [rows, columns];
  return new Matrix(
    Float64Array.from({ length: n * p }, (_, k) => Math.sin(((first ?? 0) + k) ** 2)),
    n,
    p,
  );
}

/** The line of the table that stands for a tool: its value, and what is said of the tool. */
async function lineOf(inputs: readonly Matrix[], tool: string) {
  const { tables } = await runMethod(method, inputs);
  const found = tables?.variants?.rows.find((row) => String(row[6]).includes(tool)) ?? [];
  return { value: Number(found[4]), said: String(found[6]) };
}

describe.each(Object.entries(reference))('%s', (_, expected) => {
  const inputs = expected.shapes.map(matrix);
  const line = (tool: string) => lineOf(inputs, tool);

  test('ReSi divides the overlap by the larger number of units, as is said', async () => {
    const { value, said } = await line('ReSi (EOS)');
    const units = Math.max(...inputs.map(({ columns }) => columns));
    const rank = Math.min(units, inputs[0]?.rows ?? 0);
    expect((value * rank) / units).toBeCloseTo(expected['ReSi (EOS)'], 10);
    expect(said).toContain('over the larger number of units');
  });

  test('repsim’s angle is that of linear CKA with one setting, and of it without its diagonal by default', async () => {
    const setting = 'AngularCKA, use_unbiased_hsic=False';
    expect((await line(setting)).value).toBeCloseTo(expected[setting], 10);
    const { value, said } = await line('AngularCKA):');
    expect(Math.acos(value)).toBeCloseTo(expected.AngularCKA, 10);
    expect(said).toContain('its arc cosine');
  });

  test.each(['CRAN; cka', 'length scale median/2', 'length scale auto', 'Laplace(1.0)'] as const)(
    'CKA with the kernel of repsim: %s',
    async (tool) => {
      expect((await line(tool)).value).toBeCloseTo(expected[tool], 10);
    },
  );

  test('rsatoolbox takes each side over the root of its number of units, as is said', async () => {
    const measure = catalogue.find(({ id }) => id === 'procrustes-size-and-shape') as Method;
    const scaled = inputs.map(({ data, rows, columns }) => {
      return new Matrix(
        data.map((value) => value / Math.sqrt(columns)),
        rows,
        columns,
      );
    });
    const { distance } = (await runMethod(measure, scaled)).values;
    expect(Number(distance) ** 2).toBeCloseTo(expected.bures_metric, 8);
    expect((await line('bures_metric')).said).toContain('each side over the root of its number of units');
  });
});

describe('more rows than units', () => {
  const { tall } = reference;
  const inputs = tall.shapes.map(matrix);

  test('sim_metric has the weights of the paper only where the first has no more units, as is said', async () => {
    const [mean, squares, weighted] = tall.sim_metric as [number, number, number];
    expect((await lineOf(inputs, 'sim_metric (mean_cca_corr)')).value).toBeCloseTo(mean, 10);
    expect((await lineOf(inputs, 'sim_metric (mean_sq_cca_corr)')).value).toBeCloseTo(squares, 10);
    const { value, said } = await lineOf(inputs, 'sim_metric (pwcca)');
    expect(said).toContain('where the first has no more units');
    expect(Math.abs(value - weighted)).toBeGreaterThan(0.01);
    const exchanged = await lineOf(inputs.toReversed(), 'sim_metric (pwcca)');
    expect(exchanged.value).toBeCloseTo(tall.exchanged, 10);
  });

  test('anatome cuts elsewhere, as is said', async () => {
    const { value, said } = await lineOf(inputs, 'one component fewer');
    expect(Math.abs(value - tall.anatome)).toBeGreaterThan(0.01);
    expect(said).toBe('anatome, as 1 minus it, one component fewer of columns not yet centred');
  });
});
