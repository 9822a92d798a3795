/** What rows and units add to a value, against NumPy: reference/contributions.py. */
import { describe, expect, test } from 'vitest';
import type { Matrix } from '../../src/linalg/matrix';
import { catalogue } from '../../src/methods/catalogue';
import { g0 } from '../../src/methods/golden/inputs';
import type { Method, Outcome } from '../../src/methods/method';
import { runMethod, sampleMatrix } from '../unit/run-method';
import reference from './reference/contributions.json';

const digits = (seed: number, layer: number) =>
  sampleMatrix(`digits/digits-cnn-seed${seed}-activations.npz`, `layer${layer}`);
const pairs: Record<string, () => readonly [Matrix, Matrix]> = {
  G0: () => [g0().x, g0().y],
  'digits layer8 layer8': () => [digits(0, 8), digits(1, 8)],
  'digits layer2 layer7': () => [digits(0, 2), digits(1, 7)],
};

interface Part {
  readonly first: readonly number[];
  readonly alternating: number;
  readonly sum: number;
}

/** The contributions of a table in the order of the data. */
function inOrder({ tables }: Outcome, name: 'rows' | 'x' | 'y'): number[] {
  const table = tables?.[name === 'rows' ? 'rows' : 'units'];
  const [at, value] = [name === 'rows' ? 'row' : 'unit', 'contribution'].map((column) =>
    table?.columns.indexOf(column),
  );
  const side = { rows: undefined, x: 'a', y: 'b' }[name];
  return (table?.rows ?? [])
    .filter((row) => side === undefined || table?.columns[0] !== 'of' || row[0] === side)
    .map((row) => [row[at ?? 0], row[value ?? 0]] as [number, number])
    .sort(([i], [j]) => i - j)
    .map(([, part]) => part);
}

describe.each(Object.entries(reference))('%s', (pair, measures) => {
  const inputs = pairs[pair]?.() ?? [];
  test.each(Object.entries(measures))('%s', async (id, parts) => {
    const outcome = await runMethod(catalogue.find((method) => method.id === id) as Method, inputs);
    const value = outcome.values[id === 'procrustes' ? 'similarity' : (Object.keys(outcome.values)[0] ?? '')] as number;
    for (const [name, expected] of Object.entries(parts as Record<string, Part>)) {
      const side = inputs[name === 'y' ? 1 : 0];
      // More units than are listed, or than there are rows to rotate them back.
      const whole =
        name === 'rows' || (side?.columns ?? 0) <= Math.min(1000, id === 'procrustes' ? (side?.rows ?? 0) : 1000);
      const found = inOrder(outcome, name as 'rows');
      expect(expected.sum).toBeCloseTo(value, 8);
      if (!whole) continue;
      expect(found.reduce((sum, part) => sum + part, 0)).toBeCloseTo(value, 8);
      for (const [i, part] of expected.first.entries()) expect(found[i]).toBeCloseTo(part, 8);
      expect(found.reduce((sum, part, i) => sum + (i % 2 === 0 ? part : -part), 0)).toBeCloseTo(
        expected.alternating,
        8,
      );
    }
  });
});
