import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { AnalysisRequest } from '../../src/protocol/analysis';
import { Cancelled, EngineLost, UserError } from '../../src/protocol/errors';
import type { Scatter } from '../../src/protocol/figures';
import type { InputRecord, InputSpec, RunRequest } from '../../src/protocol/result';
import type { HostApi } from '../../src/protocol/webview';
import { faults, type Setting } from './harness';
import { faultsInThemes } from './in-themes';
import { beyondNarrow, done, usePages } from './pages';
import { calibrated, layers, one, pair, study, words } from './requests';

/** A picture takes a while on a busy machine. */
const patience = { timeout: 20_000 };

const { open: openPage, engine, methods, shown } = usePages();

const open = (setting: Partial<Setting>) => openPage({ request: pair(methods()), ...setting });

async function openDone(setting: Partial<Setting>): Promise<Page> {
  const page = await open(setting);
  await done(page);
  return page;
}

/** What the page last handed the host to write into a file. */
function exported(): { name: string; content: string | Record<number, number> } | undefined {
  const call = shown().calls.findLast(({ method }) => method === 'export');
  return call?.argument as ReturnType<typeof exported>;
}

const measure = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ has: measure(page, name) });

// A map of all pairs has everything below it that a pair has.
test('axe finds nothing serious in all pairs, in any theme', async () => {
  expect(await faultsInThemes(await openDone({ request: layers(methods()) }))).toEqual([]);
});

/** The page of a map, of which nothing else is computed. */
async function openMap(inputs: readonly InputSpec[]) {
  const matrix = inputs.map((_, i) => inputs.map((_, j) => 1 / (1 + Math.abs(i - j))));
  const linear = { method: 'linear-cka' };
  const measures = { 'linear-cka': { matrix, value: 'cka', parameters: {} } };
  const comparison = { version: '0', seed: 0, seconds: 0, inputs: [], measures, warnings: [] };
  const page = await open({
    request: { inputs, methods: [linear], overview: linear, pair: [0, inputs.length - 1], seed: 0 },
    host: { compare: async () => comparison, run: () => Promise.reject(new UserError('There is no such file.')) },
  });
  const map = page.getByRole('application', { name: /^All pairs/ });
  await map.waitFor();
  return { page, map };
}

test('twelve files: their names stand where the map would not tell them apart beside those of layers', async () => {
  const files = ['shuffled', 'standard', 'strange'].flatMap((kind) => [0, 1, 2, 3].map((k) => `${kind}-seed${k}`));
  const layersOf = (file: string) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((k) => ({ path: `${file}.npz`, tensor: `layer${k}` }));
  const { page, map } = await openMap(files.flatMap(layersOf));
  const names = await map.locator('text').allTextContents();
  for (const file of files) expect(names.filter((name) => name === file)).toHaveLength(2);
  await page
    .getByText('In each file, in order: layer1, layer2, layer3, layer4, layer5, layer6, layer7, layer8.')
    .waitFor();
  // Frames would hide what is in so small cells.
  expect(await page.locator('.overview .caption').first().textContent()).not.toContain('best partner');
  // Of few there is room for both.
  const few = await openMap(files.slice(0, 3).flatMap(layersOf));
  expect(await few.map.locator('text').allTextContents()).toEqual(expect.arrayContaining(['seed0', 'layer1']));
});

test('eighty layers with long names: cells lie where their frames do, names tell what differs, nothing overlaps', async () => {
  const { page, map } = await openMap(
    ['a', 'b'].flatMap((file) =>
      Array.from({ length: 40 }, (_, i) => ({
        path: `${file}.npz`,
        tensor: `encoder.transformer.blocks.${i}.feed_forward.intermediate_projection.output_activation`,
      })),
    ),
  );
  const tiles = await map
    .locator('image')
    .evaluateAll((images) => images.map((image) => ['x', 'width'].map((name) => Number(image.getAttribute(name)))));
  const [[x = 0, width = 0] = [], [next = 0] = []] = tiles;
  expect([tiles.length, next - x - width]).toEqual([4, 6]);
  const names = await map.locator('text').allTextContents();
  expect(names).toEqual(expect.arrayContaining(['blocks.0', 'blocks.38']));
  const [pairs, box] = [await page.locator('.pair').boundingBox(), await page.locator('.overview').boundingBox()];
  const right = await page
    .locator('.pair-title, .measures')
    .evaluateAll((all) =>
      Math.max(...all.map((element) => element.getBoundingClientRect().left + element.scrollWidth)),
    );
  expect(right).toBeLessThanOrEqual((pairs?.x ?? 0) + (pairs?.width ?? 0) + 1);
  expect(right).toBeLessThan(box?.x ?? 0);
});

const two = ['Dark Modern', 'Light High Contrast'] as const;

test('axe finds nothing serious in a pair, with a method open', async () => {
  const page = await openDone({});
  await measure(page, 'Representational similarity analysis').click();
  await page.getByRole('heading', { name: 'Representational similarity analysis' }).waitFor();
  expect(await faultsInThemes(page, two)).toEqual([]);
});

test('axe finds nothing serious in one representation, and in a narrow window', async () => {
  expect(await faultsInThemes(await openDone({ request: one(), width: 500 }), two)).toEqual([]);
});

test('values, chance levels and a sentence on two layers; copying from the table takes every digit', async () => {
  const page = await openDone({});
  const cells = await rowOf(page, 'Linear CKA').getByRole('cell').allTextContents();
  // Linear CKA .8432 is NumPy's, from the data's own guide.
  expect(cells.slice(0, 3)).toEqual(['0.843', expect.anything(), '0.018 ± 0.003']);
  const chance = rowOf(page, 'Linear CKA').locator('td.chance');
  const [level, spread] = [await chance.boundingBox(), await chance.locator('.sd').boundingBox()];
  // On one line.
  expect((spread?.y ?? 0) - (level?.y ?? 0)).toBeLessThan(10);
  await expect(page.getByLabel('Summary').textContent()).resolves.toMatch(/geometry/);
  expect(await page.getByRole('list', { name: 'What was done' }).getByRole('listitem').allTextContents()).toEqual(
    expect.arrayContaining(['450 rows, paired by position', '64 × 64 units', 'seed 0']),
  );
  const copied = await rowOf(page, 'Linear CKA').evaluate((row) => {
    document.getSelection()?.selectAllChildren(row);
    const clipboardData = new DataTransfer();
    row.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }));
    return clipboardData.getData('text/plain');
  });
  expect(copied).toMatch(/^Linear CKA\t0\.84316\d{8,}\t/);
});

