import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/methods/catalogue';
import { VARIANTS } from '../../src/methods/compare/variant-list';
import { g1337, t } from '../../src/methods/golden/inputs';
import { digitsOf, golden } from '../../src/methods/golden/values';
import type { Method } from '../../src/methods/method';
import { runMethod } from './run-method';

const method = catalogue.find(({ id }) => id === 'variants') as Method;

describe('variants of one pair', () => {
  test('are of measures that there are, with parameters that they take, and no two are the same', () => {
    const seen = new Set<string>();
    for (const { method: id, value, parameters = {}, of } of VARIANTS) {
      const measure = catalogue.find((one) => one.id === id) as Method;
      expect(measure?.id, id).toBe(id);
      expect(measure.parameters.strict().safeParse(parameters).success, id).toBe(true);
      if (value !== undefined) expect(measure.values.map(({ key }) => key)).toContain(value);
      seen.add(JSON.stringify([id, value, parameters, of !== undefined]));
    }
    expect(seen.size).toBe(VARIANTS.length);
    expect(VARIANTS[0]?.method).toBe('linear-cka');
  });

  test('have the values that are known of each', async () => {
    const { x, y } = g1337();
    const { values, tables } = await runMethod(method, [x, y]);
    const rows = tables?.variants?.rows ?? [];
    expect(rows).toHaveLength(VARIANTS.length);
    expect(values.variants).toBe(VARIANTS.length);
    let known = 0;
    for (const [k, { method: id, value, parameters = {}, of }] of VARIANTS.entries()) {
      const key = value ?? catalogue.find((one) => one.id === id)?.values[0]?.key;
      const entry = golden.find(
        (one) =>
          one.method === id && one.value === key && JSON.stringify(one.parameters ?? {}) === JSON.stringify(parameters),
      );
      const text = entry?.expected.G1337;
      if (text === undefined || of) continue;
      known++;
      expect(Math.abs(Number(rows[k]?.[4]) - Number(text)), id).toBeLessThan(digitsOf(text));
    }
    expect(known).toBeGreaterThan(12);
    expect(values.cka).toBe(rows[0]?.[4]);
    // The figure counts them so.
    expect(rows.map(([number]) => number)).toEqual(rows.map((_, i) => i + 1));
    const angle = VARIANTS.findIndex(({ method: id, of }) => id === 'linear-cka' && of);
    expect(rows[angle]?.[4]).toBeCloseTo(Math.acos(Number(values.cka)), 12);
    const whitened = rows.find((row) => String(row[6]).includes('cosine_cov'));
    expect(whitened?.[4]).toBeCloseTo(Number(values.cka), 10);
  });

  test('without a value say why', async () => {
    const { values, warnings, tables } = await runMethod(method, [t().x, t().y]);
    const missing = tables?.variants?.rows.filter((row) => row[4] === null).length ?? 0;
    expect(missing).toBeGreaterThan(0);
    expect(values.variants).toBe(VARIANTS.length - missing);
    expect(warnings?.filter((text) => text.startsWith('mutual-knn')).join()).toMatch(/need at least 11 rows/);
  });
});
