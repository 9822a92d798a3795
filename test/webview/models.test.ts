import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { AnalysisRequest } from '../../src/protocol/analysis';
import { Cancelled } from '../../src/protocol/errors';
import type { InputSpec } from '../../src/protocol/result';
import { array, scratch } from '../unit/data-files';
import { externalModel } from '../unit/models-files';
import { faults } from './harness';
import { done, usePages } from './pages';
import { root } from './tab';

const patience = { timeout: 20_000 };
const { open, engine, shown } = usePages();

const data = [{ path: 'text/verses.csv', tensor: 'text' }];
const encoder = (name: string): InputSpec => ({
  path: `../../test/fidelity/fixtures/text/${name}/onnx/model.onnx`,
  tensor: 'last_hidden_state',
  model: { data },
});
const encoders: AnalysisRequest = {
  inputs: [encoder('plain-encoder'), encoder('matryoshka-encoder')],
  methods: [{ method: 'linear-cka' }],
  seed: 0,
};
const given = (page: Page) => page.getByRole('region', { name: 'What the models are given' });

test('how texts are brought to two encoders is listed, edited there, and computed again', async () => {
  const page = await open({ request: encoders });
  const section = given(page);
  const steps = section.getByRole('list').first().getByRole('listitem');
  await expect
    .poll(() => steps.allTextContents(), patience)
    .toEqual([
      ...['Most tokens 40', 'Padding longest', 'Padding side right', 'Truncation side right', 'Unit length no'],
      'Reduction of layers mean',
    ]);
  const value = page
    .getByRole('row', { name: /^Linear CKA/ })
    .getByRole('cell')
    .first();
  await expect.poll(() => value.textContent(), patience).toMatch(/^0\.71/);
  for (const name of ['plain-encoder', 'matryoshka-encoder']) {
    const own = section.getByRole('region', { name: new RegExp(name) });
    await own.getByRole('button', { name: 'Edit' }).click();
    await own.getByRole('checkbox', { name: 'Unit length' }).click();
    await own.getByRole('button', { name: 'Done' }).click();
    await own.getByText('Unit length yes').waitFor();
    // A next edit would cancel what is computed, and a model that does not stop at once is ended by force with its engine.
    await done(page);
  }
  // NumPy's linear CKA of the embeddings of unit length that the encoders' training code made: 0.70524.
  await expect.poll(() => value.textContent(), patience).toBe('0.705');
  await page.getByText('rows divided by their Euclidean length').first().waitFor();
  expect(await faults(page)).toEqual([]);
  const preparation = { 'unit-length': true };
  expect(shown().calls.findLast(({ method }) => method === 'request')?.argument).toMatchObject({
    inputs: [{ model: { data, preparation } }, { model: { data, preparation } }],
  });
});

test('what is edited stays where it is while all is computed again', async () => {
  let goOn = () => {};
  const promise = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let begun = 0;
  const page = await open({
    request: encoders,
    host: {
      run: async ({ request }) => {
        if (begun++ > 0) await promise;
        return engine.run(request);
      },
    },
  });
  await done(page);
  const place = async () => (await given(page).boundingBox())?.y;
  const before = await place();
  await page.getByRole('button', { name: 'Re-run' }).click();
  await page.locator('.summary .skeleton').waitFor();
  expect(await place()).toBe(before);
  goOn();
  await done(page);
  expect(await place()).toBe(before);
});

test('all data that one model is run on is named', async () => {
  const plain = encoder('plain-encoder');
  const next = { ...plain, model: { data: [{ path: 'text/verses.csv', tensor: 'next' }] } };
  const page = await open({ request: { ...encoders, inputs: [plain, next] }, initial: { computeAtOnce: false } });
  await given(page).getByText('verses.csv#text, verses.csv#next').waitFor();
});

test('a tokenizer that is missing is said where the steps would be', async () => {
  const bare = { ...encoder('plain-encoder'), path: 'digits/digits-cnn-seed0.onnx', tensor: 'logits' };
  const page = await open({ request: { ...encoders, inputs: [bare], methods: [] } });
  await given(page).getByRole('alert').filter({ hasText: 'there is no tokenizer.json' }).waitFor(patience);
});