test('the keyboard alone opens a method and reads a figure; a reload comes back to the method', async () => {
  const page = await openDone({});
  await measure(page, 'Linear CKA').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.evaluate(() => document.activeElement?.textContent)).resolves.toBe('Procrustes distance');
  await page.keyboard.press('Enter');
  const heading = page.getByRole('heading', { name: 'Procrustes distance' });
  await heading.waitFor();
  await expect.poll(() => page.evaluate(() => document.activeElement?.tagName), patience).toBe('H2');
  const plot = page.getByRole('application', { name: /^Both spaces, aligned/ });
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(plot.locator('[aria-live]').textContent()).resolves.toMatch(/^row \d+, digits-test-labels: \d$/);
  // The same row is ringed in both panels.
  expect(await plot.locator('circle').count()).toBe(4);
  await page.reload();
  await heading.waitFor();
});

test('the map of all pairs is exported on white paper with its frames; a cell chosen with the keyboard is the pair shown', async () => {
  const page = await openDone({ request: layers(methods()) });
  await page.getByText('Right layer found for 5 of 16 layers (by chance 2).').waitFor();
  await page.getByRole('button', { name: 'Options of the map of all pairs' }).click();
  await page.getByRole('menuitem', { name: 'Export SVG' }).click();
  await expect.poll(exported, patience).toBeDefined();
  const parsed = await page.evaluate((text) => {
    const svg = new DOMParser().parseFromString(text, 'image/svg+xml');
    const texts = [...svg.querySelectorAll('text')].map((element) => element.textContent);
    return {
      error: svg.querySelector('parsererror') !== null,
      fill: svg.querySelector('rect')?.getAttribute('fill'),
      texts,
    };
  }, String(exported()?.content));
  expect(parsed).toMatchObject({ error: false, fill: '#ffffff' });
  expect(parsed.texts).toEqual(expect.arrayContaining(['All pairs, Linear CKA', '0.85', 'seed1', 'chance']));
  const map = page.getByRole('application', { name: /^All pairs/ });
  await map.focus();
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowLeft']) await page.keyboard.press(key);
  await expect(map.locator('[aria-live]').textContent()).resolves.toMatch(
    /^seed0 layer7 × seed1 layer7, Linear CKA: 0\.698, chance/,
  );
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'seed0 layer7 × seed1 layer7' }).waitFor();
  expect(shown().calls.findLast(({ method }) => method === 'request')?.argument).toMatchObject({ pair: [6, 14] });
  await done(page);
});

test('a parameter runs its method again; one that cannot be says why and runs nothing', async () => {
  const page = await openDone({});
  await measure(page, 'Mutual nearest neighbours').click();
  const before = await rowOf(page, 'Mutual nearest neighbours').getByRole('cell').first().textContent();
  const field = page.locator('vscode-text-field').first().locator('input');
  await field.fill('-3');
  await page.getByRole('alert').waitFor();
  const asked = shown().calls.length;
  await field.fill('25');
  await page.getByRole('button', { name: 'Restore defaults' }).waitFor();
  expect(shown().calls.length).toBe(asked + 1);
  await done(page);
  const after = page.getByRole('row').filter({ hasText: /^Mutual nearest neighbours/ });
  expect(await after.getByRole('cell').first().textContent()).not.toBe(before);
});

test('what is typed into a parameter stays as it is typed, whatever is drawn meanwhile; a wrong value never runs', async () => {
  const page = await openDone({});
  await measure(page, 'Mutual nearest neighbours').click();
  const field = page.getByRole('textbox', { name: 'Neighbours' });
  const asked = () =>
    shown()
      .calls.filter(({ method }) => method === 'request')
      .map(({ argument }) => (argument as AnalysisRequest).methods.find(({ method }) => method === 'mutual-knn'))
      .map((choice) => choice?.parameters?.neighbours);
  await field.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.getByRole('alert').waitFor();
  await expect(field.inputValue()).resolves.toBe('');
  await page.keyboard.type('25');
  await expect(field.inputValue()).resolves.toBe('25');
  await expect.poll(asked, patience).toEqual([25]);
  // What was taken is not written anew while it is being typed; leaving the field takes it at once.
  await page.keyboard.press('Control+A');
  await page.keyboard.type('1e');
  await page.getByRole('alert').waitFor();
  await page.keyboard.type('1');
  // 10 is the default.
  await expect.poll(asked, patience).toEqual([25, undefined]);
  await expect(field.inputValue()).resolves.toBe('1e1');
  await page.keyboard.press('Tab');
  await expect.poll(() => field.inputValue(), patience).toBe('10');
  await field.click();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('0');
  await page.keyboard.press('Tab');
  await page.getByRole('alert').waitFor();
  await expect(field.inputValue()).resolves.toBe('0');
  expect(asked()).toEqual([25, undefined]);
});

test('when the section of a method is closed its row has the focus; when the method is removed, the next one', async () => {
  const page = await openDone({
    request: { ...pair(methods()), methods: ['linear-cka', 'procrustes'].map((method) => ({ method })) },
  });
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  await measure(page, 'Linear CKA').click();
  await page.getByRole('button', { name: 'Close', exact: true }).press('Enter');
  await expect.poll(focused, patience).toBe('Linear CKA');
  for (const [name, next] of [
    ['Linear CKA', 'Procrustes distance'],
    ['Procrustes distance', 'Add measure…'],
  ] as const) {
    await measure(page, name).click();
    await page.getByRole('button', { name: 'Remove', exact: true }).press('Enter');
    await expect.poll(focused, patience).toBe(next);
  }
});

