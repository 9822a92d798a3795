import { expect, test } from 'vitest';
import { useWorkbench } from './harness';
import { themes } from './workbench';

const workbench = useWorkbench('layers');
const title = 'seed0 × seed1, 16 representations';

test('the archives of two networks are compared, every layer with every layer', async () => {
  const files = ['digits/digits-cnn-seed0-activations.npz', 'digits/digits-cnn-seed1-activations.npz'];
  await workbench().rightClick(files, 'Compare Representations');
  const page = await workbench().analysis(title);
  await page.getByRole('application', { name: 'All pairs, Linear CKA: heatmap of 16 by 16' }).waitFor();
  await workbench().screenshot('all-pairs');
});

test('a cell of the heatmap opens its pair', async () => {
  const page = await workbench().analysis(title);
  const map = page.getByRole('application', { name: /^All pairs/ });
  await map.focus();
  // The first key shows the pair in focus, the last layer of both; then to the first layer of both.
  for (let step = 0; step < 8; step += 1) await map.press('ArrowUp');
  for (let step = 0; step < 7; step += 1) await map.press('ArrowLeft');
  await workbench().screenshot('cell');
  await map.press('Enter');
  await page.getByRole('heading', { level: 2, name: 'seed0 layer1 × seed1 layer1' }).waitFor();
  // NumPy: linear CKA of the first layers 0.8538.
  await (await workbench().analysis(title)).getByRole('row', { name: /^Linear CKA 0\.854 / }).waitFor();
  await workbench().screenshot('pair');
});

test('a click in the heatmap does the same', async () => {
  const page = await workbench().analysis(title);
  const map = page.getByRole('application', { name: /^All pairs/ });
  await map.click({ position: { x: 200, y: 50 } });
  await page.getByRole('heading', { level: 2, name: /^seed0 layer[12] × seed0 layer[567]$/ }).waitFor();
  await workbench().screenshot('clicked');
});

test.each(Object.keys(themes) as (keyof typeof themes)[])('the page is accessible in the %s theme', async (theme) => {
  await workbench().useTheme(theme);
  await workbench().analysis(title);
  await workbench().screenshot(theme);
  expect(await workbench().accessibilityProblems()).toEqual([]);
});
