import { describe, expect, test } from 'vitest';
import { assign } from '../../src/linalg/assignment';
import { Matrix } from '../../src/linalg/matrix';
import { g0, g1337, type Pair, t } from '../../src/methods/golden/inputs';
import { bestColumns, correlations, unitsOf } from '../../src/methods/match/correlation';
import { hardMatching } from '../../src/methods/match/hard';
import { softMatching } from '../../src/methods/match/soft';
import { runMethod, sampleMatrix } from '../unit/run-method';
import { det } from './fixtures';
import reference from './reference/match.json';

const quick = { permutations: 0 };
const hard = async ({ x, y }: Pair) => (await runMethod(hardMatching, [x, y], quick)).values;
const soft = async ({ x, y }: Pair) => (await runMethod(softMatching, [x, y], quick)).values;

describe('published values', () => {
  test('T', async () => {
    const r = await correlations(unitsOf({ name: 'x', matrix: t().x }), unitsOf({ name: 'y', matrix: t().y }));
    const printed = [0.63636, 0.32388, 0.05096, 0.81818, 0.58298, 0.05096, 0.13957, 0.66299, 0.78246];
    for (const [k, value] of printed.entries()) expect(r.data[k]).toBeCloseTo(value, 5);
    expect((await hard(t())).correlation).toBeCloseTo(0.6672665603, 10);
    expect((await soft(t())).correlation).toBeCloseTo(0.7501070683, 10);
    const { tables } = await runMethod(softMatching, [t().x, t().y], quick);
    expect(partners(tables?.matches?.rows)).toEqual([0, 0, 2]);
  });

  test('G0', async () => {
    expect((await hard(g0())).correlation).toBeCloseTo(0.3363914593, 9);
    const values = await soft(g0());
    expect(values.correlation).toBeCloseTo(0.3761355417, 9);
    expect(values.forward).toBeCloseTo(0.37826353, 8);
    expect(values.reverse).toBeCloseTo(0.37400755, 8);
  });

  test('G1337, where every best partner is the matched one', async () => {
    expect((await hard(g1337())).correlation).toBeCloseTo(0.7208951225, 9);
    expect((await hard(g1337())).agreement).toBe(1);
    expect((await soft(g1337())).correlation).toBeCloseTo(0.7208951225, 9);
  });

  test('the word2vec spaces', async () => {
    const x = sampleMatrix('words/kjv-word2vec-a.npy');
    const y = sampleMatrix('words/kjv-word2vec-b.npy');
    const { values } = await runMethod(hardMatching, [x, y], quick);
    expect(values.correlation).toBeCloseTo(0.30513892, 8);
    expect((await runMethod(softMatching, [x, y], quick)).values.correlation).toBeCloseTo(0.3316873, 8);
  });
});

describe('against NumPy and SciPy', () => {
  const layer = (seed: number, name: string) => sampleMatrix(`digits/digits-cnn-seed${seed}-activations.npz`, name);
  const words = (name: string) => sampleMatrix(`words/kjv-${name}.npy`);
  const cases = {
    'digits layer8': [layer(0, 'layer8'), layer(1, 'layer8')],
    'digits layer2 to layer5': [layer(0, 'layer2'), layer(1, 'layer5')],
    'digits layer5 to layer2': [layer(0, 'layer5'), layer(1, 'layer2')],
    'words a to fasttext': [words('word2vec-a'), words('fasttext')],
  } as const;

  describe.each(Object.entries(cases))('%s', (name, inputs) => {
    const expected = reference[name as keyof typeof cases];

    test.each(['signed', 'absolute'] as const)('%s', async (sign) => {
      for (const method of [hardMatching, softMatching]) {
        const { values } = await runMethod(method, inputs, { ...quick, sign });
        const wanted: Record<string, number> = expected[sign][method.id as 'hard-matching' | 'soft-matching'];
        for (const [key, value] of Object.entries(wanted)) expect(values[key], key).toBeCloseTo(value, 10);
        expect(Object.keys(wanted)).toEqual(Object.keys(values));
      }
    });

    test('chance level', async () => {
      for (const method of [hardMatching, softMatching]) {
        const { chance } = await runMethod(method, inputs, { permutations: 40 });
        const { mean, sd } = expected[`${method.id as 'hard-matching' | 'soft-matching'} by chance`];
        // Four standard errors of a mean of 40, and of a standard deviation of 40.
        expect(Math.abs((chance?.correlation?.level ?? 0) - mean)).toBeLessThan((4 * sd) / Math.sqrt(40));
        expect(Math.abs((chance?.correlation?.sd ?? 0) / sd - 1)).toBeLessThan(4 / Math.sqrt(80));
      }
    });
  });
});