test('what was looked at is there again when the page comes back: rows, zoom and place; of other inputs nothing is', async () => {
  const request = { ...pair(methods()), methods: [{ method: 'procrustes' }] };
  const page = await openDone({ request, height: 500 });
  const figure = page.getByRole('figure', { name: 'Both spaces, aligned' });
  const plot = figure.getByRole('application');
  await plot.focus();
  for (const key of ['ArrowRight', 'Enter', '+', '+']) await page.keyboard.press(key);
  const all = figure.getByRole('button', { name: 'Show all points' });
  await all.waitFor();
  await figure.getByText('1 row of 450 selected').waitFor();
  await page.evaluate(() => scrollTo(0, 300));
  const kept = () => page.evaluate(() => JSON.parse(sessionStorage.getItem(location.search) ?? '{}'));
  await expect.poll(async () => (await kept()).view.scroll, patience).toBe(300);
  await page.reload();
  await figure.getByText('1 row of 450 selected').waitFor();
  await all.waitFor();
  await expect.poll(() => page.evaluate(() => scrollY), patience).toBe(300);
  // The page of the document that it is saved as goes on from there.
  await page.getByRole('button', { name: 'Save Analysis' }).click();
  const saved = () => shown().calls.find(({ method }) => method === 'save')?.argument;
  await expect.poll(saved, patience).toMatchObject({ of: request.inputs });
  const next = await openDone({ request, height: 500, initial: { kept: saved() } });
  await next.getByRole('figure', { name: 'Both spaces, aligned' }).getByText('1 row of 450 selected').waitFor();
  await expect.poll(() => next.evaluate(() => scrollY), patience).toBe(300);
  await page.evaluate(() => {
    const kept = JSON.parse(sessionStorage.getItem(location.search) ?? '{}');
    sessionStorage.setItem(location.search, JSON.stringify({ ...kept, of: [{ path: 'others.npy' }] }));
  });
  await page.reload();
  await plot.waitFor();
  expect(await all.count()).toBe(0);
});

test('a name without end does not widen the page', async () => {
  const page = await open({ initial: { names: ['a'.repeat(170), 'b'] } });
  await page.setViewportSize({ width: 1086, height: 800 });
  await expect
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth), patience)
    .toBeLessThanOrEqual(1086);
  await page.getByRole('heading', { level: 1 }).waitFor();
});

test('where high contrast has no colour for it, the chosen option of a list has an outline', async () => {
  for (const theme of ['Dark High Contrast', 'Dark Modern'] as const) {
    const page = await openDone({ theme });
    await measure(page, 'Representational similarity analysis').click();
    await page.locator('.detail vscode-dropdown').first().click();
    const outline = await page
      .locator('.detail vscode-option[aria-selected=true]')
      .first()
      .evaluate((option) => getComputedStyle(option).outlineColor);
    expect(outline).toBe(theme === 'Dark Modern' ? 'rgba(0, 0, 0, 0)' : 'rgb(243, 133, 24)');
  }
});

/** Methods that the page asks for, each answered as the test says. */
function answering(answers: Record<string, (request: RunRequest) => Promise<never>>): Setting['host'] {
  return {
    run: ({ request }) => (answers[request.method] ?? ((asked) => engine.run(asked)))(request),
  };
}

test('a measure is added that the person picks among those of two inputs, and opened', async () => {
  const page = await openDone({});
  await page.getByRole('button', { name: 'Add measure…' }).click();
  await page.getByRole('heading', { name: 'GULP', exact: true }).waitFor();
  await rowOf(page, 'GULP').waitFor();
  const asked = shown().calls.find(({ method }) => method === 'pickMethod')?.argument as { methods: string[] };
  expect(asked).toMatchObject({ title: 'Add measure' });
  expect(asked.methods).toEqual(expect.arrayContaining(['gulp', 'linear-cka', 'hard-matching']));
  for (const other of ['pca', 'text-tfidf-svd', 'overview']) expect(asked.methods).not.toContain(other);
});

test('an error is a sentence in its row, a long job can be cancelled and resumed, the others go on', async () => {
  let stop = (_: Error) => {};
  const host: Setting['host'] = {
    ...answering({
      'linear-cka': () => Promise.reject(new UserError('a.npz: row 3 of layer8 is not finite; leave it out.')),
      procrustes: () =>
        new Promise((_, reject) => {
          stop = reject;
        }),
    }),
    cancel: async () => stop(new Cancelled()),
  };
  const page = await open({ host });
  await rowOf(page, 'Linear CKA').getByText('row 3 of layer8 is not finite').waitFor();
  await page.getByRole('button', { name: 'Cancel: Procrustes distance' }).click();
  await rowOf(page, 'Procrustes distance').getByText('Cancelled.').waitFor();
  await page.getByText(/^1 of \d+ cancelled$/).waitFor();
  expect(await page.getByText('Everything is computed.').count()).toBe(0);
  expect(await rowOf(page, 'Mutual nearest neighbours').getByRole('cell').first().textContent()).toBe('0.432');
  await page.getByRole('button', { name: 'Resume: Procrustes distance' }).click();
  await page.getByRole('button', { name: 'Cancel: Procrustes distance' }).waitFor();
});

test('an engine that stopped is said, and tried again', async () => {
  let lost = true;
  const sentence = 'The engine stopped while it computed (signal SIGKILL).';
  const page = await open({
    host: {
      run: ({ request }) => (lost ? Promise.reject(new EngineLost(sentence)) : engine.run(request)),
    },
  });
  const banner = page.getByRole('status').filter({ hasText: sentence });
  await banner.waitFor();
  await done(page);
  lost = false;
  await banner.getByRole('button', { name: 'Try again' }).click();
  await rowOf(page, 'Linear CKA').getByText('0.843').waitFor();
  await banner.waitFor({ state: 'detached' });
});

