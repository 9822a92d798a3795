/** Activations of the digits networks against those that were saved when the networks were made. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compare } from '../../src/engine/compare';
import { extract } from '../../src/engine/extract';
import { withLayers } from '../../src/engine/place';
import { catalogue } from '../../src/methods/catalogue';
import type { InputSpec } from '../../src/protocol/result';
import { read } from '../unit/data-files';
import { root, temporaryFolder } from '../unit/engine-files';

const folder = temporaryFolder();
const samples = join(root, 'media/samples/digits');
const fixtures = join(root, 'test/fidelity/fixtures/models');
const modelOf = (seed: number) => join(seed < 2 ? samples : fixtures, `digits-cnn-seed${seed}.onnx`);
const desk = { signal: new AbortController().signal, progress: () => {} };
const images = join(samples, 'digits-test-images.npy');

async function activations(seed: number, reduce: 'flatten' | 'mean' | 'max', batch: number): Promise<string> {
  const draft = join(folder, `${seed}-${reduce}-${batch}.safetensors`);
  const path = modelOf(seed);
  const request = { path, data: [{ path: images }], layers: ['*/Relu*'], reduce, out: draft, batch };
  await extract({ kind: 'extract', request, draft, base: folder, memory: 1e9, threads: 0 }, desk);
  return draft;
}

test.each([0, 1])('seed %i: every ReLU averaged over space equals what was saved with the network', async (seed) => {
  const made = await activations(seed, 'mean', 32);
  for (let layer = 1; layer <= 8; layer++) {
    const expected = await read(join(samples, `digits-cnn-seed${seed}-activations.npz`), `layer${layer}`);
    const found = await read(made, `/layer${layer}/Relu_output_0`);
    expect(found.shape).toEqual(expected.shape);
    const furthest = Math.max(...found.data.map((value, i) => Math.abs(value - (expected.data[i] as number))));
    expect(furthest, `layer ${layer}`).toBeLessThan(1e-5);
  }
});

test('the number of rows that are run at once changes nothing but the last digits', async () => {
  const [some, one] = [await activations(0, 'max', 64), await activations(0, 'max', 1)];
  for (const layer of ['/layer1/Relu_output_0', '/layer8/Relu_output_0']) {
    const [a, b] = [await read(some, layer), await read(one, layer)];
    expect(a.shape).toEqual(b.shape);
    for (const [i, value] of a.data.entries()) expect(Math.abs(value - (b.data[i] as number))).toBeLessThan(1e-5);
  }
});

describe('every layer of every network with every other, on the test images', () => {
  const around = { base: folder, memory: 1e9, threads: 0, layers: join(folder, 'layers') };
  const seeds = [0, 1, 2, 3, 4];
  const layers = [1, 2, 3, 4, 5, 6, 7, 8];
  const others = ['random-labels', 'untrained'].map((name) => join(fixtures, `digits-cnn-${name}.onnx`));
  const networks = [...seeds.map(modelOf), ...others];
  let matrix: readonly (readonly (number | null)[])[];
  /** Of the same layer of two networks. */
  const cka = (layer: number, a: number, b: number) => Number(matrix[8 * a + layer - 1]?.[8 * b + layer - 1]);

  beforeAll(async () => {
    const inputs = networks.flatMap((path) =>
      layers.map((n): InputSpec => ({ path, tensor: `/layer${n}/Relu`, model: { data: [{ path: images }] } })),
    );
    const { measures } = await withLayers({ inputs, measures: ['linear-cka'] }, around, desk, (request) =>
      compare({ kind: 'compare', request, ...around }, catalogue, desk),
    );
    matrix = measures['linear-cka']?.matrix ?? [];
  }, 60_000);

  test('of 160 layers, 77 are identified by linear CKA over seeds 0 to 4', () => {
    let identified = 0;
    for (const a of seeds) {
      for (const b of seeds.filter((other) => other !== a)) {
        for (const layer of layers.keys()) {
          const scores = (matrix[8 * a + layer] ?? []).slice(8 * b, 8 * b + 8).map(Number);
          if (scores.indexOf(Math.max(...scores)) === layer) identified++;
        }
      }
    }
    expect(identified).toBe(77);
  });

  test('trained networks, one of shuffled labels and one that was not trained are told apart, the deeper the better', () => {
    const gaps: number[] = [];
    for (const layer of [4, 6, 8]) {
      const among = seeds.flatMap((a) => seeds.flatMap((b) => (a < b ? cka(layer, a, b) : [])));
      const [shuffled, untrained] = [5, 6].map((other) => Math.max(...seeds.map((a) => cka(layer, a, other))));
      expect(Math.min(...among), `layer ${layer}`).toBeGreaterThan(untrained as number);
      expect(untrained, `layer ${layer}`).toBeGreaterThan(shuffled as number);
      gaps.push(Math.min(...among) - (untrained as number));
    }
    expect([...gaps].sort((a, b) => a - b)).toEqual(gaps);
  });
});
