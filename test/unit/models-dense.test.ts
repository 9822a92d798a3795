import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writable } from '../../src/data/writable';
import { writeRepresentation } from '../../src/data/writer';
import { Matrix } from '../../src/linalg/matrix';
import { applyDense, type Dense, readDense } from '../../src/models/dense';
import { refusal } from './data-files';
import { temporaryFolder } from './engine-files';

const folder = temporaryFolder();
const options = { limit: 1e6, signal: new AbortController().signal };
const weights = Matrix.of([
  [1, 2, 3],
  [4, 5, 6],
]);

async function write(fields: object, bias: readonly number[]) {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(fields));
  const named = [
    { name: 'linear.weight', ...writable(weights) },
    { name: 'linear.bias', ...writable(Matrix.of([bias])) },
  ];
  await writeRepresentation(join(folder, 'model.safetensors'), named);
}

test('a layer is read with its weights, and its bias unless it says that it has none; Tanh where nothing is said', async () => {
  await write({ in_features: 3 }, [7, 8]);
  const dense = await readDense(folder, '', options);
  expect(dense).toMatchObject({ inputs: 3, outputs: 2, activation: 'Tanh' });
  expect([[...dense.weights], [...(dense.bias ?? [])]]).toEqual([
    [1, 2, 3, 4, 5, 6],
    [7, 8],
  ]);
  // Of two rows, by hand.
  const plain: Dense = { ...dense, activation: 'Identity' };
  expect([...applyDense(plain, Float64Array.of(1, 0, -1, 0.5, 0.5, 0))]).toEqual([5, 6, 8.5, 12.5]);
  await write({ bias: false, activation_function: 'torch.nn.modules.linear.Identity' }, [7, 8]);
  expect((await readDense(folder, '', options)).bias).toBeUndefined();
});

test('what does not fit is refused in words', async () => {
  await write({ in_features: 4 }, [7, 8]);
  expect(await refusal(readDense(folder, '', options))).toMatch(/'linear.weight' is 2 x 3; .*\(4\) were expected/);
  await write({}, [7, 8, 9]);
  expect(await refusal(readDense(folder, '', options))).toMatch(/'linear.bias' has 3 values; 2 were expected/);
});

test.each([
  ['Identity', [-Math.log(3), 0, Math.log(3)]],
  ['Tanh', [-0.8, 0, 0.8]],
  ['ReLU', [0, 0, Math.log(3)]],
  ['Sigmoid', [0.25, 0.5, 0.75]],
  ['SiLU', [-0.25 * Math.log(3), 0, 0.75 * Math.log(3)]],
] as const)('%s of -ln 3, 0 and ln 3', (activation, wanted) => {
  const one = { name: '', inputs: 1, outputs: 1, weights: Float64Array.of(1), activation };
  const found = applyDense(one, Float64Array.of(-Math.log(3), 0, Math.log(3)));
  for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, 14);
});
