import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { closeAll, command, inFolder, inside, sample, until, writeNpy } from './support';

const digits = () => sample('digits/digits-cnn-seed0-activations.npz');

/** What is in the tab that has the focus. */
function custom(): vscode.TabInputCustom | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom ? input : undefined;
}

suite('viewer', () => {
  teardown(closeAll);

  test('a binary file opens in it by itself', async () => {
    await vscode.commands.executeCommand('vscode.open', sample('words/kjv-fasttext.npy'));
    const tab = await until(custom);
    assert.equal(tab.viewType, 'sextant.representation');
  });

  test('a table opens as text by itself, and in it when asked', async () => {
    const table = sample('words/kjv-vocabulary.csv');
    await vscode.commands.executeCommand('vscode.open', table);
    await until(() => vscode.window.activeTextEditor?.document.uri.toString() === table.toString());
    await command('openRepresentation', table);
    assert.equal((await until(custom)).viewType, 'sextant.table');
  });

  test('a tensor of the sidebar opens its file at that tensor, again where it is open', async () => {
    const { editors } = await inside();
    for (const name of ['layer3', 'layer5']) {
      const tensor = { name, shape: [450, 16], dtype: 'float32', bytes: 0 };
      await command('openRepresentation', { kind: 'tensor', uri: digits(), tensor });
      const viewer = await until(() => editors.all[0]);
      assert.equal(viewer.uri.toString(), digits().toString());
      assert.equal(viewer.choice?.tensor, name);
      assert.equal(editors.all.length, 1);
    }
  });

  test('a damaged file opens with a sentence, and nothing else happens', async () => {
    const { engine } = await inside();
    await inFolder(async (folder) => {
      const path = join(folder, 'broken.npy');
      await writeFile(path, 'no array at all');
      await command('openRepresentation', vscode.Uri.file(path));
      assert.equal((await until(custom)).viewType, 'sextant.representation');
    });
    assert((await engine.methods()).length > 0);
  });

  test('a file can be written while it is looked at', async () => {
    const { engine } = await inside();
    await inFolder(async (folder) => {
      const uri = await writeNpy(join(folder, 'a.npy'), 3, 2, (i) => i);
      const asked = { path: uri.fsPath, tensor: null, slice: { rows: 0, columns: 1, at: [0, 0] } } as const;
      const read = () => engine.call((client) => client.window({ ...asked, rows: [0, 1], columns: [0, 2] }));
      assert.deepEqual((await read()).values, [0, 1]);
      await writeNpy(join(folder, 'a.npy'), 4, 2, (i) => i + 10);
      assert.deepEqual((await read()).values, [10, 11]);
    });
  });
});
