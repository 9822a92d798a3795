import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { useWorkbench } from './harness';

const files = [0, 1, 2, 3, 4].map((i) => `digits/space${i}.npy`);

/** The last layers of two networks as files of their own. */
const workbench = useWorkbench('relative', (workspace) => {
  const members = [0, 1].map((seed) =>
    unzipSync(readFileSync(join(workspace, `digits/digits-cnn-seed${seed}-activations.npz`))),
  );
  for (const [i, file] of files.entries()) {
    const bytes = members[i % 2]?.[`layer${8 - Math.floor(i / 2)}.npy`];
    writeFileSync(join(workspace, file), bytes as Uint8Array);
  }
});

test('five files are stitched, each to each, from a right-click; labels are chosen on the page', async () => {
  await workbench().rightClick(files, 'Relative Representations…');
  const page = await workbench().analysis(/5 representations/);
  await page.getByRole('button', { name: 'Labels…' }).click();
  await workbench().quickPick('digits-test-labels.npy');
  await (await workbench().analysis(/5 representations/)).getByRole('tab', { name: 'Stitching' }).click();
  const figure = page.getByRole('figure', { name: 'Accuracy of stitched heads' });
  await figure.scrollIntoViewIfNeeded();
  await workbench().screenshot('stitching');
  await figure.getByRole('button', { name: 'Options of Accuracy of stitched heads' }).click();
  await page.getByRole('menuitem', { name: 'Show as table' }).click();
  expect(await figure.getByRole('row').count()).toBeGreaterThanOrEqual(6);
  await workbench().screenshot('matrix');
});