describe('planted partners', () => {
  const planted = plantedPair();

  test('one-to-one', async () => {
    const { values, tables } = await runMethod(hardMatching, [planted.x, planted.y], quick);
    expect(partners(tables?.matches?.rows)).toEqual([1, 2, 0, 4, 5, 3]);
    expect(values.correlation).toBeCloseTo(0.728881, 6);
    expect(values.semi).toBeCloseTo(0.737082, 6);
    expect(values.agreement).toBeCloseTo(5 / 6, 12);
    const third = tables?.matches?.rows.find(([unit]) => unit === 3);
    expect(third?.[2]).toBeCloseTo(0.012779, 6);
    expect(third?.[4]).toBeCloseTo(0.061984, 6);
  });

  test('best partners in both directions', async () => {
    const { tables } = await runMethod(softMatching, [planted.x, planted.y], quick);
    expect(partners(tables?.matches?.rows)).toEqual([1, 2, 0, 3, 5, 3]);
    expect(strengths(tables?.matches?.rows)).toEqual([0.95819, 0.863828, 0.989102, 0.061984, 0.959824, 0.589564]);
    expect(partners(tables?.['matches-reverse']?.rows)).toEqual([2, 0, 1, 0, 4, 4]);
    const back = [0.989102, 0.95819, 0.863828, 0.730564, 0.087093, 0.959824];
    expect(strengths(tables?.['matches-reverse']?.rows)).toEqual(back);
  });

  test('a toy matrix', () => {
    const w = Matrix.of([
      [0.9, 0.8, 0.1],
      [0.85, 0.2, 0.3],
      [0.4, 0.75, 0.6],
    ]);
    expect([...assign(w, { maximise: true })]).toEqual([1, 0, 2]);
    expect([...bestColumns(w)]).toEqual([0, 0, 1]);
  });
});

/** Six units, and the same in another order and scale, with noise; one replaced by a mixture, one by noise alone. */
function plantedPair(): Pair {
  const x = det(200, 6, 1);
  const noise = det(200, 6, 5000);
  const order = [2, 0, 1, 5, 3, 4];
  const scale = [2, 1, 0.5, 3, 1, 1];
  const y = Matrix.zeros(200, 6);
  for (let i = 0; i < 200; i++) {
    for (let j = 0; j < 6; j++) {
      let value = x.at(i, order[j] as number) * (scale[j] as number) + 0.1;
      if (j === 3) value = 0.6 * x.at(i, 5) + 0.8 * x.at(i, 0);
      if (j === 4) value = noise.at(i, 4);
      y.data[i * 6 + j] = value + 0.3 * noise.at(i, j);
    }
  }
  return { x, y };
}

type Rows = readonly (readonly (string | number | null)[])[] | undefined;

/** Partners by unit. */
function partners(rows: Rows): unknown[] {
  return byUnit(rows).map((row) => row[1]);
}

function strengths(rows: Rows): unknown[] {
  return byUnit(rows).map((row) => Number(Number(row[2]).toFixed(6)));
}

function byUnit(rows: Rows) {
  return [...(rows ?? [])].sort((a, b) => Number(a[0]) - Number(b[0]));
}
