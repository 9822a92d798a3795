import { z } from 'zod';
import { Matrix } from '../../src/linalg/matrix';
import { defineMethod, type Method, type MethodDefinition, type Outcome } from '../../src/methods/method';
import { UserError } from '../../src/protocol/errors';

type Given = Partial<MethodDefinition<z.ZodObject, 'one' | 'pair' | 'many'>> &
  Pick<MethodDefinition<z.ZodObject, 'one' | 'pair' | 'many'>, 'id' | 'run'>;

/** A method of which a test cares for some properties only. */
export function testMethod(given: Given): Method {
  return defineMethod({
    ...{ kind: 'compare', title: given.id, summary: '', blindTo: '', takes: 'pair', parameters: z.object({}) },
    values: [{ key: 'value', title: 'Value', range: [null, null], better: 'higher' }],
    ...{ invariances: [], symmetric: true, cost: '', formula: '', citation: '' },
    ...given,
  });
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const value = (number: number | null): Outcome => ({ values: { value: number } });

export const parameters = z.object({
  scale: z.number().positive().max(10).default(1).meta({ title: 'Scale', description: 'Factor.' }),
  k: z.int().min(1).max(100).default(10),
  centred: z.boolean().default(true),
  mode: z.enum(['near', 'far']).default('near'),
  anchors: z.array(z.int()).default([]),
});

/** For jobs: what goes right, and every way to go wrong. */
export const testCatalogue: readonly Method[] = [
  testMethod({
    id: 'rows',
    parameters,
    recommended: 1,
    run: async ([a], given, { progress, random }) => {
      progress(0.5, 'counting');
      progress(0.25, 'counting more');
      return {
        ...value((a?.matrix.rows ?? 0) * (given as { scale: number }).scale),
        reading: String(random.uniform()),
      };
    },
  }),
  testMethod({
    id: 'difference',
    symmetric: false,
    run: async ([a, b]) => value((a?.matrix.at(0, 0) ?? 0) - (b?.matrix.at(0, 0) ?? 0)),
  }),
  testMethod({
    id: 'obedient',
    run: async (_inputs, _parameters, { progress, signal }) => {
      for (;;) {
        progress(0, 'looping');
        signal.throwIfAborted();
      }
    },
  }),
  testMethod({
    id: 'deaf',
    run: (_inputs, _parameters, { progress }) => {
      progress(0, 'looping');
      // Longer than any patience, not for ever.
      for (const end = Date.now() + 2000; Date.now() < end; );
      return Promise.resolve(value(0));
    },
  }),
  testMethod({
    id: 'crash',
    run: async () => {
      setImmediate(() => {
        throw new Error('out of luck');
      });
      await turn();
      return new Promise<never>(() => {});
    },
  }),
  testMethod({ id: 'bug', run: () => Promise.reject(new TypeError('not a function')) }),
  testMethod({ id: 'refuse', run: () => Promise.reject(new UserError('these two do not fit.')) }),
  testMethod({
    id: 'greedy',
    run: async () => value(new Float64Array(1e15).length),
  }),
  testMethod({
    id: 'reserve',
    run: async (_inputs, _parameters, { reserve }) => {
      reserve(1e15, 'a table of everything');
      return value(1);
    },
  }),
  testMethod({ id: 'one', takes: 'one', kind: 'describe', run: async () => value(1) }),
  testMethod({
    id: 'makes',
    takes: 'one',
    kind: 'transform',
    run: async () => {
      // Another run makes another.
      const now = performance.now();
      const representation = (name: string) => ({ name, matrix: new Matrix(Float64Array.of(now), 1, 1) });
      return { ...value(now), representations: [representation('first'), representation('second/third')] };
    },
  }),
  testMethod({ id: 'several', takes: 'many', run: async (inputs) => value(inputs.length) }),
];