test('what keeps every measure from being computed is said once, with a way on', async () => {
  let wrong = true;
  const sentence = 'a.npy has 300 rows and b.npy has 250.';
  const run: HostApi['run'] = ({ request }) => (wrong ? Promise.reject(new UserError(sentence)) : engine.run(request));
  const page = await open({ host: { run } });
  await done(page);
  await rowOf(page, 'Linear CKA').getByText('Not computed').waitFor();
  await page.getByText('Nothing could be computed.').waitFor({ state: 'attached' });
  expect(await page.getByText(sentence).count()).toBe(1);
  wrong = false;
  await page.getByRole('status').filter({ hasText: sentence }).getByRole('button', { name: 'Try again' }).click();
  await rowOf(page, 'Linear CKA').getByText('0.843').waitFor();
});

test('labels that fit no rows are said once, whatever else is computed: by measures, the map and the study', async () => {
  const sentence = 'labels.npy has 300 labels; a.npz has 450 rows.';
  const refuse = () => Promise.reject(new UserError(sentence));
  const few = [{ method: 'linear-cka' }, { method: 'procrustes' }, { method: 'mutual-knn' }];
  const page = await open({
    request: { ...study(methods()), methods: few },
    host: {
      run: (job) => (job.request.method === 'linear-cka' ? engine.run(job.request) : refuse()),
      ...{ compare: refuse, study: refuse },
    },
  });
  await done(page);
  await page.getByText('4 of 5 could not be computed.').waitFor({ state: 'attached' });
  await rowOf(page, 'Procrustes distance').getByText('Not computed').waitFor();
  for (const what of ['Linear CKA', 'Study of runs']) await page.getByText(`${what}: not computed`).waitFor();
  expect(await page.getByText(sentence).count()).toBe(1);
});

test('says which inputs have changed, and computes again when asked', async () => {
  const page = await openDone({});
  const [record] = (await engine.run({ method: 'linear-cka', inputs: pair(methods()).inputs })).inputs;
  if (record) shown().emit('inputs', [{ record, state: 'changed' }]);
  const banner = page.getByRole('status').filter({ hasText: 'digits-cnn-seed0-activations.npz has changed' });
  await banner.getByRole('button', { name: 'Re-run' }).click();
  await banner.waitFor({ state: 'detached' });
  await done(page);
  const missing = (path: string) => ({ record: { ...(record as InputRecord), path }, state: 'missing' as const });
  shown().emit('inputs', [missing('/data/a.npy')]);
  await page.getByText('a.npy cannot be found any more; the results are from before. Put it back').waitFor();
  shown().emit('inputs', ['/data/a.npy', '/data/b.npy'].map(missing));
  await page.getByText('a.npy, b.npy cannot be found any more; the results are from before. Put them back').waitFor();
});

test('a saved analysis is shown as it was saved, and computed when asked', async () => {
  const request = pair(methods());
  const saved = await engine.run({ method: 'linear-cka', inputs: request.inputs, seed: 0 });
  const format = { format: 'sextant-analysis', formatVersion: 1, version: '0.1.0' } as const;
  const initial = { analysis: { ...format, request, results: [saved], comparisons: [] }, computeAtOnce: false };
  const page = await open({ request, initial });
  await rowOf(page, 'Linear CKA').getByText('0.843').waitFor();
  await rowOf(page, 'Procrustes distance').getByText('Not computed yet').waitFor();
  await page.getByRole('button', { name: 'Compute' }).click();
  await rowOf(page, 'Procrustes distance').getByText('0.383').waitFor();
});

test('figures are exported as SVG and PNG, tables as CSV; a figure is also a table', async () => {
  const page = await openDone({});
  const choose = async (name: string, item: string) => {
    const count = shown().calls.length;
    await page.getByRole('button', { name: `Options of ${name}` }).click();
    await page.getByRole('menuitem', { name: item }).click();
    await expect.poll(() => shown().calls.length, patience).toBe(count + 1);
  };
  await choose('Both spaces, aligned', 'Export SVG');
  expect(exported()).toMatchObject({
    name: 'procrustes-aligned-planes.svg',
    content: expect.stringMatching(/^<\?xml[\s\S]*<svg[\s\S]*principal plane/),
  });
  await choose('Both spaces, aligned', 'Export PNG');
  expect(Object.values(exported()?.content ?? {}).slice(0, 4)).toEqual([0x89, 0x50, 0x4e, 0x47]);
  // What is in sight is what is exported.
  await page.getByRole('application', { name: /^Both spaces, aligned/ }).focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press('+');
  await choose('Both spaces, aligned', 'Export SVG');
  expect(exported()).toMatchObject({ content: expect.stringMatching(/A part: \d+ of 450 points are in sight/) });
  await choose('Both spaces, aligned', 'Export data as CSV');
  expect(exported()).toMatchObject({ content: expect.stringMatching(/^row,digits-test-labels,[\s\S]*\r\n0,/) });
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Measures as CSV' }).click();
  await expect.poll(exported, patience).toMatchObject({ content: expect.stringContaining('linear-cka,,cka,0.84316') });
  await page.getByRole('button', { name: 'Options of Both spaces, aligned' }).click();
  await page.getByRole('menuitem', { name: 'Show as table' }).click();
  const figure = page.getByRole('figure', { name: 'Both spaces, aligned' });
  expect(await figure.getByRole('row').count()).toBe(26);
  await figure.getByRole('button', { name: 'Next' }).click();
  await figure.getByText('26 to 50 of 450').waitFor();
});

test('every save is announced, and no more is said of it after a change', async () => {
  let saves = 0;
  const save = async () => {
    saves++;
    return { path: '/workspace/analysis.sextant' };
  };
  const page = await openDone({ request: one(), host: { save } });
  const said = page.getByRole('status').filter({ hasText: 'Saved as analysis.sextant.' });
  const button = page.getByRole('button', { name: 'Save Analysis' });
  await button.click();
  const status = await said.elementHandle();
  await status?.evaluate((element) => {
    const told: string[] = [];
    new MutationObserver(() => told.push(element.textContent ?? '')).observe(element, {
      ...{ characterData: true, childList: true, subtree: true },
    });
    Object.assign(window, { told });
  });
  await button.click();
  await expect.poll(() => saves, patience).toBe(2);
  await said.waitFor({ state: 'attached' });
  const told = () => page.evaluate(() => (window as unknown as { told: string[] }).told);
  await expect.poll(told, patience).toEqual(['', 'Saved as analysis.sextant.']);
  await page.getByRole('button', { name: /^Labels: / }).click();
  await page.getByRole('menuitem', { name: 'No labels' }).click();
  await said.waitFor({ state: 'detached' });
});

