import { describe, expect, test } from 'vitest';
import { contextOf } from '../../src/engine/context';
import { OverMemory } from '../../src/engine/memory';
import { Shelf } from '../../src/engine/shelf';
import { Matrix } from '../../src/linalg/matrix';
import { Random } from '../../src/linalg/random';
import { catalogue } from '../../src/methods/catalogue';
import type { Context, Method } from '../../src/methods/method';
import { contextFor } from './run-method';

const desk = { signal: new AbortController().signal, progress: () => {} };
const input = Matrix.zeros(3, 2);
const keeping = (shelf: Shelf, memory = 1000) => contextOf(desk, 0, { index: new Int32Array() }, 100, memory, shelf);

describe('what measures share', () => {
  test('is made once for an input and a key', async () => {
    const { kept } = keeping(new Shelf([input]));
    let made = 0;
    const make = async () => ++made;
    expect(await kept?.(input, 'one', 8, make)).toBe(1);
    expect(await kept?.(input, 'one', 8, make)).toBe(1);
    expect(await kept?.(input, 'other', 8, make)).toBe(2);
    // A permuted copy is no input: it is gone before anybody could ask again.
    expect(await kept?.(Matrix.zeros(3, 2), 'one', 8, make)).toBe(3);
    expect(await kept?.(Matrix.zeros(3, 2), 'one', 8, make)).toBe(4);
  });

  test('takes half of what is free, and gives it up to a measure that needs it', async () => {
    const shelf = new Shelf([input]);
    const context = keeping(shelf);
    let made = 0;
    const make = async () => ++made;
    await context.kept?.(input, 'large', 451, make);
    expect(shelf.bytes).toBe(0);
    await context.kept?.(input, 'fits', 450, make);
    expect(shelf.bytes).toBe(450);
    context.reserve(450, 'a little');
    expect(shelf.bytes).toBe(450);
    context.reserve(900, 'all that is free');
    expect(shelf.bytes).toBe(0);
    expect(await context.kept?.(input, 'fits', 450, make)).toBe(3);
    expect(() => context.reserve(901, 'too much')).toThrow(OverMemory);
  });

  test('keeps nothing of what failed', async () => {
    const { kept } = keeping(new Shelf([input]));
    await expect(kept?.(input, 'one', 8, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await kept?.(input, 'one', 8, async () => 5)).toBe(5);
  });

  test('changes no value of any measure', async () => {
    const random = new Random(2);
    const normal = (columns: number) =>
      new Matrix(
        Float64Array.from({ length: 40 * columns }, () => random.normal()),
        40,
        columns,
      );
    const [x, y] = [normal(6), normal(6)].map((matrix, i) => ({ name: String(i), matrix }));
    if (!x || !y) throw new Error('Two inputs are needed.');
    const shelf = new Shelf([x.matrix, y.matrix]);
    const measures = catalogue.filter(({ takes, alone }) => takes === 'pair' && !alone);
    const value = async (method: Method, context: Context) => {
      const parameters = method.parameters.parse({});
      if (method.sweep) return (await method.sweep([x], [y], parameters, context)).values[0];
      return (await method.run([x, y], parameters, context)).values[method.values[0]?.key ?? ''];
    };
    for (const method of [...measures, ...measures.toReversed()]) {
      const alone = await value(method, contextFor(40));
      const { kept } = contextOf(desk, 0, { index: new Int32Array() }, 0, 2 ** 30, shelf);
      expect(await value(method, { ...contextFor(40), ...(kept && { kept }) }), method.id).toBe(alone);
    }
    expect(shelf.bytes).toBeGreaterThan(0);
  });
});
