import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { pickIdentifiers } from '../../src/host/identifiers';
import { answering, inFolder, inside, writeNpy } from './support';

interface Item extends vscode.QuickPickItem {
  readonly spec?: unknown;
}

/** Chooses by label, noting what was offered. */
function choosing(label: (offered: readonly Item[]) => Item | undefined, offers: string[][]) {
  return (items: unknown) => {
    const offered = items as readonly Item[];
    offers.push(offered.map((item) => item.label));
    return label(offered);
  };
}

suite('identifiers', () => {
  test('are asked for file by file: columns that were chosen before first, then the likeliest', async () => {
    const { engine } = await inside();
    await inFolder(async (folder) => {
      const [a, b] = [join(folder, 'a.csv'), join(folder, 'b.csv')];
      await writeFile(a, 'x,word,id\n1,the,7\n2,of,8\n');
      await writeFile(b, 'word,name,id,x\nof,p,8,1\nthe,q,7,2\n');
      const inputs = [{ path: a }, { path: b }, { path: a, columns: 'x' }];
      const offers: string[][] = [];
      const pick = (items: readonly Item[]) => items.find((item) => item.label === 'id');
      let picked: Awaited<ReturnType<typeof pickIdentifiers>> = null;
      await answering('showQuickPick', choosing(pick, offers), async () => {
        picked = await pickIdentifiers(engine, inputs);
      });
      assert.deepEqual(picked, [
        { path: a, column: 'id' },
        { path: b, column: 'id' },
        { path: a, column: 'id' },
      ]);
      assert.deepEqual(
        offers.map((labels) => labels.slice(0, -1)),
        [
          ['id', 'word', 'x'],
          ['id', 'word', 'name', 'x'],
        ],
      );
    });
  });

  test('come from another file where the input has none, and nothing where the person thinks better of it', async () => {
    const { engine } = await inside();
    await inFolder(async (folder) => {
      const matrix = await writeNpy(join(folder, 'm.npy'), 3, 2, (i) => i);
      const names = join(folder, 'names.csv');
      await writeFile(names, 'name\np\nq\nr\n');
      const uri = vscode.Uri.file(names);
      const inputs = [{ path: matrix.fsPath }];
      let picked: unknown;
      await answering(
        'showQuickPick',
        () => ({ label: 'names.csv', uri }),
        async () => {
          picked = await pickIdentifiers(engine, inputs);
        },
      );
      assert.deepEqual(picked, [{ path: names, column: 'name' }]);
      await answering(
        'showQuickPick',
        () => undefined,
        async () => {
          picked = await pickIdentifiers(engine, inputs);
        },
      );
      assert.equal(picked, null);
    });
  });
});