test('labels recolour the figures that show them', async () => {
  const { labels: _, ...request } = pair(methods());
  const page = await openDone({ request });
  const plot = page.getByRole('application', { name: /^Both spaces, aligned/ });
  expect(await plot.getAttribute('aria-label')).not.toContain('coloured');
  await page.getByRole('button', { name: 'Labels…' }).click();
  await page.getByRole('application', { name: /^Both spaces, aligned.*coloured by digits-test-labels/ }).waitFor();
});

test('rows are paired by identifiers where the person asks for it, and by position again', async () => {
  const ids = { path: 'words/kjv-vocabulary.csv', column: 'word' };
  const request = { ...words(methods()), methods: [{ method: 'linear-cka' }] };
  const page = await openDone({ request, host: { pickIdentifiers: async () => [ids, ids] } });
  const chips = page.getByRole('list', { name: 'What was done' });
  await chips.getByText('3,560 rows, paired by position', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Rows: by position' }).click();
  await page.getByRole('menuitem', { name: 'Pair by identifiers…' }).click();
  await chips.getByText('3,560 rows, paired by word', { exact: true }).waitFor();
  expect(await faults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Rows: by word' }).click();
  await page.getByRole('menuitem', { name: 'Pair by position' }).click();
  await chips.getByText('3,560 rows, paired by position', { exact: true }).waitFor();
});

test('values are calibrated where the person asks for it: p, intervals, pairings within labels', async () => {
  const page = await openDone({ request: { ...pair(methods()), methods: [{ method: 'linear-cka' }] } });
  const cells = () => rowOf(page, 'Linear CKA').getByRole('cell').allTextContents();
  const chips = page.getByRole('list', { name: 'What was done' });
  const choose = async (button: string, item: RegExp) => {
    await page.getByRole('button', { name: button, exact: true }).click();
    const menu = page.getByRole('menu', { name: button, exact: true });
    const checked = await menu.getByRole('menuitemradio', { checked: true }).allTextContents();
    await menu.locator('button').filter({ hasText: item }).click();
    return checked;
  };
  expect(await choose('Calibrate: off', /^200 random pairings/)).toEqual(['Off: chance levels in closed form only']);
  await chips.getByText('200 random pairings', { exact: true }).waitFor();
  // No random pairing is as good: 1 in 201.
  await expect
    .poll(cells, patience)
    .toEqual(['0.843', expect.anything(), '0.018 ± 0.003', '267.0', '0.005', expect.anything()]);
  expect(await choose('Calibrate: 200 pairings', /^Pair within labels only/)).toEqual([
    '200 random pairings: p and calibrated values',
  ]);
  await chips.getByText('200 random pairings within digits-test-labels.npy', { exact: true }).waitFor();
  await expect
    .poll(cells, patience)
    .toEqual([
      '0.843',
      expect.anything(),
      expect.stringMatching(/^0\.77/),
      expect.anything(),
      '0.005',
      expect.anything(),
    ]);
  expect(await choose('Intervals: off', /^Halves/)).toEqual(['Off']);
  await chips.getByText('intervals by halves, 200 draws', { exact: true }).waitFor();
  await expect.poll(async () => (await cells())[1], patience).toMatch(/^0\.8\d\d to 0\.8\d\d$/);
  await expect(rowOf(page, 'Linear CKA').locator('[role=tooltip]').textContent()).resolves.toMatch(
    /within the categories of digits-test-labels.*Interval: 95 %, halves of the rows, 200 draws/,
  );
  expect(await faults(page)).toEqual([]);
});

test('the map of all pairs shows z at once, and with random pairings calibrated values, p and q', async () => {
  const { inputs, ...rest } = layers(methods());
  const [first, , , , , , seventh, eighth] = inputs;
  const request = { ...rest, inputs: [first, seventh, eighth].flatMap((input) => input ?? []), pair: [0, 1] as const };
  const page = await openDone({ request: { ...request, methods: [{ method: 'linear-cka' }] } });
  const shows = page.locator('vscode-dropdown[aria-label="What the cells show"]');
  const pick = async (title: string) => {
    await shows.click();
    await page.getByRole('option', { name: title }).click();
  };
  await shows.waitFor();
  expect(await page.getByRole('option', { name: /^Calibrated/ }).count()).toBe(0);
  await pick('z-scores');
  await page.getByRole('application', { name: /^All pairs, Linear CKA, z/ }).waitFor();
  await page.getByText(/^z, −\d+ to \d+ \(scaled to the values\)$/).waitFor();
  await page.getByRole('button', { name: 'Calibrate: off' }).click();
  await page.getByRole('menuitemradio', { name: /^200 random/ }).click();
  await done(page);
  await pick('Calibrated');
  const map = page.getByRole('application', { name: /^All pairs, Linear CKA, calibrated/ });
  await map.focus();
  await page.keyboard.press('ArrowRight');
  await expect(map.locator('[aria-live]').textContent()).resolves.toMatch(
    /z: \d+\.\d, p: 0\.005; of the best of all 0\.005, q: 0\.005, calibrated: 0\.\d{3}/,
  );
  expect(await faults(page)).toEqual([]);
  await page.getByRole('button', { name: 'Options of the map of all pairs' }).click();
  await page.getByRole('menuitem', { name: 'Export data as CSV' }).click();
  await expect.poll(exported, patience).toMatchObject({
    content: expect.stringMatching(/^a,b,value,chance,sd,z,p,p of the best of all,q,calibrated\r\n/),
  });
});

test('the files of a map are studied as runs, with groups by their names, and no more', async () => {
  const page = await openDone({ request: { ...layers(methods()), methods: [] } });
  await page.getByRole('button', { name: 'Study', exact: true }).click();
  const answers = page.getByRole('region', { name: 'What 2 runs say' });
  await answers.getByText('5 of 16 searches for a layer in another run find its namesake').waitFor();
  // The answers come before any pair of layers; each leads to what it rests on.
  const order = await page.getByRole('heading', { level: 2 }).allTextContents();
  expect(order[0]).toBe('What 2 runs say');
  await answers.getByRole('button', { name: 'Layer identification' }).click();
  expect(await page.getByRole('heading', { name: 'Layer identification' }).evaluate((h) => h.matches(':focus'))).toBe(
    true,
  );
  await page.getByRole('application', { name: /^Tree of layers\. Tree of 16 leaves/ }).waitFor();
  expect(await faults(page)).toEqual([]);
  const pattern = page.getByRole('textbox', { name: 'Groups by file name, a regular expression' });
  await pattern.fill('seed.');
  await pattern.press('Enter');
  await page.getByText('Every run is a group of its own').waitFor();
  await page.getByRole('button', { name: 'Groups: by file name, seed.' }).click();
  await page.getByRole('menuitem', { name: 'No groups' }).click();
  await page.getByText('No groups were given').waitFor();
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('heading', { name: 'Study of runs' }).waitFor({ state: 'detached' });
  const { argument } = shown().calls.findLast(({ method }) => method === 'request') ?? {};
  expect(argument).not.toHaveProperty('study');
});

test('in a narrow window neither a study nor a menu goes beyond the edges', async () => {
  const page = await openDone({ request: study(methods()) });
  await page.setViewportSize({ width: 400, height: 700 });
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth), patience).toBeLessThanOrEqual(400);
  for (const name of ['Calibrate: off', 'Intervals: off', 'Groups: none']) {
    await page.getByRole('button', { name, exact: true }).click();
    const box = await page.getByRole('menu').boundingBox();
    expect(box?.x, name).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 0) + (box?.width ?? 400), name).toBeLessThanOrEqual(400);
    await page.keyboard.press('Escape');
  }
});

