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

describe.each(Object.entries(reference))('%s', (_, expected) => {
  const inputs = expected.shapes.map(matrix);
  /** The line that stands for a tool: its value, and what is said of the tool. */
  const line = async (tool: string) => {
    const { tables } = await runMethod(method, inputs);
    const found = tables?.variants?.rows.find((row) => String(row[6]).includes(tool)) ?? [];
    return { value: Number(found[4]), said: String(found[6]) };
  };

  test('ReSi divides the overlap by the larger number of units, as is said', async () => {
    const { value, said } = await line('ReSi (EOS)');
    const units = Math.max(...inputs.map(({ columns }) => columns));
    const rank = Math.min(units, inputs[0]?.rows ?? 0);
    expect((value * rank) / units).toBeCloseTo(expected['ReSi (EOS)'], 10);
    expect(said).toContain('over the larger number of units');
  });

  test('repsim’s angle is that of linear CKA with one setting, and of it without its diagonal by default', async () => {
    const setting = 'repsim (AngularCKA, use_unbiased_hsic=False)';
    expect((await line(setting)).value).toBeCloseTo(expected[setting], 10);
    const { value, said } = await line('repsim (AngularCKA):');
    expect(Math.acos(value)).toBeCloseTo(expected['repsim (AngularCKA)'], 10);
    expect(said).toContain('its arc cosine');
  });

  test('anatome cuts elsewhere, as is said', async () => {
    const { value, said } = await line('anatome, one component');
    if ('anatome' in expected) expect(Math.abs(value - expected.anatome)).toBeGreaterThan(0.01);
    expect(said).toBe('anatome, one component fewer of columns not yet centred');
  });
});
