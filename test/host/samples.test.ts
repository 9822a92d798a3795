import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { command, complaints, inFolder } from './support';

suite('sample workspace', () => {
  test('is copied whole, and never over what is there', async () => {
    await inFolder(async (folder) => {
      const target = vscode.Uri.file(join(folder, 'samples'));
      await command('openSampleWorkspace', target);
      const files = await readdir(target.fsPath, { recursive: true });
      assert(files.includes(join('digits', 'digits-cnn-seed0-activations.npz')));
      const mine = join(target.fsPath, 'words', 'kjv-vocabulary.csv');
      await writeFile(mine, 'mine');
      await command('openSampleWorkspace', target);
      assert.equal(await readFile(mine, 'utf8'), 'mine');
    });
  });

  test('says where it could not be written', async () => {
    await inFolder(async (folder) => {
      const file = join(folder, 'file');
      await writeFile(file, '');
      const said = await complaints(() => command('openSampleWorkspace', vscode.Uri.file(join(file, 'below'))));
      assert.match(said.join(), /could not be copied to .*below/);
    });
  });
});
