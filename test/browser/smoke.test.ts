import { expect, test } from 'vitest';
import { useWorkbench } from './harness';

const workbench = useWorkbench('smoke');

test('the activity bar has the icon', async () => {
  await workbench().page.locator('.activitybar a[aria-label="Sextant"]').waitFor();
  await workbench().screenshot('workbench');
});

test('the menu of a data file offers to open it as a representation', async () => {
  const entries = await workbench().openMenu(['words/kjv-word2vec-a.npy']);
  await workbench().screenshot('menu');
  const titles = await entries.allTextContents();
  expect(titles).toContain('Open Representation');
  expect(titles).not.toContain('Compare Representations');
  await workbench().page.keyboard.press('Escape');
});

test('the menu of two data files offers to compare them', async () => {
  const entries = await workbench().openMenu(['words/kjv-word2vec-a.npy', 'words/kjv-word2vec-b.npy']);
  await workbench().screenshot('menu-of-two');
  expect(await entries.allTextContents()).toContain('Compare Representations');
  await workbench().page.keyboard.press('Escape');
});
