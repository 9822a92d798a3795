import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { answering, command, complaints, computed, inFolder, inside, noise, sample, until, writeNpy } from './support';

suite('errors', () => {
  const bad: [string, string | Buffer, RegExp][] = [
    ['empty.npy', '', /empty\.npy/],
    ['text.npy', 'no array at all, but long enough to have had a head', /text\.npy/],
    ['short.npz', 'PK', /short\.npz/],
    ['huge.safetensors', Buffer.from([0, 0, 0, 128, 2, 0, 0, 0, 123, 125]), /huge\.safetensors/],
  ];
  for (const [name, content, message] of bad) {
    test(`${name} is refused in one sentence, and the engine goes on`, async () => {
      const { engine } = await inside();
      await inFolder(async (folder) => {
        const path = join(folder, name);
        await writeFile(path, content);
        const uri = vscode.Uri.file(path);
        const said = await complaints(() => command('analyseRepresentation', uri));
        assert.equal(said.length, 1);
        assert.match(said[0] ?? '', message);
        assert.doesNotMatch(said[0] ?? '', /unexpected|\n|undefined|did not expect/);
      });
      assert((await engine.methods()).length > 0);
    });
  }

  test('a file that is not on a disk is refused politely', async () => {
    const said = await complaints(() => command('openRepresentation', vscode.Uri.parse('vscode-vfs://host/a/b.npy')));
    assert.match(said.join(), /^b\.npy is not on a disk that Sextant can read/);
  });

  test('a missing file, and an archive of one tensor to compare each with each, are said', async () => {
    const missing = await complaints(() => command('openRepresentation', sample('nowhere.npy')));
    assert.match(missing.join(), /nowhere\.npy/);
    const lone = await complaints(() => command('compareTensors', sample('words/kjv-fasttext.npy')));
    assert.match(lone.join(), /two representations or more/);
  });

  test('an analysis that cannot be written says so', async () => {
    await inFolder(async (folder) => {
      const files = await Promise.all([1, 2].map((seed) => writeNpy(join(folder, `${seed}.npy`), 60, 8, noise(seed))));
      const session = await command('compareRepresentations', files[0], files);
      assert(session);
      await computed(session);
      // A file stands where its folder would be.
      const target = vscode.Uri.file(join(folder, '1.npy', 'pair.sextant'));
      let said = '';
      const hear = (sentence: unknown) => {
        said = String(sentence);
      };
      await answering('showErrorMessage', hear, () =>
        answering(
          'showSaveDialog',
          () => target,
          async () => {
            await command('saveAnalysis');
            await until(() => said !== '');
          },
        ),
      );
      assert.match(said, /^pair\.sextant cannot be written: .+ Choose another place\.$/);
    });
  });

  test('commands that need an open analysis say so', async () => {
    assert.match((await complaints(() => command('rerunAnalysis'))).join(), /No analysis is open/);
  });
});
