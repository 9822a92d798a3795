import { expect, test } from 'vitest';
import { type TreeNode, treeOf } from '../../webview/viewer/tree';

const tensors = (names: readonly (string | null)[]) =>
  names.map((name) => ({ name, shape: [2, 2], dtype: 'float32', bytes: 16 }));

/** Names with those below, and the tensor of each. */
const shown = (nodes: readonly TreeNode[]): unknown[] =>
  nodes.map(({ name, tensor, children }) => [name, tensor?.name, ...shown(children)]);

test('a slash that names of layers begin with makes no group', () => {
  expect(shown(treeOf(tensors(['/layer1/conv', '/layer1/Relu', '/pool', 'logits'])))).toEqual([
    ['layer1', undefined, ['conv', '/layer1/conv'], ['Relu', '/layer1/Relu']],
    ['pool', '/pool'],
    ['logits', 'logits'],
  ]);
});

test('tensors whose names differ by that slash alone are both there', () => {
  expect(shown(treeOf(tensors(['a/b', '/a/b'])))).toEqual([
    ['a/b', 'a/b'],
    ['/a/b', '/a/b'],
  ]);
});
