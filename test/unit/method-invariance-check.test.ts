import { describe, expect, test } from 'vitest';
import { chooseMeasures } from '../../src/engine/compare';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import { invarianceCheck } from '../../src/methods/compare/invariance-check';
import { measuresOf } from '../../src/methods/compare/measured';
import type { Method } from '../../src/methods/method';
import { UserError } from '../../src/protocol/errors';
import { figureOf, runMethod } from './run-method';

const method = catalogue.find(({ id }) => id === 'invariance-check') as Method;
const linearCka = catalogue.find(({ id }) => id === 'linear-cka') as Method;
const random = new Random(1);
const normal = (rows: number, columns: number) =>
  new Matrix(
    Float32Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  );

describe('the invariance check', () => {
  test('tabulates every measure that is asked for against every change', async () => {
    const outcome = await runMethod(method, [normal(40, 6), normal(40, 4)], { measures: 'linear-cka, rsm-difference' });
    expect(outcome.tables?.invariances?.rows).toEqual([
      ['Linear CKA', 'y', 'y', 'y', 'y', '–', '–', 'y', 'y', 1],
      [expect.any(String), 'y', 'y', '–', 'y', '–', '–', 'y', 'y', 0],
    ]);
    const changes = outcome.tables?.changes?.rows ?? [];
    expect(changes).toHaveLength(16);
    for (const [, , before, after, difference] of changes) expect(difference).toBe(Number(after) - Number(before));
    expect(outcome.values).toEqual({ contradictions: 0, unchanged: 11, changed: 5 });
    expect(figureOf({ figures: outcome.figures }, 'heatmap', 'changes').panels[0]?.shape).toEqual([2, 8]);
  });

  test('of values in units of the data a change is one in any unit', async () => {
    const small = (m: Matrix) =>
      new Matrix(
        m.toDouble().data.map((value) => 2 ** -10 * value),
        m.rows,
        m.columns,
      );
    const pair = [small(normal(40, 6)), small(normal(40, 4))] as const;
    const outcome = await runMethod(method, pair, { measures: 'hsic' });
    expect(outcome.values.contradictions).toBe(0);
    expect(outcome.tables?.invariances?.rows[0]?.slice(0, 9)).toEqual(['HSIC', 'y', 'y', '–', 'y', '–', '–', 'y', 'y']);
  });

  test('finds a measure out that declares what it is not', async () => {
    const boastful: Method = { ...linearCka, invariances: [...linearCka.invariances, 'linear'] };
    const outcome = await runMethod(invarianceCheck([boastful]), [normal(40, 6), normal(40, 4)], { measures: 'all' });
    expect(outcome.values.contradictions).toBe(1);
    expect(outcome.reading).toMatch(/1 declared invariance.*Linear CKA, linear map/);
  });

  test('says what of large inputs it was computed on', async () => {
    const outcome = await runMethod(method, [normal(350, 70), normal(350, 4)], { measures: 'linear-cka' });
    expect(outcome.steps).toContain('300 of 350 rows drawn at random');
    expect(outcome.steps).toContain('64 of 70 units of a drawn at random');
    expect(outcome.values.contradictions).toBe(0);
  });

  test('explains a measure that cannot be computed', async () => {
    const outcome = await runMethod(method, [normal(5, 3), normal(5, 3)], { measures: 'mutual-knn,linear-cka' });
    expect(outcome.warnings?.join(' ')).toMatch(/Mutual nearest neighbours: .*neighbours/);
    expect(outcome.tables?.invariances?.rows[0]?.slice(1)).toEqual(new Array(9).fill(null));
  });
});

test('measures are chosen by word or by id, and an unknown one is answered with the list', () => {
  const measures = catalogue.filter(({ takes, alone }) => takes === 'pair' && !alone);
  expect(measuresOf(measures, 'all')).toEqual(chooseMeasures(catalogue, ['all']));
  expect(measuresOf(measures, 'recommended')).toEqual(chooseMeasures(catalogue, undefined));
  expect(measuresOf(measures, 'imd, linear-cka ,imd').map(({ id }) => id)).toEqual(['imd', 'linear-cka']);
  expect(() => measuresOf(measures, 'no-such')).toThrow(/no measure "no-such".*linear-cka/);
  expect(() => measuresOf(measures, ' , ')).toThrow(UserError);
});

test('what examines measures is none of a comparison', () => {
  expect(chooseMeasures(catalogue, ['all']).map(({ id }) => id)).not.toContain('invariance-check');
  expect(() => chooseMeasures(catalogue, ['invariance-check'])).toThrow(/examines measures/);
});