test('in an editor as narrow as they get nothing is cut, and a name and its numbers have lines of their own', async () => {
  for (const request of [calibrated(methods()), layers(methods()), study(methods()), one()]) {
    const page = await openDone({ request });
    if (request.inputs.length === 2) await measure(page, 'Linear CKA').click();
    await expect.poll(() => beyondNarrow(page), patience).toBe(0);
    if (request.inputs.length === 1) continue;
    const row = rowOf(page, 'Linear CKA').first();
    const [name, value] = [await row.locator('.name').boundingBox(), await row.locator('td.value').boundingBox()];
    expect((name?.y ?? 0) + (name?.height ?? 0)).toBeLessThanOrEqual(value?.y ?? 0);
  }
});

test('the focus is seen wherever Tab leads, on what is pressed and under the pointer too', async () => {
  for (const theme of two) {
    const page = await openDone({ theme });
    const options = page.getByRole('button', { name: 'Options of Both spaces, aligned' });
    await options.focus();
    await page.getByRole('button', { name: 'Select with a box around points' }).hover();
    for (let stop = 0; stop < 8; stop++) {
      await page.keyboard.press('Tab');
      const [name, ring] = await page.evaluate(() => {
        const { activeElement: element } = document;
        const { outlineStyle, outlineColor } = getComputedStyle(element ?? document.body);
        const focus = getComputedStyle(document.body).getPropertyValue('--vscode-focusBorder');
        const probe = document.body.appendChild(document.createElement('i'));
        probe.style.color = focus;
        const wanted = getComputedStyle(probe).color;
        probe.remove();
        return [
          element?.getAttribute('aria-label') ?? element?.textContent,
          outlineStyle === 'solid' && outlineColor === wanted,
        ];
      });
      expect(ring, `${theme}: ${name}`).toBe(true);
    }
  }
});

test('a study that cannot be made says why once, and promises no answers', async () => {
  const page = await open({
    request: study(methods()),
    host: { study: () => Promise.reject(new UserError('The runs have no layer in common.')) },
  });
  await page.getByText('The runs have no layer in common.').waitFor();
  await page.getByRole('region', { name: 'What the runs say' }).waitFor({ state: 'detached' });
});

test('merges of a tree are read with the arrow keys', async () => {
  const page = await openDone({ request: study(methods()) });
  const tree = page.getByRole('application', { name: /^Tree of layers/ });
  await tree.focus();
  await page.keyboard.press('ArrowRight');
  // SciPy: the least distance is between these two.
  expect(await tree.locator('.name').textContent()).toBe('seed1 layer5 + seed1 layer6');
  await page.keyboard.press('End');
  expect(await tree.locator('.name').textContent()).toMatch(/\d+ leaves/);
});

test('axes after the second are flattened, or averaged where the person asks for it', async () => {
  const page = await openDone({ request: { ...one(), inputs: [{ path: 'digits/digits-test-images.npy' }] } });
  const chips = page.getByRole('list', { name: 'What was done' });
  await chips.getByText('64 units', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Further axes: flattened' }).click();
  await page.getByRole('menuitemradio', { name: /^Average/ }).click();
  await page.getByRole('button', { name: 'Further axes: averaged' }).waitFor();
  await chips.getByText('1 unit', { exact: true }).waitFor();
});

test('a host that cannot answer is an error with a way on', async () => {
  let broken = true;
  const page = await open({
    host: {
      ready: async () => {
        if (broken) throw new UserError('The engine could not be started.');
        return {
          analysis: {
            ...({ format: 'sextant-analysis', formatVersion: 1, version: '0' } as const),
            ...{ request: one(), results: [], comparisons: [] },
          },
          ...{ methods: methods(), title: 'layer8', names: ['layer8'], computeAtOnce: true, parts: 0 },
        };
      },
    },
  });
  await page.getByRole('alert').filter({ hasText: 'could not be started' }).waitFor();
  broken = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { name: 'layer8' }).waitFor();
});

