import type { AnalysisRequest } from '../../src/protocol/analysis';
import type { MethodDescription } from '../../src/protocol/catalogue';
import type { InputSpec } from '../../src/protocol/result';
import { convergentWorkbench, methodsOf, relativeWorkbench, spaceWorkbench } from '../../src/protocol/workbench';

const digits = (seed: number, layer: number): InputSpec => ({
  path: `digits/digits-cnn-seed${seed}-activations.npz`,
  tensor: `layer${layer}`,
});
const labels = { path: 'digits/digits-test-labels.npy' };

function recommended(methods: readonly MethodDescription[]) {
  return methods
    .filter(({ takes, recommended }) => takes === 'pair' && recommended !== undefined)
    .sort((a, b) => (a.recommended ?? 0) - (b.recommended ?? 0))
    .map(({ id }) => ({ method: id }));
}

/** The last layers of two networks. */
export function pair(methods: readonly MethodDescription[]): AnalysisRequest {
  return { inputs: [digits(0, 8), digits(1, 8)], labels, methods: recommended(methods), seed: 0 };
}

/** All layers of both. */
export function layers(methods: readonly MethodDescription[]): AnalysisRequest {
  const inputs = [0, 1].flatMap((seed) => [1, 2, 3, 4, 5, 6, 7, 8].map((layer) => digits(seed, layer)));
  const overview = { method: 'linear-cka' };
  return { inputs, labels, methods: recommended(methods), overview, pair: [7, 15], seed: 0 };
}

/** The same as runs. */
export function study(methods: readonly MethodDescription[]): AnalysisRequest {
  return { ...layers(methods), methods: [{ method: 'linear-cka' }], study: {} };
}

/** Layers of two networks on the same images, as *Compare Models…* asks for them. */
export function models(): AnalysisRequest {
  const model = { data: [{ path: 'digits/digits-test-images.npy' }], reduce: 'mean' } as const;
  const names = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `/layer${n}/Relu_output_0`);
  const inputs = [0, 1].flatMap((seed) =>
    names.map((tensor): InputSpec => ({ path: `digits/digits-cnn-seed${seed}.onnx`, tensor, model })),
  );
  const overview = { method: 'linear-cka' };
  return { inputs, labels, methods: [{ method: 'linear-cka' }], overview, pair: [7, 15], study: {}, seed: 0 };
}

export function one(): AnalysisRequest {
  return { inputs: [digits(0, 8)], labels, methods: [{ method: 'overview' }], seed: 0 };
}

export function words(methods: readonly MethodDescription[]): AnalysisRequest {
  const inputs = ['a', 'b'].map((run) => ({ path: `words/kjv-word2vec-${run}.npy` }));
  return { inputs, methods: recommended(methods), seed: 0 };
}

/** The same pair and the same layers, with random pairings and intervals. */
export function calibrated(methods: readonly MethodDescription[]): AnalysisRequest {
  const resample = { kind: 'bootstrap', count: 40 } as const;
  const few = ['linear-cka', 'procrustes', 'mutual-knn'].map((method) => ({ method }));
  return { ...pair(methods), methods: few, permutations: 100, within: true, resample };
}

export function calibratedLayers(methods: readonly MethodDescription[]): AnalysisRequest {
  return { ...layers(methods), methods: [{ method: 'linear-cka' }], permutations: 20 };
}

/** The workbench of relative representations, on the last layers of two networks and the one before of the first. */
export function relativeSpaces(methods: readonly MethodDescription[]): AnalysisRequest {
  const inputs = [digits(0, 8), digits(1, 8), digits(0, 7)];
  const bench = { workbench: relativeWorkbench.id, methods: methodsOf(relativeWorkbench, methods) };
  return { inputs, labels, ...bench, pair: [0, 1], seed: 0 };
}

/** Units of the last layers of two networks, and the pictures that they were run on. */
export function units(methods: readonly MethodDescription[]): AnalysisRequest {
  const gallery = { path: 'digits/digits-test-images.npy' };
  const inputs = [digits(0, 8), digits(1, 8)];
  const bench = { workbench: convergentWorkbench.id, methods: methodsOf(convergentWorkbench, methods) };
  return { inputs, labels, gallery, ...bench, seed: 0 };
}

/** The words of the Bible in one space, and in two. */
export function oneSpace(methods: readonly MethodDescription[]): AnalysisRequest {
  return space(methods, ['a']);
}

export function twoSpaces(methods: readonly MethodDescription[]): AnalysisRequest {
  return space(methods, ['a', 'b']);
}

function space(methods: readonly MethodDescription[], runs: readonly string[]): AnalysisRequest {
  const inputs = runs.map((run) => ({ path: `words/kjv-word2vec-${run}.npy` }));
  const labels = { path: 'words/kjv-vocabulary.csv', column: 'count' };
  const bench = { workbench: spaceWorkbench.id, methods: methodsOf(spaceWorkbench, methods, runs.length) };
  return { inputs, labels, ...bench, seed: 0 };
}

/** A layer of a network, and the images that it was run on. */
export function imageSpace(methods: readonly MethodDescription[]): AnalysisRequest {
  const gallery = { path: 'digits/digits-test-images.npy' };
  const bench = { workbench: spaceWorkbench.id, methods: methodsOf(spaceWorkbench, methods, 1) };
  return { inputs: [digits(0, 8)], labels, gallery, ...bench, seed: 0 };
}
