import { expect, test } from 'vitest';
import { displayNames, fileNames, titleOf } from '../../src/protocol/names';
import { near } from '../../src/protocol/words';

const paths = (...names: string[]) => names.map((path) => ({ path }));

test('one file is called by its name', () => {
  expect(displayNames(paths('/data/kjv-fasttext.npy'))).toEqual(['kjv-fasttext']);
  expect(displayNames([{ path: 'acts.npz', tensor: 'layer1' }])).toEqual(['layer1']);
});

test('what all files share is left out, unless too little remained', () => {
  expect(displayNames(paths('/d/kjv-word2vec-a.npy', '/d/kjv-word2vec-b.npy'))).toEqual(['word2vec-a', 'word2vec-b']);
  const digits = ['seed0', 'seed1'].flatMap((seed) =>
    ['layer1', 'layer2'].map((tensor) => ({ path: `C:\\d\\digits-cnn-${seed}-activations.npz`, tensor })),
  );
  expect(displayNames(digits)).toEqual(['seed0 layer1', 'seed0 layer2', 'seed1 layer1', 'seed1 layer2']);
  expect(titleOf(digits)).toBe('seed0 × seed1, 4 representations');
});

test('tensors of one file are called by their names', () => {
  const inputs = ['layer1', 'layer2', 'layer3'].map((tensor) => ({ path: 'acts.npz', tensor }));
  expect(displayNames(inputs)).toEqual(['layer1', 'layer2', 'layer3']);
  expect(titleOf(inputs)).toBe('acts, 3 representations');
});

test('files of the same name are told apart by their folders, the same input twice by a number', () => {
  expect(displayNames(paths('/runs/one/acts.npy', '/runs/two/acts.npy'))).toEqual(['one/acts', 'two/acts']);
  expect(displayNames(paths('/x/acts.npy', '/x/acts.npy'))).toEqual(['acts', 'acts (2)']);
  expect(titleOf(paths('/runs/one/acts.npy', '/runs/two/acts.npy'))).toBe('one/acts × two/acts');
});

test('files that differ in their ending alone keep it', () => {
  expect(displayNames(paths('/x/acts.npy', '/x/acts.csv'))).toEqual(['acts.npy', 'acts.csv']);
});

test('a thousand layers are named at once', () => {
  const inputs = Array.from({ length: 1000 }, (_, i) => ({ path: `/m/model-${i % 4}.npz`, tensor: `layer${i >> 2}` }));
  expect(new Set(displayNames(inputs)).size).toBe(1000);
});

test('names of files are all different, also where case does not count', () => {
  expect(fileNames(paths('/d/net a.onnx', '/d/net-a.onnx', '/d/NET-A.onnx'))).toEqual(['net-a', 'net-a-2', 'NET-A-3']);
  expect(fileNames(paths('/d/v1.5/my_model.onnx'))).toEqual(['my_model']);
});

test('names that are like a word hold it or are held by it, or take few changes of a letter', () => {
  const names = ['linear-cka', 'rbf-cka', 'procrustes', 'pca'];
  for (const [word, alike] of [
    ['CKA', ['linear-cka', 'rbf-cka']],
    ['procrustes-distance', ['procrustes']],
    ['linaer-cka', ['linear-cka']],
    ['procustes', ['procrustes']],
    ['rvf-cka', ['rbf-cka']],
    ['pac', []],
    ['nonsense', []],
  ] as const)
    expect(near(names, word), word).toEqual(alike);
});