test('the bundle asks for nothing that the policy of the page forbids', () => {
  const bundle = readFileSync('dist/webview.js', 'utf8');
  expect(bundle).not.toMatch(/\beval\(/);
});

/** Ten groups of points around a circle, more of them than are drawn as paths. */
function cloud(count: number): Scatter {
  const rows = Array.from({ length: count }, (_, i) => i);
  const index = rows.map((i) => i % 10);
  const spread = (i: number) => ((i * 7919) % 1009) / 1009 - 0.5;
  const xs = rows.map((i) => 4 * Math.cos(i % 10) + spread(i));
  const ys = rows.map((i) => 4 * Math.sin(i % 10) + spread(i * 31));
  const panels = [{ title: 'plane', x: { label: 'PC 1' }, y: { label: 'PC 2' }, xs, ys }];
  const labels = { kind: 'category' as const, name: 'digit', categories: [...'0123456789'], index };
  return { id: 'cloud', kind: 'scatter', title: 'Cloud', rows, panels, labels };
}

/** How far each pixel of a canvas is from the page's ground. */
function inkOn(canvas: HTMLCanvasElement | SVGElement | HTMLElement): number[] {
  const { width, height } = canvas as HTMLCanvasElement;
  const sheet = document.createElement('canvas');
  Object.assign(sheet, { width, height });
  const ink = sheet.getContext('2d', { willReadFrequently: true });
  if (!ink) return [];
  ink.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--vscode-editor-background');
  ink.fillRect(0, 0, width, height);
  const [r = 0, g = 0, b = 0] = ink.getImageData(0, 0, 1, 1).data;
  ink.drawImage(canvas as HTMLCanvasElement, 0, 0);
  const { data } = ink.getImageData(0, 0, width, height);
  const far = (i: number) =>
    Math.abs((data[i] ?? 0) - r) + Math.abs((data[i + 1] ?? 0) - g) + Math.abs((data[i + 2] ?? 0) - b);
  return Array.from({ length: width * height }, (_, i) => far(4 * i));
}

test('many points are on a canvas, enlarged by the keys, and those of a class are hidden by the legend', async () => {
  const run: HostApi['run'] = async ({ request }) => ({ ...(await engine.run(request)), figures: [cloud(20_000)] });
  const page = await openDone({ request: one(), host: { run } });
  const plot = page.getByRole('application', { name: /^Cloud/ });
  const inked = () =>
    plot
      .locator('canvas')
      .evaluate(inkOn)
      .then((ink) => ink.filter((amount) => amount > 0).length);
  const whole = await inked();
  expect(whole).toBeGreaterThan(1000);
  const ticks = () => plot.locator('svg text').allTextContents();
  const before = await ticks();
  await plot.focus();
  for (let i = 0; i < 4; i++) await page.keyboard.press('+');
  expect(await ticks()).not.toEqual(before);
  await page.getByRole('button', { name: 'Show all points' }).click();
  expect(await ticks()).toEqual(before);
  for (const name of '012345678') await page.getByRole('button', { name, exact: true }).click();
  await expect.poll(inked, patience).toBeLessThan(whole / 5);
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  await expect(plot.locator('[aria-live]').textContent()).resolves.toBe('row 9, digit: 9');
  expect(await faults(page)).toEqual([]);
});

test('what a logarithm does not have is no point of a line, nor of its crosshair', async () => {
  const series = [{ name: 'share', x: [1, 2, 3], y: [1, 0.1, 0] }];
  const axes = { x: { label: 'component' }, y: { label: 'share', log: true } };
  const line = { id: 'decay', kind: 'line' as const, title: 'Decay', caption: 'Shares.', ...axes, series };
  const run: HostApi['run'] = async ({ request }) => ({ ...(await engine.run(request)), figures: [line] });
  const page = await openDone({ request: one(), host: { run } });
  const plot = page.getByRole('application', { name: /^Decay/ });
  const places = () => plot.locator('circle').evaluateAll((all) => all.map((one) => Number(one.getAttribute('cy'))));
  expect((await places()).filter(Number.isFinite)).toHaveLength(2);
  await plot.focus();
  await page.keyboard.press('End');
  await plot.getByText('share: 0.000', { exact: true }).waitFor();
  expect(await places()).toHaveLength(2);
});

test('points are drawn again where the screen has other pixels', async () => {
  const run: HostApi['run'] = async ({ request }) => ({ ...(await engine.run(request)), figures: [cloud(20_000)] });
  const page = await openDone({ request: one(), host: { run } });
  const plot = page.getByRole('application', { name: /^Cloud/ });
  const canvas = plot.locator('canvas');
  const inked = () => canvas.evaluate(inkOn).then((ink) => ink.filter((amount) => amount > 0).length);
  const before = await inked();
  const screen = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
  await screen.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 2, mobile: false });
  // Whatever is shown next asks how large a pixel is.
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  await expect
    .poll(() => canvas.evaluate(({ width: own, clientWidth }: HTMLCanvasElement) => own / clientWidth), patience)
    .toBeCloseTo(2, 1);
  await expect.poll(inked, patience).toBeGreaterThan(before);
  await screen.send('Emulation.clearDeviceMetricsOverride');
});

/** What there is here is a program, and says so: the page is told otherwise. */
async function pretendGraphics(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, kind: string) {
      return getContext.call(this, kind, { antialias: false });
    } as typeof getContext;
    const { getParameter } = WebGL2RenderingContext.prototype;
    WebGL2RenderingContext.prototype.getParameter = function (name: number) {
      const value: unknown = getParameter.call(this, name);
      return typeof value === 'string' ? 'A graphics card' : value;
    };
  });
}

