/** Chance levels against every pairing of 6 rows and 10,000 random pairings of real data: reference/significance.py. */
import { describe, expect, test } from 'vitest';
import { calibrate } from '../../src/engine/calibrate';
import type { Matrix } from '../../src/linalg/matrix';
import { catalogue } from '../../src/methods/catalogue';
import { t } from '../../src/methods/golden/inputs';
import type { Method } from '../../src/methods/method';
import { contextFor, runMethod, sampleMatrix } from '../unit/run-method';
import reference from './reference/significance.json';

interface Moments {
  readonly observed: number;
  readonly level: number;
  readonly sd: number;
  readonly kurtosis: number;
  /** Share of pairings that score at least as well. */
  readonly atLeast: number;
}

/** Method, value and parameters of each entry of the reference. */
const MEASURES: Record<string, readonly [string, string, Readonly<Record<string, unknown>>?]> = {
  'linear-cka': ['linear-cka', 'cka'],
  'linear-cka-debiased': ['linear-cka-debiased', 'cka'],
  'rbf-cka': ['rbf-cka', 'cka'],
  'rbf-cka debiased': ['rbf-cka', 'cka', { estimator: 'debiased' }],
  'distance-correlation bias-corrected': ['distance-correlation', 'correlation', { estimator: 'bias-corrected' }],
  'rsa pearson': ['rsa', 'correlation', { comparison: 'pearson' }],
  'rsa spearman': ['rsa', 'correlation', { comparison: 'spearman' }],
  'mutual-knn': ['mutual-knn', 'similarity'],
  'mean-cca rho-squared': ['mean-cca', 'rho-squared'],
  'linear-regression r2': ['linear-regression', 'r2'],
};
const methodOf = (id: string) => catalogue.find((method) => method.id === id) as Method;

async function chanceOf(name: string, [x, y]: readonly [Matrix, Matrix], neighbours: number) {
  const [id, key, parameters = {}] = MEASURES[name] as (typeof MEASURES)[string];
  const own = id === 'mutual-knn' ? { neighbours } : parameters;
  const { values, chance } = await runMethod(methodOf(id), [x, y], own);
  return { value: values[key] as number, level: chance?.[key]?.level as number, sd: chance?.[key]?.sd as number };
}

describe('over all 720 pairings of the rows of T', () => {
  const pair = [t().x, t().y] as const;
  const entries = Object.entries(reference.enumeration as Record<string, Moments>);

  test.each(entries.filter(([name]) => name in MEASURES))('%s has this mean and spread', async (name, exact) => {
    const { value, level, sd } = await chanceOf(name, pair, 2);
    expect(value).toBeCloseTo(exact.observed, 10);
    expect(level).toBeCloseTo(exact.level, 10);
    expect(sd).toBeCloseTo(exact.sd, 10);
  });

  test('shares of pairings that score at least as well are the published ones', () => {
    expect(reference.enumeration['linear-cka'].atLeast).toBeCloseTo(29 / 720, 12);
    expect(reference.enumeration['normalised-bures'].atLeast).toBeCloseTo(124 / 720, 12);
    expect(reference.enumeration['normalised-bures'].level).toBeCloseTo(0.6573494724, 10);
  });

  test.each(['linear-cka', 'normalised-bures'] as const)(
    '%s: p of random pairings is that of all pairings',
    async (id) => {
      const drawn = await draw(id, pair, 4000);
      const { atLeast, level, sd } = reference.enumeration[id];
      // Four standard errors of a share, of a mean and of a spread.
      expect(Math.abs((drawn.p[0] as number) - atLeast)).toBeLessThan(4 * Math.sqrt((atLeast * (1 - atLeast)) / 4000));
      expect(Math.abs((drawn.level[0] as number) - level)).toBeLessThan((4 * sd) / Math.sqrt(4000));
      expect(Math.abs((drawn.sd[0] as number) / sd - 1)).toBeLessThan(4 * spreadError(reference.enumeration[id], 4000));
    },
  );
});

describe('over 10,000 random pairings of two layers of the digits', () => {
  const pair = [
    sampleMatrix('digits/digits-cnn-seed0-activations.npz', 'layer7'),
    sampleMatrix('digits/digits-cnn-seed1-activations.npz', 'layer8'),
  ] as const;
  const entries = Object.entries(reference.draws as Record<string, Moments>);

  test.each(entries.filter(([name]) => name in MEASURES))('%s has this mean and spread', async (name, drawn) => {
    const { value, level, sd } = await chanceOf(name, pair, 10);
    expect(value).toBeCloseTo(drawn.observed, 8);
    expect(Math.abs(level - drawn.level)).toBeLessThan((4 * drawn.sd) / Math.sqrt(reference.count));
    expect(Math.abs(sd / drawn.sd - 1)).toBeLessThan(4 * spreadError(drawn, reference.count));
  });

  test('what has no closed form is drawn alike', async () => {
    const { level, sd } = reference.draws['normalised-bures'];
    const drawn = await draw('normalised-bures', pair, 200);
    expect(Math.abs((drawn.level[0] as number) - level)).toBeLessThan((4 * sd) / Math.sqrt(200));
    expect(Math.abs((drawn.sd[0] as number) / sd - 1)).toBeLessThan(
      4 * spreadError(reference.draws['normalised-bures'], 200),
    );
    expect(drawn.p).toEqual([1 / 201]);
  });
});

/** Standard error of a sample's standard deviation, as a part of it. */
function spreadError({ kurtosis }: Moments, count: number): number {
  return Math.sqrt((kurtosis - 1) / (4 * count));
}

async function draw(id: string, [x, y]: readonly [Matrix, Matrix], count: number) {
  const method = methodOf(id);
  const [value] = method.values;
  if (!value || !method.sweep) throw new Error(`${id} has no sweep.`);
  const { sweep } = method;
  const context = contextFor(x.rows);
  const inputs = [[{ name: 'a', matrix: x }], [{ name: 'b', matrix: y }]] as const;
  const score = (rows: Parameters<typeof sweep>[0], columns: Parameters<typeof sweep>[1]) =>
    sweep(rows, columns, method.parameters.parse({}), context);
  const { values } = await score(...inputs);
  return calibrate(value, inputs, values, { count, seed: 3 }, context, score);
}
