import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { saveMade } from '../../src/host/made';
import type { Session } from '../../src/host/session';
import {
  answering,
  closeAll,
  command,
  complaints,
  computed,
  inFolder,
  inside,
  noise,
  sample,
  withMeasures,
} from './support';

const model = (seed: number) => sample(`digits/digits-cnn-seed${seed}.onnx`);
const images = sample('digits/digits-test-images.npy');

type Item = vscode.QuickPickItem & { readonly uri?: vscode.Uri; readonly reduce?: string };

/** Keeps the layers that are chosen, takes the mean, and the test images. */
function answer(asked: unknown): unknown {
  const items = asked as readonly Item[];
  if (items.some(({ picked }) => picked)) return items.filter(({ picked }) => picked);
  return items.find(({ reduce, uri }) => reduce === 'mean' || uri?.path === images.path);
}

/** A picture of 8 by 8 points in 24 bits, uncompressed. */
function bitmap(seed: number): Buffer {
  const [size, width] = [54, 24];
  const file = Buffer.alloc(size + 8 * width);
  file.write('BM', 'latin1');
  file.writeUInt32LE(file.length, 2);
  for (const [at, value] of [
    [10, size],
    [14, 40],
    [18, 8],
    [22, 8],
    [34, 8 * width],
  ] as const)
    file.writeUInt32LE(value, at);
  for (const [at, value] of [
    [26, 1],
    [28, 24],
  ] as const)
    file.writeUInt16LE(value, at);
  const next = noise(seed);
  for (let i = size; i < file.length; i++) file[i] = Math.floor(255 * Math.abs(next(Math.floor((i - size) / 3))));
  return file;
}

suite('models', () => {
  teardown(closeAll);

  test('two of them on the same data: the layers that are good to look at, each with each', async () => {
    await withMeasures(['linear-cka'], async () => {
      let session: Session | undefined;
      await answering('showQuickPick', answer, async () => {
        session = await command<Session>('compareModels', model(0), [model(0), model(1)]);
      });
      assert(session);
      await computed(session);
      const { request, comparisons, results } = session.analysis;
      // Eight activations, what is pooled, and the output.
      assert.equal(request.inputs.length, 20);
      assert.deepEqual(request.inputs[0]?.model, { data: [{ path: images.fsPath }], reduce: 'mean' });
      // NumPy on what was saved with the networks, double precision.
      const matrix = comparisons[0]?.measures['linear-cka']?.matrix;
      assert(Math.abs((matrix?.[0]?.[10] ?? 0) - 0.8538) < 5e-5);
      assert(Math.abs((matrix?.[7]?.[17] ?? 0) - 0.8432) < 5e-5);
      assert.match(results[0]?.steps.join() ?? '', /run on 450 rows/);
    });
  });

  test('activations are extracted into a file that opens, and an ending that is none of theirs is refused', async () => {
    await inFolder(async (folder) => {
      const target = vscode.Uri.file(join(folder, 'layers.safetensors'));
      const extract = () => command<vscode.Uri>('extractActivations', model(0));
      let written: vscode.Uri | undefined;
      const places = await answering(
        'showSaveDialog',
        () => target,
        async () => {
          await answering('showQuickPick', answer, async () => {
            written = await extract();
          });
        },
      );
      assert.match(JSON.stringify(places), /digits-cnn-seed0-activations\.safetensors/);
      assert.equal(written?.fsPath, target.fsPath);
      const { editors, engine } = await inside();
      assert.equal(editors.all[0]?.uri.fsPath, target.fsPath);
      const { tensors } = await engine.call((client) => client.inspect(target.fsPath));
      assert.deepEqual(tensors[0]?.shape, [450, 16]);
      assert.equal(tensors.length, 10);
      const open = () => [vscode.Uri.file(folder)];
      await answering('showOpenDialog', open, () =>
        answering('showQuickPick', answer, () => command('extractActivations', model(0), [model(0), model(1)])),
      );
      for (const name of ['seed0', 'seed1']) {
        const { tensors: own } = await engine.call((client) =>
          client.inspect(join(folder, `${name}-activations.safetensors`)),
        );
        assert.equal(own.length, 10);
      }
      const said = await complaints(() =>
        answering(
          'showSaveDialog',
          () => vscode.Uri.file(join(folder, 'layers.npz')),
          () => answering('showQuickPick', answer, extract),
        ),
      );
      assert.match(said.join(), /layers\.npz: activations are written as \.safetensors/);
    });
  });

  test('features of a model that is run on a folder of images; the merged model is saved', async () => {
    await inFolder(async (folder) => {
      for (let i = 0; i < 6; i++) await writeFile(join(folder, `${i}.bmp`), bitmap(i));
      let session: Session | undefined;
      const pick = (asked: unknown) => {
        const items = asked as readonly (Item & { readonly run?: boolean; readonly browse?: string })[];
        return items.find(({ run, browse }) => run === true || browse === 'folder');
      };
      await answering(
        'showOpenDialog',
        () => [vscode.Uri.file(folder)],
        () =>
          answering('showQuickPick', pick, async () => {
            session = await command<Session>('featureComplexity', model(0));
          }),
      );
      assert(session);
      const [result] = (await computed(session)).analysis.results;
      assert.deepEqual(session.analysis.request.inputs[0]?.model, { data: [{ path: folder }] });
      assert.deepEqual(result?.inputs[0]?.used, [6, 84_010]);
      const target = vscode.Uri.file(join(folder, 'merged.onnx'));
      const { engine } = await inside();
      const run = { method: 'feature-complexity', inputs: session.analysis.request.inputs };
      let saved: Awaited<ReturnType<typeof saveMade>> = null;
      await answering(
        'showSaveDialog',
        () => target,
        async () => {
          saved = await saveMade(engine, run);
        },
      );
      assert.deepEqual(saved, { path: target.fsPath });
      const { model: merged } = await engine.call((client) => client.inspect(target.fsPath));
      assert.equal(merged?.outputs[0]?.name, 'logits');
    });
  });

  test('what is in one is shown as a page', async () => {
    const said = await complaints(() => command('inspectModel', model(0)));
    assert.deepEqual(said, []);
    const refused = await complaints(() => command('inspectModel', sample('README.md')));
    assert.match(refused.join(), /README\.md/);
  });

  test('in a workspace that is not trusted, what would run a model is refused before anything is asked', async () => {
    const trusted = Object.getOwnPropertyDescriptor(vscode.workspace, 'isTrusted') as PropertyDescriptor;
    Object.defineProperty(vscode.workspace, 'isTrusted', { ...trusted, get: () => false });
    try {
      const asked = await answering(
        'showQuickPick',
        () => undefined,
        async () => {
          for (const id of ['compareLayers', 'extractActivations', 'compareModels']) {
            assert.match(
              (await complaints(() => command(id))).join(),
              /^Models are not run: this workspace is not trusted/,
            );
          }
        },
      );
      assert.deepEqual(asked, []);
    } finally {
      Object.defineProperty(vscode.workspace, 'isTrusted', trusted);
    }
  });
});
