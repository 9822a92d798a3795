import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import type * as vscode from 'vscode';
import type { RepresentationNode } from '../../src/host/trees/representations';
import { command, complaints, inside, sample, until } from './support';

const labelOf = (item: vscode.TreeItem) => String(item.label ?? item.resourceUri?.path.split('/').pop());

suite('trees', () => {
  test('Representations lists the data files of the workspace, and the tensors in them with shape and type', async () => {
    const { trees } = await inside();
    const tree = trees.representations;
    const files = await tree.getChildren();
    const names = files.map((node) => labelOf(tree.getTreeItem(node)));
    for (const name of ['digits-cnn-seed0-activations.npz', 'digits-test-labels.npy', 'kjv-vocabulary.csv']) {
      assert(names.includes(name), `${name} is missing from ${names.join(', ')}`);
    }
    const archive = files[names.indexOf('digits-cnn-seed0-activations.npz')];
    const context = (name: string) => tree.getTreeItem(files[names.indexOf(name)] as RepresentationNode).contextValue;
    assert.deepEqual(['digits-cnn-seed0-activations.npz', 'kjv-vocabulary.csv'].map(context), ['archive', 'file']);
    const layers = await tree.getChildren(archive);
    assert.equal(layers.length, 8);
    const items = layers.map((node) => tree.getTreeItem(node));
    assert.deepEqual(items.map(labelOf), [
      'layer1',
      'layer2',
      'layer3',
      'layer4',
      'layer5',
      'layer6',
      'layer7',
      'layer8',
    ]);
    assert.equal(items[7]?.description, '450 × 64 · float32');
    assert.match(items[7]?.accessibilityInformation?.label ?? '', /layer8, shape 450 by 64, float32/);
  });

  test('models stand among the data files, open to their layers, and commands take them', async () => {
    const { trees } = await inside();
    const tree = trees.representations;
    const files = await tree.getChildren();
    const model = files.find((node) => labelOf(tree.getTreeItem(node)) === 'digits-cnn-seed0.onnx');
    assert(model);
    assert.equal(tree.getTreeItem(model).contextValue, 'model');
    const layers = (await tree.getChildren(model)).map((node) => tree.getTreeItem(node));
    assert(
      layers.some(({ label, description }) => label === '/layer8/Relu_output_0' && /^Relu · /.test(`${description}`)),
    );
    assert.deepEqual(await complaints(() => command('inspectModel', model)), []);
  });

  test('a file that cannot be read says why in its place', async () => {
    const { trees } = await inside();
    const uri = sample('broken.npy');
    await writeFile(uri.fsPath, 'not an array');
    try {
      const [note] = await trees.representations.getChildren({ kind: 'file', uri });
      assert.match(labelOf(trees.representations.getTreeItem(note as RepresentationNode)), /broken\.npy/);
    } finally {
      await rm(uri.fsPath);
    }
  });

  test('a file that appears in the workspace appears in the tree', async () => {
    const { trees } = await inside();
    const uri = sample('later.csv');
    let refreshed = false;
    const listener = trees.representations.onDidChangeTreeData(() => {
      refreshed = true;
    });
    try {
      await writeFile(uri.fsPath, 'x,y\n1,2\n3,4\n');
      await until(() => refreshed);
      const files = await trees.representations.getChildren();
      assert(files.some((node) => node.kind === 'file' && node.uri.path === uri.path));
    } finally {
      listener.dispose();
      await rm(uri.fsPath);
    }
  });

  test('Methods lists the catalogue by kind, each with its definition, blind spot and source', async () => {
    const { trees, engine } = await inside();
    const kinds = await trees.methods.getChildren();
    assert(kinds.includes('compare') && kinds.includes('match'));
    const nodes = (await Promise.all(kinds.map((kind) => trees.methods.getChildren(kind)))).flat();
    assert.equal(nodes.length, (await engine.methods()).length);
    for (const node of nodes) {
      const { tooltip, command } = trees.methods.getTreeItem(node);
      assert.match((tooltip as vscode.MarkdownString).value, /Limits[\s\S]*Cost[\s\S]*From/);
      assert.equal(command?.command, 'sextant.runMethod');
    }
  });
});