test('points of different sizes are the same by either processor', async () => {
  const whole = cloud(60_000);
  const values = whole.rows.map((row) => ((row * 7919) % 1000) ** 2);
  const sized = { ...whole, labels: { kind: 'number' as const, name: 'weight', values } };
  const drawn = async (by: 'plain' | 'graphics') => {
    let release = (): void => {};
    const ready = new Promise<void>((resolve) => {
      release = resolve;
    });
    const run: HostApi['run'] = async ({ request }) => {
      await ready;
      return { ...(await engine.run(request)), figures: [sized] };
    };
    const page = await open({ request: one(), host: { run } });
    if (by === 'graphics') await pretendGraphics(page);
    release();
    const figure = page.getByRole('figure', { name: 'Cloud' });
    await figure.locator('canvas').waitFor(patience);
    await figure.getByRole('button', { name: 'Size: one' }).click();
    await figure.getByRole('menuitemradio', { name: 'weight' }).click();
    await figure.getByText('The area of a point is in proportion to its weight.').waitFor();
    await figure.getByRole('button', { name: 'Size: weight' }).click();
    await expect(figure.getByRole('menuitemradio', { checked: true }).allTextContents()).resolves.toEqual(['weight']);
    await page.keyboard.press('Escape');
    // Once more, for the graphics processor to be there.
    await figure.getByRole('button', { name: 'View', exact: true }).click();
    await figure.getByRole('menuitem', { name: 'Larger points' }).click();
    await expect.poll(() => figure.locator('canvas').getAttribute('data-by'), patience).toBe(by);
    return figure.locator('canvas').evaluate(inkOn);
  };
  const [plain, graphics] = [await drawn('plain'), await drawn('graphics')];
  const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
  const apart = sum(plain.map((value, i) => Math.abs(value - (graphics[i] ?? 0))));
  expect(apart / sum(plain)).toBeLessThan(0.05);
});

test('a graphics processor draws what this one draws, once it is there', async () => {
  let release = (): void => {};
  const ready = new Promise<void>((resolve) => {
    release = resolve;
  });
  const run: HostApi['run'] = async ({ request }) => {
    await ready;
    return { ...(await engine.run(request)), figures: [cloud(60_000)] };
  };
  const page = await open({ request: one(), host: { run } });
  await pretendGraphics(page);
  release();
  const figure = page.getByRole('figure', { name: 'Cloud' });
  const canvas = figure.locator('canvas');
  const drawn = async () => ({ by: await canvas.getAttribute('data-by'), ink: await canvas.evaluate(inkOn) });
  const view = async (item: string) => {
    await figure.getByRole('button', { name: 'View', exact: true }).click();
    await figure.getByRole('menuitem', { name: item }).click();
  };
  await canvas.waitFor(patience);
  const plain = await drawn();
  expect(plain.by).toBe('plain');
  await view('Larger points');
  await expect.poll(() => canvas.getAttribute('data-by'), patience).toBe('graphics');
  await view('Smaller points');
  const graphics = await drawn();
  const sum = (list: readonly number[]) => list.reduce((total, value) => total + value, 0);
  const apart = sum(plain.ink.map((value, i) => Math.abs(value - (graphics.ink[i] ?? 0))));
  expect(apart / sum(plain.ink)).toBeLessThan(0.05);
  await view('Shade by density');
  const shades = figure.getByRole('img', { name: /^Shades: 1 to [\d,]+ points over a pixel/ });
  await expect
    .poll(async () => Number((await shades.getAttribute('aria-label'))?.match(/to ([\d,]+)/)?.[1]), patience)
    .toBeGreaterThan(3);
});

test('rows are found, boxed, listed and exported; points are shaded, named and turned in three dimensions', async () => {
  const flat = cloud(4000);
  const [plane] = flat.panels;
  if (!plane) throw new Error('no panel');
  const zs = plane.xs.map((_, i) => ((i * 31) % 97) / 20);
  const z = { label: 'PC 3' };
  const panels = [plane, { ...plane, y: z, ys: zs }, { ...plane, x: plane.y, xs: plane.ys, y: z, ys: zs }];
  const run: HostApi['run'] = async ({ request }) => ({
    ...(await engine.run(request)),
    figures: [{ ...flat, panels, names: flat.rows.map((row) => `word ${row}`) }],
  });
  const page = await openDone({ request: one(), host: { run } });
  const figure = page.getByRole('figure', { name: 'Cloud' });
  const find = figure.getByRole('searchbox');
  await find.fill('digit = 3 and nothing < 1');
  await find.press('Enter');
  await figure.getByText('Nothing called nothing is known of the rows.').waitFor();
  await find.fill('digit = 3 and row < 100');
  await find.press('Enter');
  await figure.getByText('10 rows of 4,000 selected').waitFor();
  await figure.getByRole('button', { name: 'Export rows as CSV' }).click();
  await expect
    .poll(exported, patience)
    .toMatchObject({ content: expect.stringMatching(/^row,name,digit,[^\r]*PC 3[^\r]*\r\n3,word 3,3,[^\r]*\r\n13,/) });
  await figure.getByRole('button', { name: 'Show as table' }).click();
  await figure.getByRole('checkbox', { name: 'row 13', exact: true }).uncheck();
  await figure.getByText('9 rows of 4,000 selected').waitFor();
  const view = async (item: string) => {
    await figure.getByRole('button', { name: 'View', exact: true }).click();
    await figure.getByRole('menuitem', { name: item }).click();
  };
  await view('Names of classes');
  await view('Shade by density');
  await figure.getByRole('img', { name: /^Shades: 1 to \d+ points over a pixel/ }).waitFor();
  await view('Two dimensions');
  await view('Three dimensions');
  const plot = figure.getByRole('application');
  const axes = () =>
    plot.locator('svg path[stroke]').evaluateAll((paths) => paths.map((path) => path.getAttribute('d')));
  const before = await axes();
  await plot.focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(axes, patience).not.toEqual(before);
  await figure.getByRole('button', { name: 'Select with a box around points' }).click();
  const box = await plot.boundingBox();
  if (!box) throw new Error('no plot');
  await page.mouse.move(box.x + 50, box.y + 26);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 4, box.y + box.height - 30, { steps: 4 });
  await page.mouse.up();
  await figure.getByText('4,000 rows of 4,000 selected').waitFor();
  expect(await faults(page)).toEqual([]);
  await figure.getByRole('button', { name: 'Back to two dimensions' }).click();
  await expect.poll(() => plot.locator('svg text').allTextContents(), patience).toContain('PC 3');
});