describe('what cannot be run says why on the page', () => {
  const { folder, write } = scratch();
  const digits = 'digits/digits-cnn-seed0.onnx';
  const images = 'digits/digits-test-images.npy';
  const four = write('four.npy', array([2, 4], [1, 2, 3, 4, 5, 6, 7, 8]));
  const asked = (path: string, layers: readonly string[], from: string): AnalysisRequest => ({
    ...encoders,
    inputs: layers.map((tensor) => ({ path, tensor, model: { data: [{ path: from }] } })),
  });

  test.each<[string, AnalysisRequest, RegExp]>([
    [
      'no model',
      asked(write('no.onnx', 'nothing'), ['x', 'y'], four),
      /no\.onnx: this is no ONNX model, or it is damaged/,
    ],
    [
      'weights that are not there',
      asked(write('ext.onnx', externalModel('weights.bin')), ['x', 'y'], four),
      /ext\.onnx: the weights are in weights\.bin, which is not beside it\. Copy every file/,
    ],
    [
      'a layer that is not there',
      asked(digits, ['/layer9/Relu', 'logits'], images),
      /there is no layer '\/layer9\/Relu'; the nearest are \/layer1\/Relu/,
    ],
    [
      'data of other axes',
      asked(digits, ['/layer1/Relu', 'logits'], four),
      /does not fit the input 'image' of digits-cnn-seed0\.onnx: expected batch x 1 x 8 x 8, found 2 x 4/,
    ],
  ])('%s', async (_, request, message) => {
    const page = await open({ request });
    await page.getByText(message).first().waitFor(patience);
    expect(await faults(page)).toEqual([]);
  });

  test('of images one that cannot be read is named, and the rest is done', async () => {
    for (const name of ['bits', 'grey', 'palette', 'rgb'])
      copyFileSync(join(root, `test/fidelity/fixtures/images/${name}.png`), join(folder, `${name}.png`));
    write('none.png', 'nothing');
    const page = await open({ request: asked(digits, ['/layer1/Relu', 'logits'], folder) });
    await page
      .getByText(/1 of 5 images cannot be read: none\.png/)
      .first()
      .waitFor(patience);
    await done(page);
  });
});

test('how far a model has come is shown while it runs, and it can be stopped and gone on with', async () => {
  let begun = 0;
  let running = '';
  let stop = () => {};
  const page = await open({
    request: encoders,
    host: {
      run: ({ job, request }) => {
        begun++;
        if (begun > 1) return engine.run(request);
        running = job;
        return new Promise((_, reject) => {
          stop = () => reject(new Cancelled());
        });
      },
      cancel: async () => stop(),
    },
  });
  await expect
    .poll(async () => {
      shown().emit('progress', {
        job: running,
        progress: { fraction: 0.4, message: 'Running model.onnx', etaSeconds: 3 },
      });
      return page.getByText('Linear CKA: Running model.onnx, 40 %, about 3 s left').count();
    }, patience)
    .toBeGreaterThan(0);
  await page.getByRole('button', { name: 'Cancel' }).first().click();
  await page.getByRole('button', { name: 'Resume' }).first().click();
  await done(page);
  expect(begun).toBe(2);
});

test('what a method made is saved from its section and from the menu: a representation, a model', async () => {
  const map = { method: 'matryoshka-map', parameters: { task: 'cka' } };
  const page = await open({ request: { ...encoders, methods: [map, { method: 'linear-cka' }] } });
  await page.getByRole('button', { name: 'Matryoshka map', exact: true }).click();
  await page.getByRole('button', { name: 'Save representation…' }).click(patience);
  const saved = () =>
    shown()
      .calls.filter(({ method }) => method === 'saveMade')
      .map(({ argument }) => argument);
  await expect.poll(saved).toMatchObject([{ ...map, inputs: encoders.inputs }]);
  await page.getByRole('button', { name: 'Export' }).first().click();
  await expect.poll(() => page.getByRole('menuitem').allTextContents()).toContain('Matryoshka map: representation…');
  expect(await page.getByRole('menuitem').count()).toBe(4);
  await page.getByRole('menuitem', { name: 'Matryoshka map' }).click();
  await expect.poll(() => saved()?.length).toBe(2);
});

test('the merged model of a network is saved from the menu', async () => {
  const inputs = [{ path: 'digits/digits-cnn-seed0.onnx' }];
  const page = await open({ request: { inputs, methods: [{ method: 'feature-complexity' }], seed: 0 } });
  await page.getByRole('figure').first().waitFor(patience);
  await page.getByRole('button', { name: 'Export' }).first().click();
  await page.getByRole('menuitem', { name: 'Feature complexity: model…' }).click();
  await expect.poll(() => shown().calls.at(-1)).toMatchObject({ method: 'saveMade', argument: { inputs } });
});
