import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../scripts/workbench/ensure.mjs';
import { encodeNpy } from '../../../src/data/npy-writer';
import { Matrix } from '../../../src/linalg/matrix';
import { Random } from '../../../src/linalg/random';
import looked from '../../webview/themes.json';
import { useWorkbench } from '../harness';
import { themes } from '../workbench';

const encoder = 'plain-encoder/onnx/model.onnx';
/** Rows that a network takes seconds for. */
const many = 60_000;
const workbench = useWorkbench('layers', (workspace) => {
  const fixtures = join(root, 'test/fidelity/fixtures/text/plain-encoder');
  cpSync(fixtures, join(workspace, 'plain-encoder'), { recursive: true });
  const random = new Random(0);
  const noise = Float32Array.from({ length: 64 * many }, () => random.uniform());
  writeFileSync(join(workspace, 'digits/many-images.npy'), encodeNpy(new Matrix(noise, many, 64)));
});
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

test('the page is accessible, with the colours of each theme that its own suite looks at', async () => {
  for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
    await workbench().useTheme(theme);
    await workbench().analysis(title);
    await workbench().screenshot(theme);
    if (theme === 'dark') expect(await workbench().accessibilityProblems()).toEqual([]);
    const { tokens } = looked[themes[theme].name];
    expect(await workbench().tokens(Object.keys(tokens)), theme).toEqual(tokens);
  }
});

/** Keeps the layers that are chosen already, then answers what is asked: the data, perhaps its column, the reduction. */
async function chooseLayers(title: string, ...answers: readonly string[]): Promise<void> {
  const asked = workbench().page.locator('.quick-input-widget');
  const step = (number: number) => asked.getByText(`${title} (${number} of 3)`).waitFor();
  await step(1);
  await asked.locator('.monaco-list-row').first().waitFor();
  await workbench().screenshot('choose-layers');
  await asked.locator('input.input').press('Enter');
  await step(2);
  for (const answer of answers.slice(0, -1)) await workbench().quickPick(answer);
  await step(3);
  await workbench().quickPick(answers.at(-1) ?? '');
}

test('a model is right-clicked, its layers are chosen, and each is compared with each', async () => {
  await workbench().rightClick(['digits/digits-cnn-seed0.onnx'], 'Compare Layers');
  await chooseLayers('Compare Layers', 'digits-test-images.npy', 'Mean');
  const page = await workbench().analysis(/10 representations/, false);
  await page.getByRole('application', { name: 'All pairs, Linear CKA: heatmap of 10 by 10' }).waitFor();
  await page.getByRole('region', { name: 'What the models are given' }).getByText('Reduction of layers mean').waitFor();
  await workbench().screenshot('model-layers');
});

test('how far the model has come is seen while it runs, and what is left once that can be told; then the heatmap', async () => {
  await workbench().rightClick(['digits/digits-cnn-seed1.onnx'], 'Compare Layers');
  await chooseLayers('Compare Layers', 'many-images.npy', 'Mean');
  const page = await workbench().analysis(/10 representations/, false);
  const running = 'All pairs: Running digits-cnn-seed1\\.onnx, \\d+ %';
  await page
    .getByText(new RegExp(`^${running}`))
    .first()
    .waitFor();
  const map = page.getByRole('application', { name: 'All pairs, Linear CKA: heatmap of 10 by 10' });
  // A machine that needs no two seconds has nothing to estimate.
  const left = page.getByText(new RegExp(`^${running}, about \\d+ s left`));
  await left.or(map).first().waitFor();
  await workbench().screenshot('model-runs');
  await map.waitFor({ timeout: 60_000 });
  // So many rows keep the measures of the pair busy for long.
  await page.getByRole('button', { name: 'Cancel all' }).click();
  await page.getByText(/^\d of 8 cancelled/).waitFor();
});

test('two models on the same data', async () => {
  await workbench().rightClick(['digits/digits-cnn-seed0.onnx', 'digits/digits-cnn-seed1.onnx'], 'Compare Models');
  await chooseLayers('Compare Models', 'digits-test-images.npy', 'Mean');
  const page = await workbench().analysis(/20 representations/, false);
  await page.getByRole('application', { name: 'All pairs, Linear CKA: heatmap of 20 by 20' }).waitFor();
  await page.getByText('Along the axes: which layer feeds which.').waitFor();
  for (const name of ['Layer identification', 'Along the layers', 'Depth profiles'])
    await page.getByRole('heading', { level: 3, name }).waitFor({ timeout: 60_000 });
  await workbench().screenshot('two-models');
});

test('a text encoder on a column of a table', async () => {
  await workbench().rightClick([encoder], 'Compare Layers');
  await chooseLayers('Compare Layers', 'verses.csv', 'text', 'As the model’s folder says');
  const page = await workbench().analysis(/^plain-encoder|^model/, false);
  await page.getByRole('application', { name: /^All pairs, Linear CKA: heatmap of \d+ by \d+/ }).waitFor();
  const given = page.getByRole('region', { name: 'What the models are given' });
  await given.getByText('Most tokens 40').waitFor();
  await workbench().screenshot('text-encoder');
  expect(workbench().errors).toEqual([]);
});
